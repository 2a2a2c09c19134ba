"""Figures are what scikit-learn says they are, their intervals cover, and no model is judged on what it has seen."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from icp_fit.training.accuracy import HeldOutScores, measure_accuracy, measure_gain_curve
from icp_fit.training.calibration import measure_calibration, measure_reliability
from icp_fit.training.evaluation import evaluate
from icp_fit.training.learning_curve import choose_sizes, measure_learning_curve
from icp_fit.training.segments import measure_segments
from icp_fit.training.statistics import build_means, build_ranking, estimate, log_losses
from tests.support.evaluated_deals import PROFILE, QuickModel, build_deals, evaluate_drawn_deals, fit_quickly


def score(count: int = 400, seed: int = 0, tilt: float = 1.0) -> HeldOutScores:
    """Deals scored by their true log-odds times `tilt`; the profile sees a little, and each account has two deals."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-0.5, 1.2, count)
    won = (rng.random(count) < expit(log_odds)).astype(float)
    return HeldOutScores(
        deal=np.arange(count),
        won=won,
        model=tilt * log_odds,
        profile=np.round(log_odds + rng.normal(0, 1.5, count)),
        base_rate=np.full(count, -0.5),
        cluster=np.arange(count) // 2,
        seen_account=np.zeros(count, dtype=bool),
        seen_answers=np.zeros(count, dtype=bool),
    )


def test_accuracy_matches_scikit_learn() -> None:
    scored = score()
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


def test_interval_of_auc_covers_it() -> None:
    population = score(100_000)
    truth = roc_auc_score(population.won, population.model)
    found = [measure_accuracy(score(150, seed))[0]["model"].auc for seed in range(1, 41)]
    assert 0.85 <= np.mean([interval.low <= truth <= interval.high for interval in found]) <= 1


def test_gains_are_surer_than_the_metrics_they_are_differences_of() -> None:
    accuracy, improvements = measure_accuracy(score())
    one, other = accuracy["model"].log_loss, accuracy["profile"].log_loss
    improvement = improvements["profile"].log_loss
    assert improvement.high - improvement.low < np.hypot(one.high - one.low, other.high - other.low)


@pytest.mark.parametrize("tilt", [0.5, 1.0, 2.0])
def test_calibration_slope_matches_logistic_regression_and_its_interval_covers(tilt: float) -> None:
    scored = score(600, tilt=tilt)
    found = measure_calibration(scored)
    regression = LogisticRegression(C=np.inf).fit(scored.model[:, None], scored.won)
    assert found.slope.value == pytest.approx(regression.coef_[0, 0], abs=1e-3)
    assert found.slope.low < 1 / tilt < found.slope.high
    assert found.gap.value == pytest.approx(expit(scored.model).mean() - scored.won.mean())


def test_calibration_of_a_constant_score_has_no_slope() -> None:
    assert np.isnan(measure_calibration(replace(score(), model=np.zeros(400))).slope.value)


def test_reliability_counts_every_deal_once() -> None:
    scored = score(430)
    bins = measure_reliability(scored)
    assert sum(found.deals for found in bins) == 430
    assert sum(found.won.value * found.deals for found in bins) == pytest.approx(scored.won.sum())
    assert [found.predicted for found in bins] == sorted(found.predicted for found in bins)
    assert len(measure_reliability(replace(scored, model=np.zeros(430)))) == 1


def test_reliability_counts_deals_and_not_how_often_they_were_judged() -> None:
    once, twice = score(200), HeldOutScores.pool([score(200), score(200)])
    assert [found.deals for found in measure_reliability(twice)] == [found.deals for found in measure_reliability(once)]


def test_reach_runs_from_none_to_all() -> None:
    reach = measure_gain_curve(score())
    assert (reach[0].model, reach[-1].model) == (0, 1)
    assert all(before.model <= after.model for before, after in itertools.pairwise(reach))


def test_learning_curve_recovers_the_gain_of_doubling() -> None:
    def constant(loss: float) -> HeldOutScores:
        scored = score(40)
        return replace(scored, model=-np.log(np.expm1(loss)) * np.where(scored.won > 0, 1, -1))

    curve = measure_learning_curve([(size, constant(0.4 + 2 / size**0.5)) for size in (100, 200, 400, 800)])
    assert [point.log_loss.value for point in curve.points] == pytest.approx([0.6, 0.5414, 0.5, 0.4707], abs=1e-4)
    assert curve.doubling
    assert curve.doubling.value == pytest.approx(2 / 800**0.5 - 2 / 1600**0.5)
    assert "would lower log loss by about 0.021" in curve.sentence


def test_learning_curve_of_few_deals_says_that_they_are_few() -> None:
    assert measure_learning_curve([(10, score(40))]).sentence.startswith("Too few deals")


