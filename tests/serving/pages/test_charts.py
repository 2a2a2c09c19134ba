"""The places of charts add up to the numbers that they show."""

import pytest

from icp_fit.features.encoder import answer_numbers
from icp_fit.models.compiled import compile_model
from icp_fit.models.explain import explain_numbers
from icp_fit.models.narrative.narrator import Narrator
from icp_fit.serving.pages.charts import draw_waterfall
from tests.support.small_profile import PROFILE, draw_answers, fit_small_model


def test_waterfall_leads_from_the_baseline_to_the_score() -> None:
    compiled = compile_model(fit_small_model(300))
    for numbers in answer_numbers(PROFILE, draw_answers(20, seed=9)):
        view = Narrator(compiled).view(explain_numbers(compiled, numbers[None]))
        steps = draw_waterfall(view, dict.fromkeys(PROFILE.factor_ids, ""))
        moved = sum(step.points for step in steps[1:-1])
        assert view.baseline + moved == pytest.approx(100 * view.win_probability, abs=0.5)
        assert all(-0.01 <= place <= 100.01 for step in steps for place in (step.start, step.end))
