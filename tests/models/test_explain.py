"""The explanation is exact for the score that is served, and each member's part is what shap says of it."""

from copy import copy
from functools import cache
from math import factorial

import numpy as np
import pandas as pd
import pytest
import shap
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.encoder import answer_numbers
from icp_fit.models.boosting import fit_boosting
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.curves import OPTIONS, collapse
from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.explain import explain, path_slope
from icp_fit.models.fit import FitClassifier
from icp_fit.models.folds import draw_folds
from icp_fit.models.interactions import MANY_DEALS
from icp_fit.models.members import MEMBERS
from icp_fit.models.prior import profile_contributions
from icp_fit.models.trees import Trees
from tests.support.model_shapes import SHAPES, compile_shape, fit_shape
from tests.support.small_profile import PROFILE, draw_answers, draw_outcomes, fit_small_model

shapes = pytest.mark.parametrize("shape", SHAPES)
blanks = pytest.mark.parametrize("blank", [0.0, 0.15, 0.7, 1.0], ids=["all answered", "some", "few", "none"])
FACTORS = PROFILE.factor_ids
COUNTS = st.integers(0, 40) | st.integers(0, 10**12)
UP, DOWN = ("portal", "systems", "security"), ("rivals",)


@cache
def thousands() -> CompiledModel:
    """A model trained on as many deals as trees are boosted from."""
    assert MANY_DEALS <= 6_000
    return compile_model(fit_small_model(6_000))


@shapes
@blanks
def test_factors_and_baseline_add_up_to_the_served_log_odds(shape: str, blank: float) -> None:
    model, deals = fit_shape(shape), draw_answers(40, seed=8, blank=blank)
    found = explain(compile_shape(shape), deals)
    total = found.baseline_log_odds + found.log_odds_by_factor.sum(axis=1)
    assert total == pytest.approx(model.decision_function(deals), abs=1e-9)


@pytest.mark.slow
@given(seed=st.integers(0, 10_000), blank=st.sampled_from([0.0, 0.15, 0.7, 1.0]))
@settings(max_examples=20, deadline=None)
def test_factors_add_up_where_thousands_of_deals_were_learned_from(seed: int, blank: float) -> None:
    model, deals = fit_small_model(6_000), draw_answers(20, seed, blank)
    assert explain(thousands(), deals).log_odds == pytest.approx(model.decision_function(deals), abs=1e-9)


@shapes
@blanks
def test_points_and_baseline_add_up_to_the_served_probability(shape: str, blank: float) -> None:
    model, deals = fit_shape(shape), draw_answers(40, seed=8, blank=blank)
    found = explain(compile_shape(shape), deals)
    total = found.baseline_probability + found.points.sum(axis=1) / 100
    assert total == pytest.approx(model.predict_proba(deals)[:, 1], abs=1e-9)


@shapes
@blanks
def test_interval_is_that_of_the_model(shape: str, blank: float) -> None:
    model, deals = fit_shape(shape), draw_answers(40, seed=8, blank=blank)
    assert explain(compile_shape(shape), deals).interval(0.9) == pytest.approx(
        model.predict_interval(deals, 0.9), abs=1e-9
    )


@shapes
def test_dimensions_add_up_to_all_factors(shape: str) -> None:
    found = explain(compile_shape(shape), draw_answers(40, seed=8))
    assert found.points_by_dimension.shape == (40, len(PROFILE.dimensions))
    assert found.points_by_dimension.sum(axis=1) == pytest.approx(found.points.sum(axis=1), abs=1e-9)
    assert found.log_odds_by_dimension[:, 0] == pytest.approx(found.log_odds_by_factor[:, :4].sum(axis=1), abs=1e-9)


@shapes
@pytest.mark.parametrize("factor_id", [f.id for f in PROFILE.factors if f.unanswered == "ignore"])
def test_unanswered_factor_contributes_exactly_nothing(shape: str, factor_id: str) -> None:
    deals = draw_answers(30, seed=9).drop(columns=factor_id)
    assert not explain(compile_shape(shape), deals).log_odds_by_factor[:, FACTORS.index(factor_id)].any()


def test_blank_that_informs_contributes() -> None:
    deals = draw_answers(30, seed=9).drop(columns="industry")
    assert (explain(fit_small_model(300), deals).log_odds_by_factor[:, FACTORS.index("industry")] < 0).all()


@shapes
@given(seed=st.integers(0, 10_000), factor_id=st.sampled_from(UP + DOWN), counts=st.lists(COUNTS, min_size=2))
@settings(max_examples=20, deadline=None)
def test_better_answer_never_lowers_the_score(shape: str, seed: int, factor_id: str, counts: list[int]) -> None:
    answers = {"portal": [0, 1], "security": [0, 1, 2]}.get(factor_id, counts)
    numbers = np.repeat(answer_numbers(PROFILE, draw_answers(1, seed=seed, blank=0.3)), len(answers), axis=0)
    numbers[:, FACTORS.index(factor_id)] = sorted(answers, reverse=factor_id in DOWN)
    assert (np.diff(compile_shape(shape).log_odds(numbers)) >= -1e-12).all()


