"""Answers: one typed column for each factor of a profile, read from raw cells and checked against the profile.

Unanswered is a missing value in every column: it is neither no nor zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from icp_fit.features.cell_parsing import distinct_texts, fold, is_word, read_choices, read_numbers, read_yes_no, spread
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Factor, Profile
from icp_fit.features.mapping import Mapping, quoted

MOST_SHOWN = 20


@dataclass(frozen=True)
class Problem:
    """A cell that cannot be used, where it is (`row` counts data rows from 1) and what to do about it."""

    row: int
    deal_id: str | None
    column: str
    message: str

    def __str__(self) -> str:
        where = f"row {self.row:,}" if self.deal_id is None else f"row {self.row:,}, deal {self.deal_id}"
        return f"{where}: {self.message}"


@lru_cache(maxsize=16)
def answer_schema(profile: Profile) -> pa.DataFrameSchema:
    """The schema of typed answers: each factor's dtype, and the answers that it allows."""
    return pa.DataFrameSchema({factor.id: _schema(factor) for factor in profile.factors})


def read_answers(
    profile: Profile, table: pd.DataFrame, deal_ids: pd.Series | None = None, mapping: Mapping | None = None
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read raw cells (text, numbers, booleans) as typed answers.

    `table` has a column for each factor, named by its id; a factor without one is unanswered throughout. `deal_ids`,
    one a row, name the deals in problems. `mapping` says which words mean unanswered, or another answer. Returns the
    answers, in which a cell that cannot be used is unanswered, and a problem for each of these.
    """
    mapping = mapping or Mapping()
    columns, refused = {}, {}
    for factor in profile.factors:
        columns[factor.id], refused[factor.id] = _read_column(factor, table, mapping)
    answers = pd.DataFrame(columns, index=pd.RangeIndex(len(table)))
    for factor_id, rows in _refused(profile, answers).items():
        refused[factor_id] |= rows
        answers.loc[rows, factor_id] = None
    return answers.set_axis(table.index), list(_problems(profile, table, refused, deal_ids))


def check_answers(profile: Profile, table: pd.DataFrame) -> pd.DataFrame:
    """Return the typed answers of a table, or raise DealsError with the cells that cannot be used."""
    if all(factor.id in table and table[factor.id].dtype == _dtype(factor) for factor in profile.factors):
        answers = table[list(profile.factor_ids)]
        refused = _refused(profile, answers.reset_index(drop=True))
        problems = list(_problems(profile, answers, refused, None))
    else:
        answers, problems = read_answers(profile, table)
    if problems:
        more = f"\n... and {len(problems) - MOST_SHOWN:,} more." if len(problems) > MOST_SHOWN else ""
        raise DealsError("\n".join(map(str, problems[:MOST_SHOWN])) + more)
    return answers


def expected(factor: Factor) -> str:
    """What a valid answer is, as an error says it."""
    if factor.kind == "yes_no":
        return "must be yes or no"
    if factor.choices:
        return f"must be one of {quoted(factor.choices, 12)}"
    bound = "" if factor.lowest is None else f" of at least {factor.lowest:g}"
    return f"must be a {'whole number' if factor.kind == 'count' else 'number'}{bound}"


def _dtype(factor: Factor) -> pd.BooleanDtype | pd.CategoricalDtype | np.dtype:
    if factor.kind == "yes_no":
        return pd.BooleanDtype()
    if factor.choices:
        return pd.CategoricalDtype(list(factor.choices), ordered=factor.kind == "ordinal")
    return np.dtype("float64")


def _schema(factor: Factor) -> pa.Column:
    checks = []
    if factor.is_number:
        checks.append(pa.Check(np.isfinite, name="finite"))
    if factor.kind == "count":
        checks.append(pa.Check(lambda answers: answers % 1 == 0, name="whole"))
    if factor.lowest is not None:
        checks.append(pa.Check.ge(factor.lowest))
    return pa.Column(_dtype(factor), checks, nullable=True, title=factor.label, description=factor.question)


def _read_column(factor: Factor, table: pd.DataFrame, mapping: Mapping) -> tuple[pd.Series, np.ndarray]:
    """A factor's typed answers, and which rows could not be read."""
    if factor.id not in table:
        return pd.Series(np.nan, pd.RangeIndex(len(table))).astype(_dtype(factor)), np.zeros(len(table), bool)
    column, words = table[factor.id], mapping.values.get(factor.id, {})
    if not words and factor.is_number and is_numeric_dtype(column) and not is_bool_dtype(column):
        numbers = pd.Series(column.to_numpy("float64", na_value=np.nan))
        blank = numbers.isin(read_numbers(pd.Series(mapping.unanswered, dtype="str")).dropna())
        return numbers.mask(blank), np.zeros(len(table), bool)
    if not words and column.dtype == _dtype(factor):
        return column.reset_index(drop=True), np.zeros(len(table), bool)
    codes, texts = distinct_texts(column)
    if words:
        ours = {fold(theirs): ours for theirs, ours in words.items()}
        texts = texts.map(lambda text: ours.get(fold(text), text))
    unanswered = is_word(texts, ("", *mapping.unanswered))
    if factor.choices:
        # "Unknown" is an answer where the profile lists it as one
        read = read_choices(texts, factor.choices, ordered=factor.kind == "ordinal")
    elif factor.kind == "yes_no":
        read = read_yes_no(texts).mask(unanswered)
    else:
        read = read_numbers(texts, mapping.decimal, money=factor.kind == "amount").mask(unanswered)
    return spread(codes, read), np.append(read.isna() & ~unanswered, False)[codes]


def _refused(profile: Profile, answers: pd.DataFrame) -> dict[str, np.ndarray]:
    """Which rows of typed answers the schema refuses, by factor; none where it refuses none."""
    try:
        answer_schema(profile).validate(answers, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        return {
            str(factor_id): np.isin(np.arange(len(answers)), rows["index"].to_numpy(int))
            for factor_id, rows in cases.groupby("column")
        }
    return {}


def _problems(
    profile: Profile, table: pd.DataFrame, refused: dict[str, np.ndarray], deal_ids: pd.Series | None
) -> Iterator[Problem]:
    ids = None if deal_ids is None else deal_ids.astype(object).to_numpy()
    for factor_id, mask in refused.items():
        rows = np.flatnonzero(mask)
        cells = table[factor_id].iloc[rows].to_numpy(object) if len(rows) else ()
        wanted = expected(profile.factor(factor_id))
        for row, cell in zip(rows, cells, strict=True):
            deal_id = None if ids is None or pd.isna(ids[row]) else str(ids[row])
            message = f'`{factor_id}` {wanted}, got "{cell}". Leave it empty if unknown.'
            yield Problem(int(row) + 1, deal_id, factor_id, message)
