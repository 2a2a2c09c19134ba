"""Fit models of every shape: none, few and many deals learned from, each member alone, and all four of them."""

from copy import copy
from functools import cache
from unittest.mock import patch

from icp_fit.models import interactions
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.fit import FitClassifier
from icp_fit.models.members import MEMBERS
from tests.support.small_profile import PROFILE, draw_answers, draw_outcomes, fit_small_model

SHAPES = ("no deals", "few deals", "all members", "boosted", "larger trees", *(f"{member} alone" for member in MEMBERS))


@cache
def fit_shape(shape: str) -> FitClassifier:
    if shape == "no deals":
        return fit_small_model(0)
    if shape == "few deals":
        return fit_small_model(12)
    if shape == "boosted":
        return _boosted(interactions.LEAVES)
    if shape == "larger trees":
        return _boosted(32)  # as they never are, so that a tree takes several tables
    model = copy(fit_small_model(300))
    if shape.endswith(" alone"):
        model.weights_ = dict.fromkeys(MEMBERS, 0.0) | {shape.removesuffix(" alone"): 0.9}
    else:
        model.weights_ = {"profile": 0.2, "linear": 0.5, "curves": 0.3, "interactions": 0.6}
    return model


@cache
def compile_shape(shape: str) -> CompiledModel:
    return compile_model(fit_shape(shape))


def _boosted(leaves: int) -> FitClassifier:
    """A model whose interactions are boosted, as they are where deals are many."""
    answers, options = draw_answers(600, seed=1), interactions.BOOSTED
    with patch.object(interactions, "MANY_DEALS", 500), patch.dict(options, max_leaf_nodes=leaves):
        return FitClassifier(PROFILE, random_state=1).fit(answers, draw_outcomes(answers, seed=1))