def test_profile_member_is_what_shap_says_of_a_linear_model() -> None:
    model, deals = fit_shape("profile alone"), draw_answers(30, seed=4, blank=0)
    design = model._design(deals)
    contributions = profile_contributions(model.encoder_, design.matrix, design.answered)
    theirs = _linear_shap(np.full(len(FACTORS), 0.9), model.profile_member_.centre, contributions)
    assert explain(model, deals).log_odds_by_factor == pytest.approx(theirs, abs=1e-9)


def test_linear_member_is_what_shap_says_of_each_fit() -> None:
    model, deals = fit_shape("linear alone"), draw_answers(30, seed=4, blank=0)
    design, member = model._design(deals), model.members_["linear"]
    fits = zip(member.coefficients, member.centres, strict=True)
    theirs = np.mean([_linear_shap(slope, centre, design.matrix) for slope, centre in fits], axis=0)
    assert explain(model, deals).log_odds_by_factor == pytest.approx(0.9 * _by_factor(model, theirs), abs=1e-9)


def test_curves_member_is_what_shap_says_of_its_trees() -> None:
    answers = draw_answers(300)
    model = copy(fit_shape("curves alone"))
    design = model._encode(answers, draw_outcomes(answers).astype(float), np.ones(300))
    alone = [np.flatnonzero(design.factor_of_column == j).tolist() for j in range(len(FACTORS))]
    folds = draw_folds(np.arange(300), design.won, None, 5, 3, 0)
    fits, _ = fit_boosting(design, folds, 0, alone, **OPTIONS)
    model.members_ = model.members_ | {"curves": collapse(model.encoder_, fits)}
    deals = draw_answers(30, seed=4, blank=0)
    theirs = np.mean([_tree_shap(trees, model._design(deals)) for trees in fits], axis=0)
    assert explain(model, deals).log_odds_by_factor == pytest.approx(0.9 * _by_factor(model, theirs), abs=1e-9)


@pytest.mark.parametrize("shape", ["interactions alone", "boosted", "larger trees"])
def test_interactions_member_is_what_shap_says_of_its_trees(shape: str) -> None:
    model, deals = copy(fit_shape(shape)), draw_answers(30, seed=4, blank=0)
    model.weights_ = dict.fromkeys(MEMBERS, 0.0) | {"interactions": 0.9}
    member = model.members_["interactions"]
    theirs = _tree_shap(member.trees, model._design(deals)) / member.fits
    assert explain(model, deals).log_odds_by_factor == pytest.approx(0.9 * _by_factor(model, theirs), abs=1e-9)


def test_blank_that_informs_is_what_shap_says_of_its_trees() -> None:
    model, deals = fit_shape("interactions alone"), draw_answers(30, seed=4, blank=0).drop(columns="industry")
    member = model.members_["interactions"]
    theirs = _tree_shap(member.trees, model._design(deals)) / member.fits
    assert explain(model, deals).log_odds_by_factor == pytest.approx(0.9 * _by_factor(model, theirs), abs=1e-9)


@pytest.mark.parametrize("shape", ["interactions alone", "boosted", "larger trees"])
def test_question_left_out_of_trees_is_absent_from_every_coalition(shape: str) -> None:
    model, deals = copy(fit_shape(shape)), draw_answers(4, seed=6, blank=0.4)
    model.weights_ = dict.fromkeys(MEMBERS, 0.0) | {"interactions": 1.0}
    member, design = model.members_["interactions"], model._design(deals)
    for deal in range(len(deals)):
        theirs = _shapley(member.trees, design.matrix[deal], design.answered_columns[deal]) / member.fits
        ours = explain(model, deals.iloc[[deal]]).log_odds_by_factor
        assert ours == pytest.approx(_by_factor(model, theirs[None]), abs=1e-9)


def test_to_shap_is_accepted_by_shap_and_adds_up() -> None:
    deals = draw_answers(30, seed=4)
    theirs = explain(fit_small_model(300), deals).to_shap()
    assert theirs.shape == (30, len(FACTORS))
    assert theirs.base_values + theirs.values.sum(axis=1) == pytest.approx(
        fit_small_model(300).decision_function(deals)
    )
    assert theirs[0].feature_names[0] == "Portal"


def test_score_and_grade_are_what_is_shown() -> None:
    found = explain(fit_small_model(300), draw_answers(60, seed=2))
    assert found.score.tolist() == [round(100 * p) for p in found.win_probability]
    assert found.grade == [PROFILE.grades.grade(score) for score in found.score]


