"""Calibration is what a logistic regression says it is, and every deal is in one group of the reliability curve."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from icp_fit.training.accuracy import HeldOutScores
from icp_fit.training.calibration import DEALS_A_BIN, measure_calibration, measure_reliability
from tests.support.held_out_scores import draw_scores


@pytest.mark.parametrize("tilt", [0.5, 1.0, 2.0])
def test_calibration_slope_matches_logistic_regression_and_its_interval_covers(tilt: float) -> None:
    scored = draw_scores(600, tilt=tilt)
    found = measure_calibration(scored)
    regression = LogisticRegression(C=np.inf).fit(scored.model[:, None], scored.won)
    assert found.slope.value == pytest.approx(regression.coef_[0, 0], abs=1e-3)
    assert found.slope.low < 1 / tilt < found.slope.high
    assert found.gap.value == pytest.approx(expit(scored.model).mean() - scored.won.mean())


def test_calibration_of_a_constant_score_has_no_slope() -> None:
    assert np.isnan(measure_calibration(replace(draw_scores(), model=np.zeros(400))).slope.value)


def test_reliability_counts_every_deal_once() -> None:
    scored = draw_scores(430)
    bins = measure_reliability(scored)
    assert sum(found.deals for found in bins) == 430
    assert sum(found.won.value * found.deals for found in bins) == pytest.approx(scored.won.sum())
    assert [found.predicted for found in bins] == sorted(found.predicted for found in bins)
    assert len(measure_reliability(replace(scored, model=np.zeros(430)))) == 1


def test_reliability_counts_deals_and_not_how_often_they_were_held_out() -> None:
    once, twice = draw_scores(200), HeldOutScores.pool([draw_scores(200), draw_scores(200)])
    assert [found.deals for found in measure_reliability(twice)] == [found.deals for found in measure_reliability(once)]


def test_gap_is_predicted_minus_won_and_drift_won_minus_before() -> None:
    scores = replace(draw_scores(400), model=np.full(400, logit(0.6)), base_rate=np.full(400, logit(0.3)))
    calibration = measure_calibration(replace(scores, won=(np.arange(400) < 160).astype(float)))
    assert calibration.predicted == pytest.approx(0.6)
    assert calibration.won.value == pytest.approx(0.4)
    assert calibration.gap.value == pytest.approx(0.2)
    assert calibration.drift.value == pytest.approx(0.1)


def test_slope_of_one_outcome_is_not_a_number_and_that_of_a_perfect_score_is_finite() -> None:
    scores = draw_scores(100)
    assert np.isnan(measure_calibration(replace(scores, won=np.ones(100))).slope.value)
    perfect = replace(scores, model=np.where(scores.won > 0, 1.0, -1.0))
    assert 1 < measure_calibration(perfect).slope.value < 100


@pytest.mark.parametrize(
    ("deals", "groups"),
    [
        (4 * DEALS_A_BIN - 1, 3),
        (4 * DEALS_A_BIN, 4),
        (10 * DEALS_A_BIN - 1, 9),
        (10 * DEALS_A_BIN, 10),
        (30 * DEALS_A_BIN, 10),
        (30, 3),
    ],
)
def test_reliability_has_three_to_ten_groups_of_enough_deals(deals: int, groups: int) -> None:
    assert len(measure_reliability(draw_scores(deals))) == groups
