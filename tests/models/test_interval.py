from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import logit

from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.interval import Uncertainty, answer_variances, jackknife_variance
from tests.support.small_profile import draw_answers, fit_small_model

sizes = pytest.mark.parametrize("count", [0, 30, 300], ids=["no deals", "few deals", "all members"])


@sizes
def test_interval_holds_the_score(count: int) -> None:
    answers = draw_answers(50, seed=2)
    low, high = fit_small_model(count).predict_interval(answers).T
    score = fit_small_model(count).predict_proba(answers)[:, 1]
    assert ((low < score) & (score < high)).all()


@sizes
def test_interval_of_a_higher_level_holds_that_of_a_lower(count: int) -> None:
    answers = draw_answers(50, seed=2)
    narrow, wide = (fit_small_model(count).predict_interval(answers, level) for level in (0.5, 0.9))
    assert (wide[:, 0] < narrow[:, 0]).all()
    assert (wide[:, 1] > narrow[:, 1]).all()


def test_question_without_an_answer_widens_the_interval_in_log_odds() -> None:
    model, answers = fit_small_model(300), draw_answers(50, seed=2, blank=0)
    blank = answers.assign(portal=answers["portal"].mask(answers["portal"].notna()))
    low, high = logit(model.predict_interval(answers)).T
    blank_low, blank_high = logit(model.predict_interval(blank)).T
    assert ((blank_high - blank_low) > (high - low)).mean() > 0.9


def test_deals_narrow_the_interval() -> None:
    answers = draw_answers(200, seed=2, blank=0)
    width = {count: np.diff(fit_small_model(count).predict_interval(answers)).mean() for count in (30, 300)}
    assert width[300] < width[30]


def test_jackknife_of_a_mean_is_its_variance() -> None:
    sample = np.random.default_rng(0).normal(size=1000)
    without_fold = np.array([np.delete(sample.reshape(50, 20), fold, axis=0).mean() for fold in range(50)])
    assert jackknife_variance(without_fold[None], folds=50).item() == pytest.approx(sample.var() / 1000, rel=0.5)


def uncertainty(unanswered: tuple[float, ...] = (0.5, 2.0), typical: float = 0.0, win_rate: float = 0.0) -> Uncertainty:
    return Uncertainty(np.array(unanswered), typical, win_rate)


NO_FITS, NO_WEIGHTS, ALL_ANSWERED = np.zeros((1, 0)), np.zeros((1, 2)), np.ones((1, 2), dtype=bool)


def test_variance_is_zero_where_nothing_is_uncertain() -> None:
    assert uncertainty().variance(NO_FITS, 5, NO_WEIGHTS, ALL_ANSWERED).tolist() == [0.0]


@pytest.mark.parametrize(
    ("answered", "variance"), [((True, True), 0.0), ((False, True), 0.5), ((True, False), 2.0), ((False, False), 2.5)]
)
def test_each_question_without_an_answer_adds_its_own_variance(answered: tuple[bool, bool], variance: float) -> None:
    assert uncertainty().variance(NO_FITS, 5, NO_WEIGHTS, np.array([answered])).tolist() == [variance]


def test_weights_of_the_profile_may_as_well_be_nothing_or_twice_as_much() -> None:
    weights = np.array([[0.6, -0.8]])
    assert uncertainty().variance(NO_FITS, 5, weights, ALL_ANSWERED) == pytest.approx([0.36 + 0.64])


def test_variance_of_the_win_rate_is_added_to_every_deal() -> None:
    several = np.zeros((3, 0)), 5, np.zeros((3, 2)), np.ones((3, 2), dtype=bool)
    assert uncertainty(win_rate=0.3).variance(*several).tolist() == [0.3] * 3


def test_half_of_the_variance_between_fits_is_that_of_the_average_deal() -> None:
    fits = np.array([[1.0, 3.0, 1.0, 3.0, 2.0]])
    alone = uncertainty().variance(fits, 5, NO_WEIGHTS, ALL_ANSWERED)
    assert alone == pytest.approx(jackknife_variance(fits, 5) / 2)
    assert uncertainty(typical=4.0).variance(fits, 5, NO_WEIGHTS, ALL_ANSWERED) == pytest.approx(alone + 2)


def test_jackknife_is_the_spread_of_the_fits_times_the_folds_less_one() -> None:
    assert jackknife_variance(np.array([[1.0, 3.0], [2.0, 2.0]]), folds=2).tolist() == [1.0, 0.0]
    assert jackknife_variance(np.array([[1.0, 3.0]]), folds=5).tolist() == [4.0]
    assert jackknife_variance(np.zeros((3, 0)), folds=5).tolist() == [0.0] * 3


def build_design(answered: list[list[bool]], min_count: int) -> DesignMatrix:
    """Deals of which only matters which of two factors are answered."""
    deals = len(answered)
    encoder = SimpleNamespace(min_count=min_count)
    return DesignMatrix(encoder, np.zeros((deals, 2)), np.array(answered), np.zeros(deals), np.ones(deals))  # type: ignore[arg-type]


def add_answers(design: DesignMatrix) -> np.ndarray:
    """Log-odds to which the answer to the first question adds 2, and that to the second one 3; 10 in all deals."""
    return 10 + design.answered @ np.array([2.0, 3.0])


def test_open_question_adds_the_mean_square_of_what_its_answers_do() -> None:
    design = build_design([[True, True], [True, False], [False, True]], min_count=2)
    assert answer_variances(design, np.ones(2), add_answers).tolist() == [4.0, 9.0]


@pytest.mark.parametrize(("min_count", "first"), [(2, 4.0), (3, 0.6**2 / 3)], ids=["just enough", "one too few"])
def test_question_that_is_hardly_answered_adds_what_its_weight_spread_evenly_does(min_count: int, first: float) -> None:
    design = build_design([[True, True], [True, True], [False, True]], min_count)
    assert answer_variances(design, np.array([0.6, 0.3]), add_answers) == pytest.approx([first, 9.0])
