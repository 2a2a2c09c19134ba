"""Which answers are valid is decided once, for one number and for many."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_fit.features.answer_rules import NumberRule, answer_dtype, number_rule, requirement, typed_column
from icp_fit.features.factors import Factor
from tests.support.raw_deals import PROFILE


@pytest.mark.parametrize(
    ("rule", "allowed", "refused"),
    [
        (NumberRule(0.0, True), [0.0, 1.0, 1e300], [-1.0, -0.5, 0.5, np.inf, -np.inf, np.nan]),
        (NumberRule(0.5, False), [0.5, 0.75], [0.49, 0.0, np.inf, np.nan]),
        (NumberRule(-np.inf, False), [-1e300, -0.5], [np.inf, -np.inf, np.nan]),
    ],
    ids=["count", "amount with a minimum", "amount"],
)
def test_numbers_are_allowed_up_to_their_bound(rule: NumberRule, allowed: list[float], refused: list[float]) -> None:
    assert rule.allowed(np.array(allowed)).all()
    assert not rule.allowed(np.array(refused)).any()


@given(st.lists(st.floats()), st.floats(allow_nan=False), st.booleans())
def test_one_number_is_allowed_as_many_are(numbers: list[float], lowest: float, whole: bool) -> None:
    rule = NumberRule(lowest, whole)
    assert rule.allowed(np.array(numbers)).tolist() == [rule.allows(number) for number in numbers]


def test_a_count_starts_at_zero_and_an_amount_where_the_profile_says() -> None:
    assert number_rule(Factor("a", "count", "A", "?")) == NumberRule(0.0, True)
    assert number_rule(Factor("a", "count", "A", "?", minimum=3)) == NumberRule(3, True)
    assert number_rule(Factor("a", "amount", "A", "?")) == NumberRule(-np.inf, False)


def test_a_requirement_names_the_answers_or_the_bound() -> None:
    assert requirement(PROFILE.factor("portal")) == "must be yes or no"
    assert requirement(PROFILE.factor("security")) == 'must be one of "low", "medium", "high"'
    assert requirement(PROFILE.factor("integrations")) == "must be a whole number of at least 0"
    assert requirement(PROFILE.factor("amount")) == "must be a number"


@pytest.mark.parametrize("factor", PROFILE.factors, ids=lambda factor: factor.id)
def test_a_typed_column_has_the_type_of_its_factor_and_misses_what_is_unanswered(factor: Factor) -> None:
    column = pd.Series(typed_column(factor, np.array([1.0, np.nan, 0.0])))
    assert column.dtype == answer_dtype(factor)
    assert column.isna().tolist() == [False, True, False]