def test_curve_sizes_stay_affordable() -> None:
    assert choose_sizes(50) == [25]
    assert choose_sizes(1_600) == [400, 800]
    assert choose_sizes(1_000_000) == [2_000, 4_000, 8_000]


def test_segments_count_every_deal_and_give_no_figure_for_few() -> None:
    deals = build_deals(400)
    scored = score(400)
    segments = measure_segments(scored, deals.answers, PROFILE)
    by_factor = {factor: [s for s in segments if s.factor == factor] for factor in ("industry", "amount")}
    for found in by_factor.values():
        assert sum(segment.deals for segment in found) == 400
        assert found[-1].value == "not answered"
    assert len(by_factor["amount"]) == 5
    few = measure_segments(replace(score(40), cluster=np.arange(40)), deals.answers.iloc[:40], PROFILE)
    assert all(segment.improvement is None for segment in few if segment.deals < 30)


def test_segments_tell_accounts_that_were_learned_from_apart() -> None:
    seen = np.arange(400) < 100
    segments = measure_segments(replace(score(400), seen_account=seen), build_deals(400).answers, PROFILE)
    assert {s.value: s.deals for s in segments if s.factor == "account_id"} == {"trained on": 100, "new": 300}


@pytest.mark.parametrize(
    ("count", "dated", "scheme"),
    [
        (800, True, "newest deals"),
        (120, True, "later periods"),
        (300, False, "all folds"),
        (12, True, "later periods"),
        (3, False, "all folds"),
    ],
)
def test_evaluation_of_any_table_is_json(count: int, dated: bool, scheme: str) -> None:
    evaluation = evaluate_drawn_deals(count, 1, 1.5, dated)
    assert evaluation.facts.scheme == scheme
    metrics = json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))
    assert metrics["facts"]["holdout_deals"] == len(evaluation.holdout_rows)
    assert "evaluated_model" not in metrics


def test_evaluation_of_a_large_undated_table_fits_one_fold_in_full_and_thins_the_others() -> None:
    evaluation = evaluate_drawn_deals(10_400, 0, 1.5, False)
    assert evaluation.facts.scheme == "one fold"
    assert [period.training_deals > 8_100 for period in evaluation.periods] == [True, False, False, False, False]
    assert "at most 8,000" in evaluation.facts.notes[-1]


def test_evaluated_model_has_not_seen_the_holdout() -> None:
    learned_from: dict[int, pd.Index] = {}
    models = []

    def fit(
        answers: pd.DataFrame, won: np.ndarray, accounts: np.ndarray | None, dates: np.ndarray | None
    ) -> QuickModel:
        models.append(fit_quickly(answers, won, accounts, dates))
        learned_from[id(models[-1])] = answers.index
        assert accounts is not None
        assert dates is not None
        assert len(answers) == len(won) == len(accounts) == len(dates)
        return models[-1]

    deals = build_deals(700)
    evaluation = evaluate(deals, PROFILE, fit=fit)
    fitted = learned_from[id(evaluation.evaluated_model)]
    assert not fitted.isin(evaluation.holdout_rows).any()
    assert (fitted == evaluation.training_rows).all()
    held_out = deals.answers.iloc[evaluation.holdout_rows]
    assert evaluation.log_odds == pytest.approx(evaluation.evaluated_model.decision_function(held_out))


def test_evaluation_is_the_same_for_the_same_seed() -> None:
    deals = build_deals(300, dated=False)
    one, other = (evaluate(deals, PROFILE, seed=3, fit=fit_quickly).to_dict() for _ in range(2))
    assert one == other


def test_evaluation_reports_its_progress() -> None:
    steps: list[tuple[str, float]] = []
    evaluate(build_deals(600), PROFILE, fit=fit_quickly, progress=lambda step, done: steps.append((step, done)))
    shares = [done for _, done in steps]
    assert shares[0] > 0
    assert shares[-1] == 1
    assert shares == sorted(shares)
    assert all(step.startswith("Trained on ") for step, _ in steps)


def test_lead_has_no_bounds_where_all_deals_ended_alike() -> None:
    deals = build_deals(400)
    newest = deals.table["closed_on"] > deals.table["closed_on"].quantile(0.8)
    deals = replace(deals, table=deals.table.assign(outcome=deals.table["outcome"].mask(newest, "won")))
    *_, last = evaluate(deals, PROFILE, fit=fit_quickly).periods
    assert np.isfinite(last.improvement.value)
    assert np.isnan([last.improvement.low, last.improvement.high]).all()
    answers, scored = build_deals(400).answers, score()
    scored = replace(scored, won=np.where(answers["industry"] == "bank", 1.0, scored.won))
    segments = {segment.value: segment for segment in measure_segments(scored, answers, PROFILE)}
    assert segments["bank"].improvement is not None
    assert np.isnan(segments["bank"].improvement.low)
    assert segments["government"].improvement is not None
    assert np.isfinite(segments["government"].improvement.low)
