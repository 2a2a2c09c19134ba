"""The columns that every deal may have, found in a table by their names and by how their cells are made."""

from dataclasses import dataclass

import numpy as np

from icp_fit.features.cell_parsing import fold
from icp_fit.features.cells.date_formats import proven_order
from icp_fit.features.cells.dates import ISO
from icp_fit.features.deal_dates import DATES
from icp_fit.features.documents import shipped_names
from icp_fit.features.drafting.column_checks import is_called
from icp_fit.features.drafting.references import find_reference, is_named_id, is_nearly_unique
from icp_fit.features.drafting.source_column import SourceColumn
from icp_fit.features.mapping import DEAL_COLUMNS, Mapping, read_mapping

MOST_SHOWN = 3
# Why a column is no question that makes it the id of a deal where no two deals share it.
_IDS = (
    "is an identifier", "is a serial number", "holds record ids",
    "holds numbers with leading zeros, which number things",
)  # fmt: skip


@dataclass(frozen=True)
class DealColumns:
    """The source's columns by ours, the format of dates, and what an expert should look at."""

    columns: dict[str, str]
    date_format: str | dict[str, str]
    notes: tuple[str, ...]


def find_deal_columns(columns: list[SourceColumn], rows: np.ndarray) -> DealColumns:
    """Find the columns by the names that they have here and in the shipped mappings, then ids by their cells.

    `rows` has the source's number of each deal's row, shape (deals,).
    """
    mappings = [Mapping(), *map(read_mapping, shipped_names("mappings"))]
    found: dict[str, str] = {}
    notes: list[str] = []
    for ours in (ours for ours in DEAL_COLUMNS if ours != "outcome"):
        names = {fold(name) for mapping in mappings for name in mapping.names(ours)}
        for column in [column for column in columns if fold(column.name) in names]:
            fits = (
                column.names_nearly_all if ours == "deal_id" else bool(column.dates.formats) or not ours.endswith("_on")
            )
            if fits and ours not in found and column.name not in found.values():
                found[ours] = column.name
    for ours in (ours for ours in DATES if ours not in found):
        alike = [c for c in columns if c.dates.formats and is_called(c, ours) and c.name not in found.values()]
        if alike:
            found[ours] = alike[0].name
            others = f", not {', '.join(f'`{c.name}`' for c in alike[1:])}" if alike[1:] else ""
            notes.append(f"`{alike[0].name}` is taken for `{ours}`{others}: make sure that it is.")
    for by_name in (True, False):
        for column in [column for column in columns if column.name not in found.values()]:
            is_id = is_named_id(column) if by_name else find_reference(column) in _IDS
            if "deal_id" not in found and is_id and column.is_unique:
                found["deal_id"] = column.name
            elif by_name and "account_id" not in found and _is_account(column):
                found["account_id"] = column.name
                notes.append(f"`{column.name}` repeats, so it names no deal; deals that share it are kept together.")
    notes += [_repeated(column, rows) for column in columns if column.name == found.get("deal_id")]
    date_format, date_notes = _date_format([column for column in columns if column.dates.formats], found)
    return DealColumns(found, date_format, (*date_notes, *filter(None, notes)))


def _date_format(columns: list[SourceColumn], found: dict[str, str]) -> tuple[str | dict[str, str], list[str]]:
    """How the dates of deals are written, by column where they differ, and what to look at.

    What one column proves of the order of day and month counts for all of the table.
    """
    order = proven_order(column.dates for column in columns)
    formats, notes = {}, []
    for ours in (ours for ours in DATES if ours in found):
        column = next(column for column in columns if column.name == found[ours])
        formats[ours] = column.dates.settle(order)
        if not formats[ours]:
            ways = " or ".join(f'date_format = "{way}"' for way in column.dates.formats)
            notes.append(
                f"`{column.name}` may put day or month first, and nothing in the table says which. Say in the mapping: "
                f"{ways}."
            )
    # whatever the format, a date with the year first is read
    written = {ours: date_format for ours, date_format in formats.items() if date_format not in ("", ISO)}
    return (written if len(set(formats.values()) - {ISO}) > 1 else next(iter(written.values()), "")), notes


def _is_account(column: SourceColumn) -> bool:
    return column.is_account or (is_named_id(column) and is_nearly_unique(column) and not column.is_unique)


def _repeated(column: SourceColumn, rows: np.ndarray) -> str:
    """A sentence on the ids that stand in several rows, and on rows that have none; nothing where all is well."""
    twice = np.flatnonzero(column.counts > 1)
    shown = "; ".join(
        f'"{column.answers.iloc[code]}" is in rows {" and ".join(f"{row:,}" for row in rows[column.codes == code])}'
        for code in twice[:MOST_SHOWN]
    )
    more = f"; and {len(twice) - MOST_SHOWN:,} more" if len(twice) > MOST_SHOWN else ""
    if column.blank.any():
        blank = rows[column.blank]
        listed = ", ".join([f"{row:,}" for row in blank[:MOST_SHOWN]] + ["..."] * (len(blank) > MOST_SHOWN))
        more += f"{'; ' if shown else ''}no id in {len(blank):,} row{'s' if len(blank) > 1 else ''} ({listed})"
    return f"`{column.name}` names each deal once, but for {shown}{more}." if shown or more else ""
