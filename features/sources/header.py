"""Where the table begins in the rows of a sheet or a text file: titles may stand above its header."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from icp_fit.features.sources.column_letters import column_letter

MOST_TITLES = 40  # rows above a header that are looked at
LEAST_BLANK = 2  # cells of a header that goes on in the next row
_NUMBER_OR_DATE = re.compile(r"[\d\s.,:/€$£%+()-]*\d[\d\s.,:/€$£%+()-]*")
_ARROWS = "↑↓▲▼"  # by which a report shows how it is sorted

Records = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Header:
    """The names of the columns, and `row`, where the last row of the header is, from 0.

    A column without a name that holds something is called by its letter, such as `Column D`. `titles` is what stands
    above the header, `merged` whether it takes two rows.
    """

    row: int
    names: tuple[str, ...]
    titles: tuple[str, ...] = ()
    merged: bool = False

    def notes(self) -> list[str]:
        """Sentences on what is unusual about it."""
        found = []
        if self.titles:
            shown = "; ".join(f'"{title[:60]}"' for title in self.titles[:3])
            found.append(
                f"The header of the table is in row {self.row + 1:,}; what is above it is left out: {shown}"
                f"{' ...' if len(self.titles) > 3 else '.'}"
            )
        if self.merged:
            found.append(f"The header takes two rows, {self.row:,} and {self.row + 1:,}, which were put together.")
        return found


def find_header(records: Records) -> Header:
    """Find the header in the first records of a table, blank ones included.

    It is the first record that fills most of the columns that are in use, and holds no number. A record above it that
    spans several columns names them together with it where its own names are blank or repeat.
    """
    records = [[" ".join(cell.split()) for cell in record] for record in records]
    filled = [place for place, record in enumerate(records) if any(record)]
    if not filled:
        return Header(0, ())
    width = modal_width([records[place] for place in filled])
    used = sum(any(len(records[place]) > j and records[place][j] for place in filled) for j in range(width))
    first = filled[0]
    row = next((place for place in filled[:MOST_TITLES] if 2 * _count(records[place]) > used), first)
    if row != first and any(map(_NUMBER_OR_DATE.fullmatch, records[row])):
        row = first
    second = _is_second(records, filled, row, width)
    top = row if second else row - 1
    row = row + second
    groups = records[top] if top in filled and (second or _spans(records, top, row)) else None
    names = _names(records, row, groups, width)
    merged = names != _names(records, row, None, width)
    titles = [next(filter(None, records[place])) for place in filled if place < (top if merged else row)]
    return Header(row, tuple(names), tuple(titles), merged)


def modal_width(records: Records) -> int:
    """How many cells most records with more than one have, blank ones included; the more where there are as many."""
    widths = Counter(len(record) for record in records if len(record) > 1)
    return max(widths, key=lambda width: (widths[width], width)) if widths else 1


def _count(record: Sequence[str]) -> int:
    return sum(map(bool, record))


def _spans(records: Records, top: int, row: int) -> bool:
    """Whether the row above a header names several of its columns together, as merged cells do."""
    return 2 <= _count(records[top]) < _count(records[row]) and len(records[top]) == len(records[row])


def _is_second(records: Records, filled: list[int], row: int, width: int) -> bool:
    """Whether the header goes on in the next row: in words, it fills all that the first leaves blank.

    Names that take both rows leave the second blank at its beginning, where a deal has its id.
    """
    if row + 1 not in filled or len(records[row + 1]) < width or len(records[row]) < width:
        return False
    first, second = records[row][:width], records[row + 1][:width]
    if _goes_on(first, second):
        return True
    if second[0] or first.count("") < LEAST_BLANK or any(map(_NUMBER_OR_DATE.fullmatch, second)):
        return False
    return all(a or b for a, b in zip(first, second, strict=True))


def _goes_on(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether the second row repeats the names that take both, as merged cells do, and parts those that span."""
    if "" in second or "" not in first:
        return False
    spans = [not b or (not after and bool(a)) for a, b, after in zip(first, first, [*first[1:], "x"], strict=True)]
    return all(spans[at] or a == b for at, (a, b) in enumerate(zip(first, second, strict=True)))


def _names(records: Records, row: int, groups: Sequence[str] | None, width: int) -> list[str]:
    cells = [cell.strip(_ARROWS).strip() for cell in records[row]]
    cells += [""] * (len(groups or ()) - len(cells))
    if groups is not None:
        cells = _grouped(cells, groups)
    while cells and not cells[-1] and not _holds(records[row + 1 :], len(cells) - 1):
        cells.pop()
    return [cell or f"Column {column_letter(place)}" for place, cell in enumerate(cells)]


def _grouped(cells: Sequence[str], groups: Sequence[str]) -> list[str]:
    """Names under the names of groups: together where a name alone would not tell."""
    spanning, names = "", []
    repeated = {cell for cell, count in Counter(cells).items() if count > 1}
    for cell, group in zip(cells, groups, strict=True):
        spanning = group or spanning
        names.append(f"{spanning} {cell}".strip() if cell in repeated and cell else cell or group)
    return names


def _holds(records: Records, place: int) -> bool:
    return any(len(record) > place and record[place] for record in records)
