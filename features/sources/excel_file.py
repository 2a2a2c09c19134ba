"""A sheet of a workbook: Excel of any age (.xlsx, .xlsm, .xlsb, .xls) or OpenDocument (.ods)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from icp_fit.features.cell_parsing import cell_text
from icp_fit.features.errors import DealsError
from icp_fit.features.quoting import did_you_mean
from icp_fit.features.sources.excel_formulas import find_errors
from icp_fit.features.sources.frame import FrameSource
from icp_fit.features.sources.header import find_header
from icp_fit.features.sources.sheet_frame import open_sheet
from icp_fit.features.sources.source import unreadable

PEEK = 60  # rows by which a sheet is judged
LEAST_ROWS = 2  # of a table, below its header
LEAST_COLUMNS = 2  # of a table that stands alone; beside others, these are likely notes: a word and what it means
UNREADABLE = (CalamineError, ValueError, OSError, KeyError)

SheetRows = list[list[object]]


def open_excel(path: Path, sheet: str | None = None) -> FrameSource:
    """Read a sheet whole: a workbook is unpacked at once anyway. Numbers and dates stay what they are in a cell.

    Without `sheet`, it is the one that looks like a table; raises DealsError where several do, naming all of them.
    """
    with _open(path) as workbook:
        name, notes = _choose(workbook, sheet, f"`{path}`")
        found = workbook.get_sheet_by_name(name)
        rows: SheetRows = [list(map(_whole, row)) for row in found.to_python(skip_empty_area=False)]
        _fill_merged(rows, found)
        notes = (*notes, *_fill_errors(rows, path, name))
        where = f"`{path}`" if len(workbook.sheet_names) == 1 else f"`{path}`, sheet `{name}`,"
    while rows and not any(_is_filled(cell) for cell in rows[-1]):
        rows.pop()
    return open_sheet(rows, where, notes)


def list_visible(path: Path) -> tuple[str, ...]:
    """The names of the sheets that a workbook shows."""
    with _open(path) as workbook:
        return tuple(_visible(workbook))


@contextmanager
def _open(path: Path) -> Iterator[CalamineWorkbook]:
    try:
        # By its path, a workbook would be read as what its name says.
        with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as workbook:
            yield workbook
    except PasswordError as error:
        raise unreadable(f"`{path}`", "A password protects it: save it without one.") from error
    except DealsError:
        raise
    except UNREADABLE as error:
        remedy = "It is no workbook of Excel, or is damaged: save it again as .xlsx, or export it as CSV in UTF-8."
        raise unreadable(f"`{path}`", remedy) from error


def _visible(workbook: CalamineWorkbook) -> list[str]:
    sheets = [about for about in workbook.sheets_metadata if about.typ == SheetTypeEnum.WorkSheet]
    shown = [about.name for about in sheets if about.visible == SheetVisibleEnum.Visible]
    return shown or [about.name for about in sheets]


def _choose(workbook: CalamineWorkbook, wanted: str | None, source: str) -> tuple[str, tuple[str, ...]]:
    """The sheet to read, and a sentence where the workbook has others."""
    names = _visible(workbook)
    if wanted is not None:
        every = workbook.sheet_names
        alike = [name for name in every if name == wanted] or [n for n in every if n.casefold() == wanted.casefold()]
        if alike:
            return alike[0], ()
        hint = did_you_mean(wanted, every)
        raise DealsError(f"{source} has no sheet `{wanted}`.{hint} It has {_sizes(workbook, every)}.")
    hidden = _hidden(workbook, names)
    if len(names) == 1 and not hidden:
        return names[0], ()
    columns = {name: _table_columns(workbook.get_sheet_by_name(name)) for name in names}
    if hidden and not any(columns.values()):
        raise DealsError(
            f"{source} shows no sheet that looks like a table; hidden ones may hold the deals: "
            f"{_sizes(workbook, hidden)}. Say which sheet with --sheet."
        )
    if len(names) == 1:
        return names[0], ()
    tables = [name for name, count in columns.items() if count > LEAST_COLUMNS] or [
        n for n, count in columns.items() if count > 1
    ]
    if len(tables) == 1:
        others = [name for name in names if name != tables[0]]
        note = f"The sheet `{tables[0]}` was read; there are others: {_sizes(workbook, others)}. --sheet takes another."
        return tables[0], (note,)
    several = "several sheets that may hold the deals" if tables else "several sheets, none of which looks like a table"
    raise DealsError(f"{source} has {several}: {_sizes(workbook, tables or names)}. Say which with --sheet.")


def _hidden(workbook: CalamineWorkbook, shown: Sequence[str]) -> list[str]:
    """The sheets that are not shown and look like tables."""
    sheets = [about.name for about in workbook.sheets_metadata if about.typ == SheetTypeEnum.WorkSheet]
    others = [name for name in sheets if name not in shown]
    return [name for name in others if _table_columns(workbook.get_sheet_by_name(name)) > LEAST_COLUMNS]


def _table_columns(sheet: CalamineSheet) -> int:
    """How many columns a sheet's table has; 0 where there is no table."""
    records = [[cell_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False, nrows=PEEK)]
    header = find_header(records)
    below = [row for row in records[header.row + 1 :] if 2 * sum(map(bool, row)) >= len(header.names)]
    return len(header.names) if len(below) >= LEAST_ROWS else 0


def _sizes(workbook: CalamineWorkbook, names: Sequence[str]) -> str:
    sheets = [workbook.get_sheet_by_name(name) for name in names]
    return ", ".join(f"`{sheet.name}` ({sheet.height:,} rows, {sheet.width:,} columns)" for sheet in sheets)


def _fill_merged(rows: SheetRows, sheet: CalamineSheet) -> None:
    """Give each cell of a merged column what the whole shows: the file holds it in the first alone."""
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if left == right and bottom < len(rows):
            for row in range(top + 1, bottom + 1):
                rows[row][left] = rows[top][left]


def _fill_errors(rows: SheetRows, path: Path, sheet: str) -> Iterator[str]:
    """Put errors such as `#REF!` into their cells; a sentence where formulas have no value."""
    errors, not_run = find_errors(path, sheet)
    for (row, place), text in errors.items():
        if row < len(rows) and place < len(rows[row]):
            rows[row][place] = text
    if not_run:
        yield (
            f"Formulas without a value, read as blank: {len(not_run):,} ({', '.join(not_run[:3])}"
            f"{', ...' if len(not_run) > 3 else ''}). Open the file in a spreadsheet and save it to compute them."
        )


def _is_filled(cell: object) -> bool:
    return bool(cell_text(cell).strip())


def _whole(cell: object) -> object:
    """A whole number as such; in a workbook every number is a float."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell
