"""Columns of Arrow read as numbers (`features.encoder.answer_numbers`), in chunks of a table larger than memory.

What a cell means, `features.answers.read_answers` alone decides. It is asked once for each distinct text; only numbers
that are plainly valid go past it, and rows with a cell that cannot be used are read by it again, for the reasons.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Named
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from icp_fit.features.answers import Problem, read_answers
from icp_fit.features.cell_parsing import distinct_texts, fold, is_word, read_numbers, spread
from icp_fit.features.encoder import answer_numbers
from icp_fit.features.factors import Factor, Profile
from icp_fit.features.mapping import Mapping
from icp_fit.features.sources.arrow_cells import as_pandas, is_number, is_text

MOST_REMEMBERED = 10_000  # distinct cells of a column
# No answer is infinite, so that this can stand for a cell that cannot be used.
REFUSED = np.inf


class SignFound(Exception):
    """A text proves another decimal sign for its column than chunks before were read with: read all of them again."""


@dataclass
class Signs:
    """What the texts of columns prove about decimal signs, as `cell_parsing.decimal_of` sees a column as a whole."""

    comma: set[str] = field(default_factory=set)
    point: set[str] = field(default_factory=set)

    def sign(self, factor_id: str) -> Literal[".", ","]:
        return "," if factor_id in self.comma and factor_id not in self.point else "."

    def learn(self, factor: Factor, texts: pd.Series) -> bool:
        """Take further texts of a column into account, and say whether its sign is another one now."""
        before = self.sign(factor.id)
        if factor.id not in self.point and not texts.str.isdigit().all():
            # What a comma comes to mean beside these texts says what they prove.
            if _read_last(factor, texts, "1,000") == 1:
                self.comma.add(factor.id)
            if _read_last(factor, texts, "0,5") != 0.5:
                self.point.add(factor.id)
        return self.sign(factor.id) != before


@dataclass(frozen=True)
class NumberReader:
    """Reads chunks of a table; equal cells mean the same in every chunk.

    `columns` gives the source's name for each factor that has one. A reader remembers the distinct cells that it has
    read and what they prove about decimal signs, so it belongs to one table and one thread.
    """

    profile: Profile
    columns: Named[str, str]
    mapping: Mapping = field(default_factory=Mapping)
    signs: Signs = field(default_factory=Signs)
    _known: dict[str, dict[object, float]] = field(default_factory=dict, repr=False)

    def read(self, cells: pa.RecordBatch, deal_ids: pa.Array | None = None) -> tuple[np.ndarray, list[Problem]]:
        """Answers as numbers, shape (rows, factors), and a problem for each cell that cannot be used, which is NaN.

        Rows of problems count from 1 within the chunk; `deal_ids`, one a row, name the deals in them. Raises SignFound
        where chunks that were read before must be read again, by the same reader, because of this one.
        """
        numbers = np.full((cells.num_rows, len(self.profile.factors)), np.nan)
        codes, values = {}, {}
        for position, factor in enumerate(self.profile.factors):
            if factor.id not in self.columns:
                continue
            column = cells.column(self.columns[factor.id])
            if self._is_plain(factor, column.type):
                numbers[:, position] = self._plain(factor, column)
            else:
                codes[position], values[factor.id] = distinct_values(column)
        for position, meanings in zip(codes, self._meanings(values), strict=True):
            numbers[:, position] = meanings[codes[position]]
        unusable = np.isinf(numbers)
        if not unusable.any():
            return numbers, []
        refused = np.flatnonzero(unusable.any(axis=1))
        numbers[refused], problems = self._read_again(cells.take(pa.array(refused)), deal_ids, refused)
        return numbers, problems

    @cached_property
    def _blank_numbers(self) -> np.ndarray:
        """Numbers that mean unanswered, as -1 does in some exports."""
        return read_numbers(pd.Series(self.mapping.unanswered, dtype="str")).dropna().to_numpy()

    def _is_plain(self, factor: Factor, kind: pa.DataType) -> bool:
        """Whether the cells are numbers that mean themselves."""
        return factor.is_number and is_number(kind) and not self.mapping.values.get(factor.id)

    def _plain(self, factor: Factor, column: pa.Array) -> np.ndarray:
        """Numbers as they are; REFUSED are those that are not plainly valid."""
        numbers = column.to_numpy(zero_copy_only=False).astype(np.float64)
        if len(self._blank_numbers):
            numbers[np.isin(numbers, self._blank_numbers)] = np.nan
        valid = np.isfinite(numbers)
        if factor.kind == "count":
            valid &= np.floor(numbers) == numbers
        if factor.lowest is not None:
            valid &= numbers >= factor.lowest
        return np.where(valid | np.isnan(numbers), numbers, REFUSED)

    def _meanings(self, values: dict[str, list[object]]) -> Iterator[np.ndarray]:
        """For each factor the numbers of its distinct cells, and at last that of no cell at all."""
        known = {factor_id: self._known.setdefault(factor_id, {}) for factor_id in values}
        new = {factor_id: [v for v in cells if v not in known[factor_id]] for factor_id, cells in values.items()}
        read = self._read_new({factor_id: cells for factor_id, cells in new.items() if cells})
        for factor_id, cells in values.items():
            meanings = known[factor_id] | read.get(factor_id, {})
            if len(meanings) <= MOST_REMEMBERED:
                self._known[factor_id] = meanings
            yield np.array([*(meanings[value] for value in cells), np.nan])

    def _read_new(self, values: dict[str, list[object]]) -> dict[str, dict[object, float]]:
        if not values:
            return {}
        if not self.mapping.decimal:
            self._learn_signs(values)
        raw = pd.DataFrame({factor_id: pd.Series(cells, dtype=object) for factor_id, cells in values.items()})
        numbers, problems = self._read_raw(raw)
        position = {factor_id: at for at, factor_id in enumerate(self.profile.factor_ids)}
        for problem in problems:
            numbers[problem.row - 1, position[problem.column]] = REFUSED
        return {
            factor_id: dict(zip(cells, numbers[:, position[factor_id]].tolist(), strict=False))
            for factor_id, cells in values.items()
        }

    def _learn_signs(self, values: dict[str, list[object]]) -> None:
        changed = []
        for factor in (factor for factor in self.profile.factors if factor.is_number and factor.id in values):
            texts = distinct_texts(pd.Series(values[factor.id], dtype=object))[1]
            if words := self.mapping.values.get(factor.id):
                folded = {fold(theirs): ours for theirs, ours in words.items()}
                texts = pd.Series([folded.get(fold(text), text) for text in texts], dtype="str")
            if self.signs.learn(factor, texts):
                changed.append(factor.id)
        for factor_id in changed:
            self._known.pop(factor_id, None)
        if changed:
            raise SignFound(", ".join(changed))

    def _read_again(
        self, cells: pa.RecordBatch, deal_ids: pa.Array | None, rows: np.ndarray
    ) -> tuple[np.ndarray, list[Problem]]:
        """Numbers of the rows with a cell that may be unusable, and their problems."""
        theirs = as_pandas(cells)
        raw = pd.DataFrame({ours: theirs[name] for ours, name in self.columns.items()})
        ids = None if deal_ids is None else deal_ids.take(pa.array(rows)).to_pandas()
        numbers, problems = self._read_raw(raw, ids)
        return numbers, [replace(problem, row=int(rows[problem.row - 1]) + 1) for problem in problems]

    def _read_raw(self, raw: pd.DataFrame, deal_ids: pd.Series | None = None) -> tuple[np.ndarray, list[Problem]]:
        """What `read_answers` says, asked once for each decimal sign."""
        numbers = np.full((len(raw), len(self.profile.factors)), np.nan)
        problems = []
        signs = {str(factor_id): self.mapping.decimal or self.signs.sign(str(factor_id)) for factor_id in raw}
        for sign in sorted(set(signs.values())):
            own = raw[[factor_id for factor_id in signs if signs[factor_id] == sign]]
            answers, refused = read_answers(self.profile, own, deal_ids, replace(self.mapping, decimal=sign))
            at = [position for position, factor_id in enumerate(self.profile.factor_ids) if factor_id in own]
            numbers[:, at] = answer_numbers(self.profile, answers)[:, at]
            problems += refused
        return numbers, sorted(problems, key=lambda problem: problem.row)


def read_ids(column: pa.Array, mapping: Mapping) -> pa.Array:
    """Ids as trimmed text, null where a cell names nothing, as `features.deal_columns` reads them."""
    if not is_text(column.type):
        codes, values = distinct_values(column)
        own, texts = distinct_texts(pd.Series(values, dtype=object))
        named = spread(own, texts.mask(is_word(texts, ("", *mapping.unanswered))))
        return pa.array(spread(codes, named), pa.string(), from_pandas=True)
    texts = pc.utf8_trim_whitespace(column)
    words = pa.array([word.lower() for word in ("", *mapping.unanswered)], texts.type)
    blank = pc.is_in(pc.utf8_lower(texts), words)
    return pc.if_else(blank, pa.scalar(None, texts.type), texts)


def distinct_values(column: pa.Array) -> tuple[np.ndarray, list[object]]:
    """Each row's position among the distinct cells, -1 where missing, and these."""
    kind = column.type
    if not pa.types.is_dictionary(kind):
        if not (is_text(kind) or is_number(kind) or pa.types.is_boolean(kind)):
            codes, texts = distinct_texts(column.to_pandas().astype(object))
            return codes, texts.tolist()
        column = column.dictionary_encode()
    elif len(column.dictionary) > len(column):
        column = column.dictionary_decode().dictionary_encode()
    codes = pc.fill_null(column.indices.cast(pa.int32()), -1).to_numpy(zero_copy_only=False)
    return codes, column.dictionary.to_pylist()


def _read_last(factor: Factor, texts: pd.Series, last: str) -> float:
    """How a text is read as the last of a column."""
    column = pd.concat([texts, pd.Series([last], dtype="str")], ignore_index=True)
    return float(read_numbers(column, money=factor.kind == "amount").iloc[-1])
