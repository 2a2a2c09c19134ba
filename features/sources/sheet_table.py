"""The table in a sheet or a text file: its header, the rows that are no deals, and the cells of grouped rows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from icp_fit.features.sources.arrow_cells import as_arrow
from icp_fit.features.sources.grouped_rows import GroupFill, find_groups
from icp_fit.features.sources.header import Header, Records, find_header
from icp_fit.features.sources.row_rules import RowRules, count_filled, take_texts
from icp_fit.features.sources.source import SkippedRow, check_names, check_rows

SAMPLE = 1_000  # rows by which a table is understood


@dataclass(frozen=True)
class SheetTable:
    """What the first records of a sheet or file tell of the table in it.

    `width` counts the cells of a row, which may be more than the columns with names where the rest is blank; `is_full`
    says that some row has a cell for each column.
    """

    header: Header
    width: int
    rules: RowRules
    groups: tuple[str, ...]
    is_full: bool
    notes: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return self.header.names

    @property
    def first_row(self) -> int:
        """The number of the first row below the header."""
        return self.header.row + 2

    def part(self, cells: pa.RecordBatch, rows: np.ndarray) -> tuple[np.ndarray, tuple[SkippedRow, ...]]:
        """Which rows may be deals, shape (rows,), and those that are none; the cells are texts of all columns."""
        found = self.rules.find(cells)
        places = np.array(sorted(found), dtype=np.int64)
        # a blank row would be filled in
        are_deals = count_filled(cells.columns) > 0 if self.groups else np.ones(len(cells), dtype=bool)
        are_deals[places] = False
        texts = zip(places.tolist(), take_texts(cells, places), strict=True)
        return are_deals, tuple(SkippedRow(int(rows[at]), found[at], text) for at, text in texts)

    def likely(self, cells: pa.RecordBatch) -> np.ndarray:
        """Which rows name a deal, shape (rows,), given some columns, those that the rules need among them."""
        if self.rules.key is None:
            return np.ones(len(cells), dtype=bool)
        return self.rules.names_deals(cells.column(self.names[self.rules.key]))

    def fill_frame(self, cells: pd.DataFrame) -> pd.DataFrame:
        """All deals of the table, with the name of its group in each."""
        if not self.groups or cells.empty:
            return cells
        filled = self.fill().fill(as_arrow(cells[list(self.groups)]))
        columns = {name: filled.column(name).to_pandas().set_axis(cells.index) for name in self.groups}
        return cells.assign(**{name: column.astype(cells[name].dtype) for name, column in columns.items()})

    def fill(self) -> GroupFill:
        """What fills the cells of grouped rows; a new one for each reading, for it goes from row to row."""
        return GroupFill(self.groups)


def find_table(records: Records, source: str) -> SheetTable:
    """Understand a table by its first records, the blank ones and what stands above the header included.

    `source` names it in errors. Raises DealsError where two columns have one name.
    """
    header = find_header(records)
    check_rows(len(header.names), source)
    check_names(header.names, source)
    below = records[header.row + 1 :]
    least = max(len(header.names), len(records[header.row]))
    # A row may end in blank cells; one with more cells that hold something is too long.
    blank_ends = [len(record) for record in below if any(record) and not any(map(str.strip, record[least:]))]
    width = max(least, *blank_ends, 0)
    rules = RowRules(header.names, below)
    padded = [
        [cell.strip() for cell in [*record, *[""] * len(header.names)][: len(header.names)]]
        for record in below
        if any(record)
    ]
    columns = [pa.array(column, pa.string()) for column in zip(*padded, strict=True)]
    found = rules.find(pa.RecordBatch.from_arrays(columns, names=list(header.names))) if columns else {}
    skipped = [found.get(place) for place in range(len(padded))]
    groups, doubtful = find_groups(padded, skipped)
    names = tuple(header.names[place] for place in groups)
    told = ", ".join(f"`{name}`" for name in names)
    notes = [
        *header.notes(),
        *([f"The rows are grouped by {told}: the blank cells there were filled."] if names else []),
        *(_doubt(header.names[place]) for place in doubtful),
    ]
    is_full = any(len(record) >= len(header.names) for record in below)
    return SheetTable(header, width, rules, names, is_full, tuple(notes))


def _doubt(name: str) -> str:
    return (
        f"`{name}` is blank in many rows below a name, as in a grouped report, and is read as unanswered there. If the "
        "rows are grouped, export them with details only, or repeat the name in each row."
    )
