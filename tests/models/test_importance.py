"""Importance says what the score hangs on: all of what matters, next to nothing of what does not, and how sure."""

from functools import cache

import numpy as np
import pytest

from icp_fit.models.explain import explain
from icp_fit.models.importance import Importance, Importances, measure_importance
from tests.support.small_profile import PROFILE, draw_answers, fit_small_model

sizes = pytest.mark.parametrize("count", [0, 12, 300], ids=["no deals", "few deals", "all members"])


@cache
def measured(count: int = 300) -> Importances:
    return measure_importance(fit_small_model(count), draw_answers(300))


def points(found: tuple[Importance, ...]) -> dict[str, float]:
    return {importance.id: importance.points.value for importance in found}


@sizes
def test_importance_names_every_factor_and_dimension_the_most_important_first(count: int) -> None:
    found = measured(count)
    assert {importance.id for importance in found.factors} == set(PROFILE.factor_ids)
    assert {importance.id for importance in found.dimensions} == {"needs", "context"}
    for part in (found.factors, found.dimensions):
        values = list(points(part).values())
        assert values == sorted(values, reverse=True)


@sizes
def test_interval_holds_the_importance_and_never_goes_below_zero(count: int) -> None:
    for importance in (*measured(count).factors, *measured(count).dimensions):
        for found in (importance.log_odds, importance.points):
            assert 0 <= found.low <= found.value <= found.high


@sizes
def test_dimension_is_at_most_as_important_as_its_factors_together(count: int) -> None:
    factors, dimensions = points(measured(count).factors), points(measured(count).dimensions)
    for dimension in PROFILE.dimensions:
        together = sum(factors[factor.id] for factor in dimension.factors)
        assert 0 <= dimensions[dimension.id] <= together + 1e-9


def test_factor_that_decides_is_most_important_and_one_that_does_nothing_least() -> None:
    found = points(measured().factors)
    assert next(iter(found)) == "portal"
    assert found["security"] < 0.15 * found["portal"]
    assert found["amount"] < 0.15 * found["portal"]


def test_importance_is_the_mean_absolute_part_of_the_score() -> None:
    found, place = explain(fit_small_model(300), draw_answers(300)), PROFILE.factor_ids.index("portal")
    portal = next(importance for importance in measured().factors if importance.id == "portal")
    assert portal.log_odds.value == pytest.approx(np.abs(found.log_odds_by_factor[:, place]).mean(), abs=1e-9)
    assert portal.points.value == pytest.approx(np.abs(found.points[:, place]).mean(), abs=0.1)


def test_profile_alone_is_as_unsure_as_its_weights() -> None:
    portal = next(importance for importance in measured(0).factors if importance.id == "portal")
    assert portal.log_odds.low == 0
    assert portal.log_odds.high > 2 * portal.log_odds.value


def test_more_deals_make_importance_surer() -> None:
    widths = [
        next(found.points.high - found.points.low for found in measured(count).factors if found.id == "portal")
        for count in (12, 300)
    ]
    assert widths[1] < widths[0]


def test_importance_over_no_deals_is_zero() -> None:
    found = measure_importance(fit_small_model(300), draw_answers(0))
    assert set(points(found.factors).values()) == {0.0}
