"""Statistics are what scikit-learn says they are, and their intervals cover the truth as often as they say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta
from sklearn.metrics import roc_auc_score

from icp_fit.training.statistics import Interval, build_means, build_ranking, estimate, log_losses, to_plain, win_rate


@given(st.integers(0, 100))
def test_ranking_matches_weighted_auc_of_scikit_learn_with_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    won, rank, weight = rng.integers(0, 2, 50), rng.integers(0, 8, 50).astype(float), rng.random(50)
    won[:2] = 0, 1
    auc, _ = build_ranking(rank, won.astype(float))(weight[None, :])
    assert auc[0] == pytest.approx(roc_auc_score(won, rank, sample_weight=weight))


def test_lift_counts_tied_deals_in_proportion() -> None:
    won, rank = np.repeat([1.0, 0.0], [4, 16]), np.repeat([2.0, 1.0], [1, 19])
    _, lift = build_ranking(rank, won)(np.ones((1, 20)))
    assert lift[0] == pytest.approx((1 + 3 / 19) / 4 / 0.1)


def test_ranking_with_one_outcome_is_not_a_number() -> None:
    auc, lift = build_ranking(np.arange(5.0), np.zeros(5))(np.ones((1, 5)))
    assert np.isnan([auc[0], lift[0]]).all()


def test_log_losses_of_certainties_stay_finite() -> None:
    assert log_losses(np.array([800.0, -800.0]), np.array([0.0, 1.0])) == pytest.approx(800)


def test_interval_of_a_mean_covers_it_in_95_of_100_samples_of_accounts() -> None:
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        accounts = np.repeat(np.arange(50), 3)
        values = rng.normal(0, 1, 50)[accounts] + rng.normal(0, 1, 150)
        interval = estimate(build_means({"mean": values}), accounts, seed)["mean"]
        covered += interval.low <= 0 <= interval.high
    assert 0.90 <= covered / 200 <= 0.98


def test_interval_is_that_of_the_bayesian_bootstrap() -> None:
    """With exponential weights the mean of ones and zeros, k of n, has the distribution Beta(k, n - k) (Rubin 1981)."""
    won = (np.arange(60) < 20).astype(float)
    interval = estimate(build_means({"won": won}), np.arange(60))["won"]
    assert interval.value == pytest.approx(1 / 3)
    assert (interval.low, interval.high) == pytest.approx(beta(20, 40).ppf([0.025, 0.975]), abs=0.012)


def test_deals_of_one_cluster_share_their_weight() -> None:
    """Copies in the clusters of their originals change nothing, to the last digit of the interval."""
    values, clusters = np.random.default_rng(0).normal(size=50), np.arange(50)
    once = estimate(build_means({"mean": values}), clusters, 3)
    twice = estimate(build_means({"mean": np.tile(values, 2)}), np.tile(clusters, 2), 3)
    assert vars(twice["mean"]) == pytest.approx(vars(once["mean"]))


def test_statistics_of_one_call_are_paired() -> None:
    values = np.random.default_rng(0).normal(size=50)
    both = estimate(build_means({"one": values, "other": values + 1}), np.arange(50))
    assert both["other"].low - both["one"].low == pytest.approx(1)


def test_log_loss_of_even_chances_is_log_two() -> None:
    assert log_losses(np.zeros(2), np.array([0.0, 1.0])) == pytest.approx(math.log(2))
    assert log_losses(np.array([1.0]), np.array([1.0])) < log_losses(np.array([1.0]), np.array([0.0]))


def test_win_rate_has_the_interval_of_wilson() -> None:
    rate = win_rate(np.array([1.0] * 3 + [0.0] * 7))
    assert (rate.value, rate.low, rate.high) == pytest.approx((0.3, 0.1078, 0.6032), abs=1e-4)
    none = win_rate(np.zeros(10))
    assert none.low == 0
    assert none.high == pytest.approx(0.2775, abs=1e-4)


def test_win_rate_counts_a_deal_once_however_often_it_occurs() -> None:
    once, thrice = win_rate(np.array([1.0] * 3 + [0.0] * 7)), win_rate(np.tile([1.0] * 3 + [0.0] * 7, 3), 3)
    assert vars(thrice) == pytest.approx(vars(once))


def test_plain_values_have_none_for_what_cannot_be_computed() -> None:
    plain = to_plain({"a": (Interval(1.0, math.nan, math.nan),), "b": [2, "c", None]})
    assert plain == {"a": [{"value": 1.0, "low": None, "high": None}], "b": [2, "c", None]}
