"""A dimension stands between its worst and its best answers."""

import numpy as np
import pytest

from icp_fit.features.encoder import answer_numbers
from icp_fit.models.compiled import compile_model
from icp_fit.models.explain import explain_numbers
from icp_fit.models.narrative.narrator import Narrator
from icp_fit.serving.pages.dimension_fit import measure_fits, measure_reach
from tests.support.small_profile import PROFILE, draw_answers, fit_small_model


def test_dimension_fits_between_its_worst_and_its_best_answers() -> None:
    compiled = compile_model(fit_small_model(300))
    reach, narrator = measure_reach(compiled), Narrator(compiled)
    for numbers in answer_numbers(PROFILE, draw_answers(20, seed=9)):
        explanation = explain_numbers(compiled, numbers[None])
        (fit,) = measure_fits(explanation, narrator.view(explanation), reach)  # the other dimension has no weight
        assert fit.label == "Needs"
        assert 0 <= fit.share <= 1
    nothing = explain_numbers(compiled, np.full((1, len(PROFILE.factors)), np.nan))
    (fit,) = measure_fits(nothing, narrator.view(nothing), reach)
    assert fit.share == pytest.approx(fit.usual)
    assert fit.answered_share == 0
