"""Picklists that list several values in a cell, such as `SSO;Audit`: which sign stands between them, and the values."""

import re

import numpy as np

from icp_fit.features.cell_parsing import fold
from icp_fit.features.drafting.source_column import SourceColumn
from icp_fit.features.splitting import split_values

MOST_VALUES = 50
LONGEST = 60  # characters of a value; what is longer is a remark
LEAST_LISTED = 0.02  # of the answers that hold the sign, for it to be one between values


def find_values(column: SourceColumn) -> tuple[str, tuple[str, ...]] | None:
    """The sign between the values that cells list and the values, the commonest first; None where they list none.

    A semicolon, a bar or a line break is such a sign wherever few values come of it. A comma, a slash or a plus is one
    only where the values also stand alone and in several places: "Austin, TX" is one value.
    """
    for separator in (";", "|", "\n", ",", "/", "+"):
        if column.counts[column.answers.str.contains(separator, regex=False).to_numpy(bool)].sum() < max(
            2, LEAST_LISTED * column.counts.sum()
        ):
            continue
        cells = [split_values(text, separator) for text in column.answers]
        values = _count(cells, column.counts)
        if _are_values(values, cells) and (separator in ";|\n" or _stand_alone(cells, column.counts)):
            return separator, tuple(values)
    return None


def _count(cells: list[list[str]], counts: np.ndarray) -> dict[str, int]:
    """The values in their commonest spelling with the number of deals that list them, the commonest first."""
    spelled: dict[str, dict[str, int]] = {}
    for values, count in zip(cells, counts.tolist(), strict=True):
        for value in values:
            spellings = spelled.setdefault(fold(value), {})
            spellings[value] = spellings.get(value, 0) + count
    named = {max(of, key=lambda word: of[word]): sum(of.values()) for of in spelled.values()}
    return dict(sorted(named.items(), key=lambda item: -item[1]))


def _are_values(values: dict[str, int], cells: list[list[str]]) -> bool:
    several = [cell for cell in cells if len(cell) > 1]
    return (
        2 <= len(values) <= MOST_VALUES
        and bool(several)
        and all(len(value) <= LONGEST for value in values)
        and min(values.values()) > 0
        and all(len(set(map(fold, cell))) == len(cell) for cell in several)
        and not all(re.fullmatch(r"[\d.\s]+", value) for value in values)
    )


def _stand_alone(cells: list[list[str]], counts: np.ndarray) -> bool:
    """Whether most values also stand alone in a cell, or both first and later in one, as only listed values do."""
    alone = {fold(cell[0]) for cell in cells if len(cell) == 1}
    first = {fold(cell[0]) for cell in cells if len(cell) > 1}
    later = {fold(value) for cell in cells for value in cell[1:]}
    everything = alone | first | later
    return len((first | later) & (alone | (first & later))) >= 0.6 * len(everything)
