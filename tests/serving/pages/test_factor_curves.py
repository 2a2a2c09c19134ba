"""Curves of factors: the score of each answer alone, with the deals trained on that gave it."""

import numpy as np
import pytest

from icp_fit.features.encoder import answer_numbers
from icp_fit.models.compiled import compile_model
from icp_fit.models.explain import explain_numbers
from icp_fit.serving.pages.factor_curves import draw_factors
from tests.support.small_profile import PROFILE, draw_answers, fit_small_model


def test_curve_has_the_score_of_a_deal_with_that_answer_alone() -> None:
    compiled = compile_model(fit_small_model(300))
    portal = next(curve for curve in draw_factors(compiled, {}) if curve.factor.id == "portal")
    assert [point.text for point in portal.points] == ["No", "Yes"]
    for number, point in enumerate(portal.points):
        deal = np.full((1, len(PROFILE.factors)), np.nan)
        deal[0, PROFILE.factor_ids.index("portal")] = number
        assert point.score == pytest.approx(100 * explain_numbers(compiled, deal).win_probability[0])


def test_curve_counts_the_deals_trained_on_that_answered() -> None:
    answers = draw_answers(300)
    portal = next(
        curve for curve in draw_factors(compile_model(fit_small_model(300)), {}) if curve.factor.id == "portal"
    )
    given = answer_numbers(PROFILE, answers)[:, PROFILE.factor_ids.index("portal")]
    assert [point.deals for point in portal.points] == [(given == 0).sum(), (given == 1).sum()]
    assert portal.deals == (~np.isnan(given)).sum()


def test_factors_are_ordered_by_measured_importance_or_else_by_their_reach() -> None:
    compiled = compile_model(fit_small_model(300))
    by_reach = draw_factors(compiled, {})
    assert [curve.reach for curve in by_reach] == sorted((curve.reach for curve in by_reach), reverse=True)
    assert {curve.importance for curve in by_reach} == {None}
    measured = [{"id": id, "points": {"value": i}} for i, id in enumerate(PROFILE.factor_ids)]
    by_importance = draw_factors(compiled, {"learned_effects": {"importance": {"factors": measured}}})
    assert [curve.factor.id for curve in by_importance] == list(reversed(PROFILE.factor_ids))
