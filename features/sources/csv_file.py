"""A CSV file. Its cells stay text, so that "None", "NA" and "007" are still there for mapping and profile to judge."""

import csv
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from icp_fit.features.errors import DealsError
from icp_fit.features.sources import source
from icp_fit.features.sources.arrow_cells import as_arrow, as_pandas, in_one_piece
from icp_fit.features.sources.row_rules import holds_cells
from icp_fit.features.sources.sheet_table import find_table
from icp_fit.features.sources.source import Chunk, RawTable, SkippedRow, broken, check_rows
from icp_fit.features.sources.text_format import find_text_format, read_records

SHOWN = 60  # characters of a row that breaks a file
UNREADABLE = (ValueError, OSError, KeyError, csv.Error, pd.errors.ParserWarning)

T = TypeVar("T")


class CsvSource:
    """Opening goes over the file once to tell its encoding, and reads its beginning to tell where the table is."""

    rows = None

    def __init__(self, path: Path) -> None:
        self.path = path
        self.format = find_text_format(path)
        self._table = find_table(self.format.records, f"`{path}`")
        self.names: Sequence[str] = self._table.names
        self.notes: Sequence[str] = (*self.format.notes(), *self._table.notes)
        # Cells of a row that have no name, and must be blank
        self._beyond = [f"\\0{place}" for place in range(len(self.names), self._table.width)]

    def holds_text(self, column: str) -> bool:
        return True

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = (), strict: bool = True) -> Iterator[Chunk]:
        wanted, size, found = list(columns), self.path.stat().st_size, False
        row, fill = self._table.first_row, self._table.fill()
        options: dict[str, Any] = {"chunksize": source.CHUNK}
        if not strict and self._table.is_full:
            # With `usecols`, pandas overlooks rows that are too long, and stumbles where all are too short.
            needed = {*wanted, *self._table.rules.needed, *self._table.groups}
            options["usecols"] = [name for name in self.names if name in needed]
        with self.path.open("rb") as file, self._attempt(lambda: self._read(file, **options)) as reader:
            while (part := self._attempt(lambda: next(reader, None))) is not None:
                cells, rows = as_arrow(part), np.arange(row, row + len(part))
                row += len(part)
                are_deals, skipped = self._find(cells, rows) if strict else (self._table.likely(cells), ())
                if not are_deals.all():
                    cells, rows = cells.filter(pa.array(are_deals)), rows[are_deals]
                found = found or holds_cells(cells.columns)
                yield Chunk(fill.fill(cells).select(wanted), rows, file.tell() / size, skipped)
        check_rows(found, f"`{self.path}`")

    def table(self) -> RawTable:
        read: pd.DataFrame = in_one_piece(self._attempt(lambda: self._read(self.path)))
        numbers = np.arange(self._table.first_row, self._table.first_row + len(read))
        parts = [
            self._find(as_arrow(read.iloc[start : start + source.CHUNK]), numbers[start : start + source.CHUNK])
            for start in range(0, len(read), source.CHUNK)
        ]
        are_deals = np.concatenate([deals for deals, _ in parts]) if parts else np.zeros(0, dtype=bool)
        cells = (read if are_deals.all() else read[are_deals])[list(self.names)]
        check_rows(any(bool((cells[name] != "").any()) for name in cells), f"`{self.path}`")
        cells = self._table.fill_frame(cells).set_axis(pd.Index(numbers[are_deals], name=source.ROW))
        return RawTable(cells, tuple(row for _, skipped in parts for row in skipped))

    def _find(self, cells: pa.RecordBatch, rows: np.ndarray) -> tuple[np.ndarray, tuple[SkippedRow, ...]]:
        """Which of these rows may be deals, and those that are none."""
        self._check_beyond(cells, rows)
        return self._table.part(cells.select(list(self.names)), rows)

    def _check_beyond(self, cells: pa.RecordBatch, rows: np.ndarray) -> None:
        """Raise DealsError for a cell that has no column; a row may end in blank ones."""
        for name in self._beyond:
            longer = np.flatnonzero(pc.not_equal(cells.column(name), ""))
            if len(longer):
                row = as_pandas(cells.take(pa.array(longer[:1]))).iloc[0].tolist()
                raise self._too_long(int(rows[longer[0]]), len(self.names) + self._beyond.index(name) + 1, row)

    def _read(self, file: Path | BinaryIO, **options: Any) -> Any:
        text, header = self.format, self._table.header
        return pd.read_csv(
            file, sep=text.delimiter, encoding=text.encoding, dtype=str, keep_default_na=False, index_col=False,
            header=header.row + text.has_separator_line, names=[*self.names, *self._beyond],
            skip_blank_lines=False, **options,
        )  # fmt: skip

    def _attempt(self, read: Callable[[], T]) -> T:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)  # rows that are longer than the header
                return read()
        except UNREADABLE as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> DealsError:
        """What is wrong with the file, found by reading it once more, record by record."""
        row, record = 0, [""]
        try:
            for row, record in enumerate(read_records(self.path, self.format), start=1):
                if row >= self._table.first_row and len(record) > self._table.width:
                    return self._too_long(row, len(record), record)
        except UnicodeDecodeError:
            reason = f"a letter there is none of the encoding {self.format.encoding}, in which the file is read"
            return broken(f"`{self.path}`", row + 1, reason, "Save the file again as CSV in UTF-8.")
        reason = f'a quote (") that opens there is never closed{self._begins(record)}'
        if "EOF" not in str(error):
            reason = f"the file ends there, or is no CSV{self._begins(record)}"
        return broken(f"`{self.path}`", row, reason, "Correct it there, or export the file again.")

    def _too_long(self, row: int, count: int, record: Sequence[str]) -> DealsError:
        reason = f"the row has {count:,} cells, the header {len(self.names):,}{self._begins(record)}"
        remedy = f'Put a cell that holds "{self.format.delimiter}" in quotes, or remove the cells that have no column.'
        return broken(f"`{self.path}`", row, reason, remedy)

    def _begins(self, record: Sequence[str]) -> str:
        return f'; the row begins with "{self.format.delimiter.join(record)[:SHOWN]}"'
