"""What is zero, or no, for all deals of one outcome is a leak where there are enough of them to tell."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from icp_fit.features.factors import Factor
from icp_fit.features.leakage import Leak
from tests.features.test_leakage_edges import WON, choice, find, flag, kinds, number, set_auc, yes_no

__all__ = ["set_auc"]  # a fixture


def find_zeros(factor: Factor, values: object, won: np.ndarray = WON) -> Leak | None:
    return next((leak for leak in find(won, {factor: values}) if leak.kind == "one outcome only"), None)


@pytest.mark.parametrize(("deals", "found"), [(50, True), (49, False)])
def test_fifty_deals_of_either_outcome_are_needed_to_call_zeros_of_one_of_them_a_leak(deals: int, found: bool) -> None:
    place = np.arange(len(WON))
    values = 3.0 * ((place >= deals) & (place % 2 == 0))
    for won in (place < deals, place >= deals):
        assert (find_zeros(number, values, won) is not None) is found


@pytest.mark.parametrize(
    ("factor", "values", "says"),
    [
        (
            number,
            3.0 * WON * (np.cumsum(WON) <= 80),
            "`number` is other than 0 in 40.0% of won and 0.0% of lost deals.",
        ),
        (flag, yes_no(WON & (np.cumsum(WON) <= 80)), "`flag` is yes in 40.0% of won and 0.0% of lost deals."),
    ],
    ids=["number", "yes or no"],
)
def test_evidence_says_how_many_deals_of_each_outcome_are_not_zero(factor: Factor, values: object, says: str) -> None:
    leak = find_zeros(factor, values)
    assert leak is not None
    assert leak.evidence == says


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_number_that_is_the_same_for_all_deals_is_no_leak(value: float) -> None:
    assert find(WON, {number: np.full(len(WON), value)}) == []


def test_choice_has_no_zero() -> None:
    values = np.where(WON & (np.cumsum(WON) <= 80), "a", "b")
    assert find_zeros(choice, pd.Categorical(values, ["a", "b"])) is None


@pytest.mark.parametrize(("auc", "kind"), [(0.8999, "one outcome only"), (0.90, "predicts alone")])
def test_factor_that_predicts_alone_is_named_for_that_alone(
    auc: float, kind: str, set_auc: Callable[[float, float, float], None]
) -> None:
    set_auc(auc, auc, 0.01)
    assert kinds(find(WON, {number: 3.0 * WON * (np.cumsum(WON) <= 80)})) == {("number", kind, True)}
