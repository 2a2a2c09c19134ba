import numpy as np
import pytest
from scipy.special import logit

from icp_fit.models.interval import jackknife_variance
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
