"""A sheet that is in memory as rows of cells, read as a table of deals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import cell_text, is_word
from icp_fit.features.cells.words import UNANSWERED
from icp_fit.features.sources.arrow_cells import as_arrow
from icp_fit.features.sources.column_letters import column_letter
from icp_fit.features.sources.frame import FrameSource
from icp_fit.features.sources.sheet_table import SAMPLE, find_table
from icp_fit.features.sources.source import broken, check_rows

EXACT = 2**53  # whole numbers up to which a float is exact
_UNKNOWN = tuple(word for word in UNANSWERED if not word.startswith("#"))  # errors stay in their cells, to be seen


def open_sheet(rows: Sequence[Sequence[object]], source: str, notes: Sequence[str] = ()) -> FrameSource:
    """The table in a sheet, whose first row is the spreadsheet's first; `source` names it in errors."""
    records = [[cell_text(cell) for cell in row] for row in rows[: SAMPLE + 1]]
    table = find_table(records, source)
    width = len(table.names)
    below = rows[table.header.row + 1 :]
    numbers = np.arange(table.first_row, table.first_row + len(below))
    _check_beyond(below, numbers, width, source)
    check_rows(len(below), source)
    padded = [[*row[:width], *[""] * (width - len(row))] for row in below]
    cells = pd.DataFrame(padded, columns=list(table.names), dtype=object)
    are_deals, skipped = table.part(as_arrow(cells), numbers)
    cells, numbers = _with_numbers(table.fill_frame(cells[are_deals])), numbers[are_deals]
    return FrameSource(cells, source, numbers=numbers, skipped=skipped, notes=(*notes, *table.notes))


def _with_numbers(cells: pd.DataFrame) -> pd.DataFrame:
    """The same cells, in which a column that holds numbers, and else only words for unknown, is one of numbers.

    As text they would say that the whole table is written with a decimal point, whatever the mapping says.
    """
    return cells.assign(**{str(name): _numbers(cells[name]) for name in cells if _are_numbers(cells[name])})


def _are_numbers(column: pd.Series) -> bool:
    is_number = column.map(lambda cell: type(cell) in (int, float) and abs(cell) <= EXACT).to_numpy(bool)
    others = column[~is_number].map(cell_text).astype("str").str.strip()
    return bool(is_number.any() and is_word(others, _UNKNOWN).all())


def _numbers(column: pd.Series) -> pd.Series:
    return column.map(lambda cell: cell if type(cell) in (int, float) else np.nan).astype("float64")


def _check_beyond(rows: Sequence[Sequence[object]], numbers: np.ndarray, width: int, source: str) -> None:
    """Raise DealsError for a cell that has no column; a row may end in blank ones."""
    for number, row in zip(numbers.tolist(), rows, strict=True):
        for place in range(width, len(row)):
            if text := cell_text(row[place]).strip():
                reason = f'column {column_letter(place)} holds "{text[:60]}" there and has no name in the header'
                raise broken(source, number, reason, "Name the column, or remove the cell.")
