"""A Parquet file, whose columns have types of their own."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from icp_fit.features.sources import source
from icp_fit.features.sources.arrow_cells import is_number, is_text
from icp_fit.features.sources.source import Chunk, RawTable, broken, check_names, check_rows, row_numbers, unreadable

READ_AHEAD = 1 << 20  # bytes of each column, so that a row group is never in memory whole
_CUT_SHORT = "It is no Parquet file, or was cut short: write it again."
_DAMAGED = "a part of the file is damaged or missing"


class ParquetSource:
    """The size and the columns of a file are read when it is opened, and no row."""

    notes: Sequence[str] = ()

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.schema: pa.Schema = pq.read_schema(path)
            self.names: Sequence[str] = self.schema.names
            self.rows: int = pq.read_metadata(path).num_rows
        except (pa.ArrowException, OSError) as error:
            raise unreadable(f"`{path}`", _CUT_SHORT) from error
        check_names(self.names, f"`{path}`")
        check_rows(self.rows, f"`{path}`")

    def holds_text(self, column: str) -> bool:
        return not is_number(self.schema.field(column).type)

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = (), strict: bool = True) -> Iterator[Chunk]:
        # As positions in a dictionary, which is what the file has, text is never spelled out row by row.
        texts = [name for name in repeating if is_text(self.schema.field(name).type)]
        row = 1
        try:
            with pq.ParquetFile(
                self.path, read_dictionary=texts, buffer_size=READ_AHEAD, page_checksum_verification=True
            ) as file:
                for cells in file.iter_batches(source.CHUNK, columns=list(columns)):
                    rows = row_numbers(row, len(cells)).to_numpy()
                    row += len(cells)
                    yield Chunk(cells, rows, (row - 1) / self.rows)
        except (pa.ArrowException, OSError) as error:
            raise broken(f"`{self.path}`", row, _DAMAGED, "Write it again.") from error

    def table(self) -> RawTable:
        try:
            cells = pd.read_parquet(self.path)
        except (ValueError, OSError, KeyError, pa.ArrowException) as error:
            raise unreadable(f"`{self.path}`", _CUT_SHORT) from error
        return RawTable(cells.rename(columns=str).set_axis(row_numbers(1, len(cells))))
