"""From typed answers to the numeric matrix that the fit model's members are trained on, and back to factors.

Each factor owns a few columns of the matrix. The matrix never holds a blank: an unanswered number stands at the mean of
the answered ones, and a column of its own says that it was unanswered. Whether that column may speak, `known` says:
where a question without an answer is to be ignored, every column of its factor is left out of the score.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from icp_fit.features.answer_rules import typed_column
from icp_fit.features.factors import Factor, Profile

# Thousands of columns of ones and zeros would take gigabytes, and most would stand for a handful of deals.
MOST_COLUMNS = 100


@dataclass(frozen=True)
class Column:
    """One column of the matrix: a factor's number, one of its values (or the rare ones), or that it was unanswered.

    `factor` is the factor's position in the profile, `fill` what stands for an unanswered number, `scale` the spread of
    the answers, `sign` the declared direction.
    """

    factor: int
    role: Literal["number", "value", "unanswered"]
    values: tuple[str, ...] = ()
    fill: float = 0.0
    scale: float = 1.0
    sign: int = 0


class AnswerEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Encode typed answers as a matrix.

    Numbers enter as their signed log, yes and no as 1 and 0, levels by their rank, and each value of a category that
    occurs at least `min_count` times as a column of ones and zeros, the `MOST_COLUMNS` commonest at most. The others
    share a column, if they are as many together; a value never seen is zero in all.

    Parameters
    ----------
    profile : Profile
    min_count : int
        Occurrences below which a value, or the absence of an answer, is too rare to train on.
    """

    def __init__(self, profile: Profile, min_count: int = 5) -> None:
        self.profile = profile
        self.min_count = min_count

    def fit(self, answers: pd.DataFrame, won: object = None) -> Self:
        self.columns_ = tuple(
            column
            for position, factor in enumerate(self.profile.factors)
            if factor.known_at != "close"  # what the outcome brings may not be trained on, whoever allowed it
            for column in _factor_columns(position, factor, answers[factor.id], self.min_count)
        )
        return self

    def transform(self, answers: pd.DataFrame) -> np.ndarray:
        """Return a matrix of shape (deals, columns), its numbers rounded to what a float32 can hold.

        Trees of scikit-learn compare in float32; rounding once, here, keeps every member's view of a number the same.
        """
        matrix = np.zeros((len(answers), len(self.columns_)), order="F")
        for j, column in enumerate(self.columns_):
            answer = answers[self.profile.factors[column.factor].id]
            if column.role == "unanswered":
                matrix[:, j] = answer.isna()
            elif column.role == "number":
                number = _number(self.profile.factors[column.factor], answer)
                matrix[:, j] = np.where(np.isnan(number), column.fill, number)
        for position, column_of_value in self._value_columns().items():
            answer = answers[self.profile.factors[position].id]
            # the last one is for -1, the code of an open question
            column_of_code = np.array([*(column_of_value.get(value, -1) for value in answer.cat.categories), -1])
            column_of_deal = column_of_code[answer.cat.codes]
            has_one = np.flatnonzero(column_of_deal >= 0)
            matrix[has_one, column_of_deal[has_one]] = 1
        return matrix.astype(np.float32).astype(np.float64)

    def answered(self, answers: pd.DataFrame) -> np.ndarray:
        """Return booleans of shape (deals, factors): which factors take part in a deal's score."""
        answered = np.empty((len(answers), len(self.profile.factors)), dtype=bool)
        for position, (factor, counts) in enumerate(zip(self.profile.factors, self.counts_when_open, strict=True)):
            answered[:, position] = True if counts else answers[factor.id].notna()
        return answered

    def _value_columns(self) -> dict[int, dict[str, int]]:
        """For each category, by its position in the profile, the column of each of its values."""
        found: dict[int, dict[str, int]] = {}
        for j, column in enumerate(self.columns_):
            if column.role == "value":
                found.setdefault(column.factor, {}).update(dict.fromkeys(column.values, j))
        return found

    @property
    def counts_when_open(self) -> np.ndarray:
        """Which factors take part even while their question is open, shape (factors,)."""
        learned = {column.factor for column in self.columns_ if column.role == "unanswered"}
        factors = enumerate(self.profile.factors)
        return np.array([factor.unanswered == "informative" and j in learned for j, factor in factors], dtype=bool)

    @property
    def factor_of_column(self) -> np.ndarray:
        """The position in the profile of each column's factor, shape (columns,)."""
        return np.array([column.factor for column in self.columns_], dtype=np.intp)

    @property
    def signs(self) -> np.ndarray:
        """The direction of each column: 1 up, -1 down, 0 free; shape (columns,)."""
        return np.array([column.sign for column in self.columns_], dtype=np.intp)


