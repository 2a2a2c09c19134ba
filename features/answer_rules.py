"""What a valid answer to a factor's question is: as a number, as a pandas type, and in the words of an error.

As a number, yes is 1 and no 0; a count or an amount is itself; a level is its rank and a category's value its position,
from 0; unanswered is NaN. Every reader of answers reads into these numbers, and asks here which of them are valid.
"""

from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

import numpy as np
import pandas as pd

from icp_fit.features.factors import Factor
from icp_fit.features.quoting import quoted


@dataclass(frozen=True)
class NumberRule:
    """Which numbers answer a count or an amount: finite ones of at least `lowest`, and whole ones where `whole`."""

    lowest: float
    whole: bool

    def allows(self, number: float) -> bool:
        return isfinite(number) and number >= self.lowest and not (self.whole and number % 1)

    def allowed(self, numbers: np.ndarray) -> np.ndarray:
        """The same for many numbers, one boolean each; NaN is not allowed."""
        allowed = np.isfinite(numbers) & (numbers >= self.lowest)
        return allowed & (np.floor(numbers) == numbers) if self.whole else allowed


def number_rule(factor: Factor) -> NumberRule:
    return NumberRule(-inf if factor.lowest is None else factor.lowest, factor.kind == "count")


def requirement(factor: Factor) -> str:
    """What a valid answer must be, as an error says it."""
    if factor.kind == "yes_no":
        return "must be yes or no"
    if factor.choices:
        return f"must be one of {quoted(factor.choices, 12)}"
    bound = "" if factor.lowest is None else f" of at least {factor.lowest:g}"
    return f"must be a {'whole number' if factor.kind == 'count' else 'number'}{bound}"


def answer_dtype(factor: Factor) -> pd.BooleanDtype | pd.CategoricalDtype | np.dtype:
    if factor.kind == "yes_no":
        return pd.BooleanDtype()
    if factor.choices:
        return pd.CategoricalDtype(list(factor.choices), ordered=factor.kind == "ordinal")
    return np.dtype("float64")


def typed_column(factor: Factor, numbers: np.ndarray) -> Any:
    """A factor's answers, one number each, in the type of `answer_dtype`."""
    if factor.is_number:
        return numbers
    blank = np.isnan(numbers)
    if factor.kind == "yes_no":
        return pd.arrays.BooleanArray(numbers == 1, blank)
    places = np.where(blank, -1, numbers).astype(int)
    return pd.Categorical.from_codes(places, pd.Index(factor.choices), ordered=factor.kind == "ordinal")
