"""A category of thousands of values, such as account managers: what it costs is bounded, and sums stay exact."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from icp_fit.features.encoder import MOST_COLUMNS, answer_numbers
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.models.compiled import compile_model
from icp_fit.models.effects import MOST_WORDS, factor_effects
from icp_fit.models.fit import FitClassifier
from icp_fit.models.questions import MOST_ANSWERS, rank_questions

NAMES = tuple(f"Manager {i}" for i in range(2_000))
FACTORS = (
    Factor("size", "amount", "Size", "How large?"),
    Factor("manager", "category", "Manager", "Who?", values=NAMES),
)
PROFILE = Profile("demo", "1", "Demo", "For tests.", 0.4, (Dimension("all", "All", "All.", FACTORS),))
COUNT = 1_500


def draw_deals() -> tuple[pd.DataFrame, np.ndarray]:
    """Deals of managers of whom a few have most; one in two of those wins more often."""
    rng = np.random.default_rng(0)
    manager = np.minimum((rng.pareto(0.6, COUNT) * 3).astype(int), len(NAMES) - 1)
    size = rng.normal(size=COUNT)
    won = rng.random(COUNT) < expit(size + np.where(manager < 40, 2.0 * (manager % 2) - 1, 0))
    answers = pd.DataFrame({"size": np.exp(size) * 100, "manager": pd.Categorical.from_codes(manager, NAMES)})
    return answers, won


@cache
def fit_managers() -> FitClassifier:
    return FitClassifier(PROFILE).fit(*draw_deals())


@pytest.mark.slow
def test_model_has_a_bounded_number_of_columns_and_learns_the_common_values() -> None:
    model = fit_managers()
    assert len(model.encoder_.columns_) <= 1 + MOST_COLUMNS + 1
    common = pd.DataFrame({"size": np.nan, "manager": pd.Categorical(["Manager 1", "Manager 2"], categories=NAMES)})
    odd, even = model.decision_function(common)
    assert odd - even > 0.7


@pytest.mark.slow
def test_parts_of_a_deal_sum_to_its_score_whether_its_value_is_common_rare_or_new() -> None:
    model, compiled = fit_managers(), compile_model(fit_managers())
    common = pd.Categorical(["Manager 1", "Manager 700", "Manager 1999", None], categories=NAMES)
    answers = pd.DataFrame({"size": [10.0, 100.0, np.nan, 1_000.0], "manager": common})
    parts = compiled.run(answer_numbers(PROFILE, answers)).values
    assert np.allclose(model.base_log_odds_ + parts.sum(axis=1), model.decision_function(answers), atol=1e-9)


@pytest.mark.slow
def test_questions_and_effects_list_the_likeliest_values_alone() -> None:
    answers, _ = draw_deals()
    model = fit_managers()
    (who,) = rank_questions(compile_model(model), np.array([5.0, np.nan]), model.latent_classes_)
    assert len(who.answers) == MOST_ANSWERS
    assert sum(answer.probability for answer in who.answers) == pytest.approx(1)
    effect = next(effect for effect in factor_effects(model, answers) if effect.factor.id == "manager")
    assert len(effect.answers) == MOST_WORDS
    assert {"Manager 0", "Manager 1"} <= set(effect.answers)