def answer_numbers(profile: Profile, answers: pd.DataFrame) -> np.ndarray:
    """Typed answers as one number a factor, shape (deals, factors), NaN where unanswered.

    Yes is 1 and no 0; a count or an amount is itself; a level is its rank and a category's value its position, from 0.
    """
    numbers = np.empty((len(answers), len(profile.factors)))
    for position, factor in enumerate(profile.factors):
        answer = answers[factor.id]
        if factor.choices:
            codes = _codes(answer)
            numbers[:, position] = np.where(codes < 0, np.nan, codes)
        else:
            numbers[:, position] = answer.to_numpy(dtype=float, na_value=np.nan)
    return numbers


def typed_answers(profile: Profile, numbers: np.ndarray) -> pd.DataFrame:
    """The typed answers that `answer_numbers` made into numbers."""
    return pd.DataFrame({factor.id: typed_column(factor, numbers[:, i]) for i, factor in enumerate(profile.factors)})


def signed_log(number: np.ndarray) -> np.ndarray:
    """log(1 + |x|) with the sign of x: counts and amounts of any size on one scale."""
    return np.sign(number) * np.log1p(np.abs(number))


def describe_shared_values(answers: pd.DataFrame) -> Iterator[str]:
    """Which categories have more values in these deals than are told apart, and how many deals that touches."""
    for name, counts in ((name, answers[name].value_counts()) for name in answers.select_dtypes("category")):
        given = int((counts > 0).sum())
        if given > MOST_COLUMNS and not answers[name].cat.ordered:
            apart = counts.iloc[:MOST_COLUMNS].sum() / counts.sum()
            yield (
                f"`{name}` has {given:,} values: the {MOST_COLUMNS} commonest, in {apart:.0%} of the deals that answer "
                "it, are told apart, and all others count as one."
            )


def _factor_columns(position: int, factor: Factor, answer: pd.Series, min_count: int) -> list[Column]:
    if factor.kind == "category":
        counts = answer.value_counts().reindex(list(factor.values), fill_value=0)
        common = _common_values(counts, min_count)
        rare = tuple(counts.index[(counts > 0) & ~common])
        shared = [rare] if counts[list(rare)].sum() >= min_count else []
        choices = [(value,) for value in counts.index[common]]
        columns = [Column(position, "value", values) for values in [*choices, *shared]]
    else:
        number = _number(factor, answer)
        answered = number[~np.isnan(number)]
        fill = float(answered.mean()) if answered.size else 0.0
        columns = [Column(position, "number", fill=fill, scale=_scale(factor, answered), sign=factor.sign)]
    if answer.isna().sum() >= min_count:
        columns.append(Column(position, "unanswered"))
    return columns


def _common_values(counts: pd.Series, min_count: int) -> np.ndarray:
    """Which values have a column of their own: the commonest of those that occur often enough, shape (values,)."""
    rank = counts.rank(method="first", ascending=False)
    return ((counts >= min_count) & (rank <= MOST_COLUMNS)).to_numpy()


def _scale(factor: Factor, answered: np.ndarray) -> float:
    """How far apart two answers are that a penalty should treat as one step apart."""
    if factor.kind == "yes_no":
        # As far apart as two values of a category, which differ in two columns.
        return float(np.sqrt(0.5))
    return float(answered.std()) if answered.size and answered.std() > 0 else 1.0


def _number(factor: Factor, answer: pd.Series) -> np.ndarray:
    """The answers of anything but a category as numbers, NaN where unanswered."""
    if factor.kind == "ordinal":
        codes = _codes(answer).astype(float)
        codes[codes < 0] = np.nan
        return codes
    number = answer.to_numpy(dtype=float, na_value=np.nan)
    return signed_log(number) if factor.is_number else number


def _codes(answer: pd.Series) -> np.ndarray:
    return answer.cat.codes.to_numpy()
