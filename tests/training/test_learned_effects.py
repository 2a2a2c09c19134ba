"""Lessons are plain data that a page can draw, with curves as they were learned beside those that were declared."""

import json

import numpy as np
import pytest

from icp_fit.models.effects import factor_effects
from tests.support.small_profile import draw_answers, fit_small_model
from tests.support.training_runs import measure_drawn_effects


def test_lessons_are_plain_json() -> None:
    told = json.loads(json.dumps(measure_drawn_effects().to_dict(), allow_nan=False))
    assert set(told["importance"]["factors"][0]["points"]) == {"value", "low", "high"}
    assert [dimension["id"] for dimension in told["importance"]["dimensions"]] == ["all"]
    assert told["weights"][0]["factor"] == "portal"
    assert told["weights"][0]["disagrees"] is True
    for curve in told["curves"]:
        assert len(curve["answers"]) == len(curve["log_odds"]) == len(curve["deals"])
        assert len(curve["declared"]) in (0, len(curve["answers"]))


def test_every_weight_is_a_disagreement_agrees_cannot_be_told_or_has_no_effect() -> None:
    learned_effects = measure_drawn_effects()
    others = sum(weight.finding in ("agrees", "too few deals to tell") for weight in learned_effects.weights)
    assert len(learned_effects.disagreements) + others + learned_effects.without_effect == len(learned_effects.weights)


def test_curve_counts_every_answer_once() -> None:
    answers = draw_answers(300)
    for effect in factor_effects(fit_small_model(300), answers):
        assert sum(effect.deals) == answers[effect.factor.id].notna().sum()


def test_declared_curve_is_what_a_model_without_deals_adds() -> None:
    for effect in factor_effects(fit_small_model(0), draw_answers(300)):
        if effect.factor.weight:
            assert np.allclose(effect.declared, effect.log_odds)
        else:
            assert effect.declared == ()


def test_declared_curve_spans_twice_the_weight() -> None:
    portal = next(e for e in factor_effects(fit_small_model(300), draw_answers(300)) if e.factor.id == "portal")
    assert np.ptp(portal.declared) == pytest.approx(2 * portal.factor.weight)


def test_curve_with_most_reach_comes_first() -> None:
    reach = [effect.reach for effect in factor_effects(fit_small_model(300), draw_answers(300))]
    assert reach == sorted(reach, reverse=True)


def test_curves_of_no_deals_are_none() -> None:
    assert factor_effects(fit_small_model(0), draw_answers(0)) == []
