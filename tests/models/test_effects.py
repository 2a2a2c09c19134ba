"""Effects: what each answer alone adds, beside what the profile alone declares."""

import numpy as np
import pandas as pd
import pytest

from icp_fit.models.effects import Effect, factor_effects
from tests.support.small_profile import PROFILE, draw_answers, fit_small_model


def effects_of(count: int, answers: pd.DataFrame) -> dict[str, Effect]:
    return {effect.factor.id: effect for effect in factor_effects(fit_small_model(count), answers)}


def test_effects_are_those_of_the_score_and_the_strongest_is_first() -> None:
    answers, model = draw_answers(300), fit_small_model(300)
    effects = factor_effects(model, answers)
    assert {effect.factor.id for effect in effects} == set(PROFILE.factor_ids)
    assert [effect.reach for effect in effects] == sorted((effect.reach for effect in effects), reverse=True)
    portal = effects_of(300, answers)["portal"]
    either = pd.DataFrame({"portal": [False, True]}).reindex(columns=PROFILE.factor_ids)
    alone = model.decision_function(either) - model.base_log_odds_
    assert portal.answers == ("no", "yes")
    assert portal.log_odds == pytest.approx(alone)


def test_deals_are_counted_by_answer() -> None:
    answers = draw_answers(300)
    effects = effects_of(300, answers)
    assert effects["portal"].deals == ((answers["portal"] == False).sum(), answers["portal"].sum())  # noqa: E712
    assert sum(effects["systems"].deals) == answers["systems"].notna().sum()
    assert sum(effects["industry"].deals) == answers["industry"].notna().sum()


def test_effects_are_those_declared_where_the_model_was_trained_on_no_deals() -> None:
    effects = effects_of(0, draw_answers(100))
    for name in ("portal", "systems"):
        assert effects[name].declared == pytest.approx(effects[name].log_odds)
        assert np.ptp(effects[name].declared) > 0.5
    assert effects["rivals"].declared == (), "the profile gives it no weight"


def test_factor_that_nobody_answered_has_no_effect() -> None:
    answers = draw_answers(50)
    answers["portal"] = pd.NA
    assert "portal" not in effects_of(300, answers)
    assert factor_effects(fit_small_model(300), draw_answers(5, blank=1.0)) == []
