"""Accuracy is what scikit-learn says it is, and improvements are paired, on the same deals."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from icp_fit.training.accuracy import HeldOutScores, measure_accuracy, measure_gain_curve
from tests.support.held_out_scores import draw_scores


def test_accuracy_matches_scikit_learn() -> None:
    scored = draw_scores()
    accuracy, improvements = measure_accuracy(scored)
    for name in ("model", "profile", "base_rate"):
        probability = expit(getattr(scored, name))
        assert accuracy[name].log_loss.value == pytest.approx(log_loss(scored.won, probability))
        assert accuracy[name].brier.value == pytest.approx(brier_score_loss(scored.won, probability))
        assert accuracy[name].auc.value == pytest.approx(roc_auc_score(scored.won, probability))
    assert improvements["profile"].auc.value == pytest.approx(
        accuracy["model"].auc.value - accuracy["profile"].auc.value
    )
    assert improvements["profile"].brier.value == pytest.approx(
        accuracy["profile"].brier.value - accuracy["model"].brier.value
    )


def test_interval_of_auc_covers_it() -> None:
    population = draw_scores(100_000)
    truth = roc_auc_score(population.won, population.model)
    found = [measure_accuracy(draw_scores(150, seed))[0]["model"].auc for seed in range(1, 41)]
    assert 0.85 <= np.mean([interval.low <= truth <= interval.high for interval in found]) <= 1


def test_improvements_are_more_certain_than_the_metrics_they_are_differences_of() -> None:
    accuracy, improvements = measure_accuracy(draw_scores())
    one, other = accuracy["model"].log_loss, accuracy["profile"].log_loss
    improvement = improvements["profile"].log_loss
    assert improvement.high - improvement.low < np.hypot(one.high - one.low, other.high - other.low)


def test_gain_curve_runs_from_none_to_all() -> None:
    curve = measure_gain_curve(draw_scores())
    assert (curve[0].model, curve[-1].model) == (0, 1)
    assert all(before.model <= after.model for before, after in itertools.pairwise(curve))


def test_improvement_is_positive_where_the_model_is_better_whichever_way_the_metric_points() -> None:
    scores = draw_scores(2_000)
    for improvement in measure_accuracy(scores)[1].values():
        for metric in (improvement.log_loss, improvement.brier, improvement.auc, improvement.lift):
            assert metric.value > 0
    swapped = replace(scores, model=scores.profile, profile=scores.model)
    worse, better = measure_accuracy(swapped)[1]["profile"], measure_accuracy(scores)[1]["profile"]
    assert worse.log_loss.value == pytest.approx(-better.log_loss.value)
    assert worse.lift.value == pytest.approx(-better.lift.value)


def test_base_rate_orders_nothing_also_where_folds_have_different_ones() -> None:
    scores = draw_scores(200)
    pooled = HeldOutScores.pool([scores, replace(scores, base_rate=scores.base_rate + 1)])
    base_rate = measure_accuracy(pooled)[0]["base_rate"]
    assert (base_rate.auc.value, base_rate.lift.value) == (0.5, 1.0)
    assert base_rate.auc.low == base_rate.auc.high == 0.5


def test_deals_are_counted_once_however_often_they_were_held_out() -> None:
    scores = draw_scores(200)
    pooled = HeldOutScores.pool([scores, scores, scores])
    assert (scores.repeats, pooled.repeats) == (1, 3)
    assert pooled.count(pooled.won > 0) == scores.won.sum()


def test_gain_curve_is_the_share_of_wins_among_the_best_scored() -> None:
    """Ten deals, the two won ones scored first and fourth: of the best 10% half the wins, of the best 40% all."""
    scores = draw_scores(10)
    won = np.isin(np.arange(10), [0, 3]).astype(float)
    ranked = replace(scores, won=won, model=-np.arange(10.0), profile=np.zeros(10))
    curve = {point.share: point for point in measure_gain_curve(ranked)}
    assert [curve[share].model for share in (0.1, 0.3, 0.35, 0.4, 1.0)] == pytest.approx([0.5, 0.5, 0.75, 1.0, 1.0])
    assert [curve[share].profile for share in (0.1, 0.5)] == pytest.approx([0.1, 0.5])
    assert len(curve) == 21
