"""What a cell means: the one place that decides it, for tables that are read whole and for those read in chunks.

A reader is made of a factor, the mapping's words and the formats of the column, and of nothing else: the same cell
gives the same number in whatever row, chunk or source it stands.
"""

from collections.abc import Mapping as Named
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa

from icp_fit.features.answer_rules import number_rule
from icp_fit.features.cell_parsing import choice_positions, fold, is_word
from icp_fit.features.cells.numbers import read_numbers
from icp_fit.features.cells.words import YES_NO_POSITIONS
from icp_fit.features.factors import Factor, Profile
from icp_fit.features.formats import Formats
from icp_fit.features.mapping import Mapping
from icp_fit.features.sources.arrow_cells import distinct_cells, is_number, texts_of

MOST_REMEMBERED = 10_000  # distinct cells of a column
# No answer is infinite, so that this can stand for a cell that cannot be used.
REFUSED = np.inf


class CellReader:
    """Reads the cells of one factor's column as numbers (`features.answer_rules`).

    Distinct cells are read once and remembered, so that a million rows cost little more than their distinct answers.
    """

    def __init__(self, factor: Factor, mapping: Mapping, formats: Formats) -> None:
        self._factor = factor
        self._mapping = mapping
        self._decimal = formats.decimal_of(factor.id)
        self._currency = formats.currency
        self._rule = number_rule(factor)
        self._positions = choice_positions(factor.choices) if factor.choices else YES_NO_POSITIONS
        # Numbers that mean unanswered, as -1 does in some exports.
        self._unanswered = _numbers_among(mapping.unanswered)
        # Numbers of the distinct cells that were read so far, by type, for True and 1 are one key.
        self._known: dict[pa.DataType, dict[object, float]] = {}

    def read(self, column: pa.Array) -> np.ndarray:
        """One number a row, shape (rows,): NaN where unanswered, REFUSED where the cell cannot be used."""
        if self._factor.is_number and is_number(column.type) and not self._mapping.values.get(self._factor.id):
            return self._read_numbers(column.to_numpy(zero_copy_only=False).astype(np.float64))
        codes, cells = distinct_cells(column)
        return np.append(self._read_distinct(cells), self.missing)[codes]

    @cached_property
    def missing(self) -> float:
        """The number of a cell that is not there: unanswered, unless the mapping says what an empty cell means."""
        is_mapped = "" in map(fold, self._mapping.values.get(self._factor.id, {}))
        return float(self._read_texts(pd.Series([""], dtype="str"))[0]) if is_mapped else np.nan

    def _read_numbers(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers that mean themselves."""
        blank = np.isnan(numbers)
        if len(self._unanswered):
            blank |= np.isin(numbers, self._unanswered)
        return np.where(blank, np.nan, np.where(self._rule.allowed(numbers), numbers, REFUSED))

    def _read_distinct(self, cells: pa.Array) -> np.ndarray:
        """One number for each of the distinct cells, shape (cells,)."""
        if len(cells) > MOST_REMEMBERED:
            return self._read_texts(texts_of(cells))
        keys, known = cells.to_pylist(), self._known.setdefault(cells.type, {})
        new = [place for place, key in enumerate(keys) if key not in known]
        if new:
            if len(known) + len(new) > MOST_REMEMBERED:
                known.clear()
                new = list(range(len(keys)))
            numbers = self._read_texts(texts_of(cells.take(pa.array(new))))
            known |= zip([keys[place] for place in new], numbers.tolist(), strict=True)
        return np.array([known[key] for key in keys], dtype=np.float64)

    def _numbers(self, texts: pd.Series) -> np.ndarray:
        bare, rate_of = self._factor.kind == "count", self._currency.rate_of
        return read_numbers(texts, self._decimal, bare=bare, rate_of=rate_of).to_numpy(np.float64)

    def _read_texts(self, texts: pd.Series) -> np.ndarray:
        """One number for each trimmed text, shape (texts,)."""
        texts = self._mapping.translate(self._factor.id, texts)
        if self._factor.is_number:
            numbers = self._numbers(texts)
            numbers = np.where(self._rule.allowed(numbers), numbers, REFUSED)
        else:
            numbers = np.array([self._positions.get(fold(text), REFUSED) for text in texts], dtype=np.float64)
        blank = is_word(texts, ("", *self._mapping.unanswered)).to_numpy(bool)
        if self._factor.choices:
            blank = blank & np.isinf(numbers)  # "Unknown" is an answer where the profile lists it as one
        return np.where(blank, np.nan, numbers)


@lru_cache(maxsize=16)
def _numbers_among(words: tuple[str, ...]) -> np.ndarray:
    return read_numbers(pd.Series(words, dtype="str")).dropna().to_numpy()


def build_cell_readers(
    profile: Profile, columns: Named[str, str], mapping: Mapping, formats: Formats
) -> dict[str, CellReader]:
    """A reader for each factor that has a column, by factor id, in the profile's order."""
    return {f.id: CellReader(f, mapping, formats) for f in profile.factors if f.id in columns}
