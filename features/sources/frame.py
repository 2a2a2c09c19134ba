"""A table that is in memory already."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pandas as pd

from icp_fit.features.sources import source
from icp_fit.features.sources.arrow_cells import as_arrow
from icp_fit.features.sources.source import Chunk, RawTable, SkippedRow, check_names, check_rows, row_numbers


class FrameSource:
    """A table and the numbers of its rows, which count from 1 unless given; `name` names the table in errors."""

    def __init__(
        self,
        table: pd.DataFrame,
        name: str,
        *,
        numbers: np.ndarray | None = None,
        skipped: tuple[SkippedRow, ...] = (),
        notes: Sequence[str] = (),
    ) -> None:
        index = row_numbers(1, len(table)) if numbers is None else pd.Index(numbers, name=source.ROW)
        self._table = RawTable(table.rename(columns=str).set_axis(index), skipped)
        self.names: Sequence[str] = [str(name) for name in table]
        self.rows = len(table)
        self.notes = notes
        check_names(self.names, name)
        check_rows(self.rows, name)

    def holds_text(self, column: str) -> bool:
        return not pd.api.types.is_numeric_dtype(self._table.cells[column])

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = (), strict: bool = True) -> Iterator[Chunk]:
        for start in range(0, self.rows, source.CHUNK):
            rows = self._table.cells.iloc[start : start + source.CHUNK]
            skipped = self._table.skipped if not start else ()
            yield Chunk(as_arrow(rows[list(columns)]), rows.index.to_numpy(), (start + len(rows)) / self.rows, skipped)

    def table(self) -> RawTable:
        return self._table