def test_completeness_counts_answered_questions() -> None:
    deal = pd.DataFrame({"portal": [True], "systems": [3.0], "rivals": [1.0]})
    assert explain(fit_small_model(0), deal).completeness == pytest.approx([0.5])


def test_percentile_is_the_share_of_the_deals_learned_from_that_score_lower() -> None:
    model, deals = fit_small_model(300), draw_answers(100, seed=2)
    shares = [(model.scores_ <= p).mean() for p in model.predict_proba(deals)[:, 1]]
    percentile = explain(model, deals).percentile
    assert percentile == pytest.approx(100 * np.array(shares), abs=1.01)
    assert percentile.min() >= 0
    assert percentile.max() <= 100


def test_deal_like_all_that_were_learned_from_scores_higher_than_none() -> None:
    answers = draw_answers(12, blank=1.0)
    model = FitClassifier(PROFILE).fit(answers, np.arange(12) < 5)
    assert explain(model, answers).percentile == pytest.approx(0)


def test_one_deal_of_a_table_is_explained_as_if_alone() -> None:
    deals = draw_answers(20, seed=3)
    table, alone = explain(fit_small_model(300), deals)[7], explain(fit_small_model(300), deals.iloc[[7]])
    assert table.points == pytest.approx(alone.points, abs=1e-12)
    assert len(table) == 1


@given(start=st.floats(-8, 8), way=st.floats(-8, 8) | st.floats(-1e-5, 1e-5))
def test_path_slope_leads_from_one_probability_to_the_other(start: float, way: float) -> None:
    end = np.array([start + way])
    p0, p1 = 1 / (1 + np.exp(-start)), 1 / (1 + np.exp(-end))
    assert (end - start) * path_slope(start, end) == pytest.approx(100 * (p1 - p0), abs=1e-9)


def test_explanation_of_numbers_is_that_of_answers() -> None:
    deals = draw_answers(20, seed=3)
    found = explain(fit_small_model(300), deals)
    assert np.array_equal(found.numbers, answer_numbers(PROFILE, deals), equal_nan=True)


def _by_factor(model: FitClassifier, by_column: np.ndarray) -> np.ndarray:
    totals = np.zeros((len(by_column), len(FACTORS)))
    np.add.at(totals.T, model.encoder_.factor_of_column, by_column.T)
    return totals


def _linear_shap(slope: np.ndarray, centre: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    explainer = shap.LinearExplainer((slope, 0.0), (centre, np.eye(len(centre))))
    return np.asarray(explainer.shap_values(matrix))


def _tree_shap(trees: Trees, design: DesignMatrix) -> np.ndarray:
    """The sum over trees of shap's own path-dependent values, shape (deals, columns)."""
    model = {"trees": [_as_shap(trees, root) for root in trees.roots.tolist()]}
    explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    return np.asarray(explainer.shap_values(design.matrix))


def _as_shap(trees: Trees, root: int) -> dict[str, np.ndarray]:
    nodes, cover = [root], {root: 1.0}
    for node in nodes:
        if trees.column[node] >= 0:
            left, right = int(trees.left[node]), int(trees.right[node])
            cover[left], cover[right] = cover[node] * trees.share[node], cover[node] * (1 - trees.share[node])
            nodes += [left, right]
    place = {node: i for i, node in enumerate(nodes)}
    leaf = trees.column[nodes] < 0

    def child(which: np.ndarray) -> np.ndarray:
        return np.array([-1 if end else place[int(which[node])] for node, end in zip(nodes, leaf, strict=True)])

    return {
        "children_left": child(trees.left),
        "children_right": child(trees.right),
        "children_default": child(trees.left),
        "features": np.where(leaf, -2, trees.column[nodes]),
        "thresholds": trees.threshold[nodes],
        "values": trees.value[nodes][:, None],
        "node_sample_weight": np.array([cover[node] for node in nodes]),
    }


def _shapley(trees: Trees, row: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """Shapley values by their definition: over all coalitions of the answered columns, the others always left out."""
    players, columns = np.flatnonzero(answered), len(row)
    coalitions = (np.arange(1 << len(players))[:, None] >> np.arange(len(players))) & 1
    present = np.zeros((len(coalitions), columns), dtype=bool)
    present[:, players] = coalitions
    worth = trees.margins(np.repeat(row[None], len(present), axis=0), present, np.arange(columns))[:, 0]
    size, values = coalitions.sum(axis=1), np.zeros(columns)
    weight = np.array([factorial(s) * factorial(len(players) - s - 1) for s in range(len(players))])
    for k, player in enumerate(players):
        without = np.flatnonzero(coalitions[:, k] == 0)
        gain = worth[without + (1 << k)] - worth[without]
        values[player] = (weight[size[without]] * gain).sum() / factorial(len(players))
    return values
