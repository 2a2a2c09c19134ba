"""Reports that are grouped: the group's name stands in its first row alone, and the cells below it are blank.

They are filled only where the report itself proves it: a subtotal ends each group, or the name says how many rows
follow. A blank cell without proof stays what it is, unanswered.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

_COUNTED = re.compile(r".*\S\s*\(([\d.,]+)(?: \w+)?\)")
_COUNT_BEHIND = r"\s*\([\d.,]+(?: \w+)?\)$"
LEAST_BLANK = 0.2  # of the rows
LEAST_ROWS = 2  # rows to a group, on average, in what may be a grouped report


@dataclass
class GroupFill:
    """Fills the blank cells of the columns of groups, from row to row and from chunk to chunk, in their order."""

    names: tuple[str, ...]
    _last: dict[str, str] = field(default_factory=dict)

    def fill(self, cells: pa.RecordBatch) -> pa.RecordBatch:
        """The same rows, deals alone, with the name of its group in each."""
        for name in self.names:
            if name in cells.schema.names:
                place = cells.schema.get_field_index(name)
                cells = cells.set_column(place, name, self._filled(name, cells.column(place)))
        return cells

    def _filled(self, name: str, column: pa.Array) -> pa.Array:
        column = pc.replace_substring_regex(pc.utf8_trim_whitespace(column), _COUNT_BEHIND, "")
        column = pc.fill_null_forward(pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column))
        column = pc.fill_null(column, self._last.get(name, ""))
        if len(column):
            self._last[name] = column[-1].as_py()
        return column


def find_groups(rows: Sequence[Sequence[str]], is_skipped: Sequence[str | None]) -> tuple[tuple[int, ...], list[int]]:
    """The columns that are proved to hold groups, and those that may, from the left, given the first rows of a table.

    `is_skipped` has the reason of each row that is no deal.
    """
    proved: list[int] = []
    for place in range(min(map(len, rows), default=0)):
        cells = [row[place].strip() for row in rows]
        deals = [at for at, reason in enumerate(is_skipped) if not reason and any(rows[at])]
        starts = [at for at in deals if cells[at]]
        if not _is_like_groups(cells, deals, starts):
            return tuple(proved), []
        if not _has_proof(cells, deals, starts, is_skipped):
            names = [cells[at] for at in starts]
            may_be = not proved and len(set(names)) == len(names) and len(deals) >= LEAST_ROWS * len(names)
            return tuple(proved), [place] if may_be else []
        proved.append(place)
    return tuple(proved), []


def _is_like_groups(cells: Sequence[str], deals: list[int], starts: list[int]) -> bool:
    """Whether the first row has a name, many have none, and no name follows itself."""
    if not deals or not starts or starts[0] != deals[0] or len(deals) - len(starts) < LEAST_BLANK * len(deals):
        return False
    return all(cells[a] != cells[b] for a, b in pairwise(starts))


def _has_proof(cells: Sequence[str], deals: list[int], starts: list[int], is_skipped: Sequence[str | None]) -> bool:
    """Whether each group that ends in these rows has a total, or says how many rows it has."""
    ends = [*starts[1:], len(cells)] if len(starts) == 1 else starts[1:]
    for start, end in zip(starts, ends, strict=False):
        length = sum(start <= at < end for at in deals)
        counted = _COUNTED.fullmatch(cells[start])
        says = counted is not None and counted[1].replace(",", "").replace(".", "") == str(length)
        if not says and not any("total" in (reason or "") for reason in is_skipped[start:end]):
            return False
    return True
