"""The evaluation of any table: no model is evaluated on what it was trained on, and the same seed gives the same."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from icp_fit.training.evaluation import evaluate
from icp_fit.training.segments import measure_segments
from tests.support.evaluated_deals import PROFILE, QuickModel, build_deals, evaluate_drawn_deals, fit_quickly
from tests.support.held_out_scores import draw_scores


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


def test_evaluated_model_was_not_trained_on_the_holdout() -> None:
    trained_on: dict[int, pd.Index] = {}
    models = []

    def fit(
        answers: pd.DataFrame, won: np.ndarray, accounts: np.ndarray | None, dates: np.ndarray | None
    ) -> QuickModel:
        models.append(fit_quickly(answers, won, accounts, dates))
        trained_on[id(models[-1])] = answers.index
        assert accounts is not None
        assert dates is not None
        assert len(answers) == len(won) == len(accounts) == len(dates)
        return models[-1]

    deals = build_deals(700)
    evaluation = evaluate(deals, PROFILE, fit=fit)
    fitted = trained_on[id(evaluation.evaluated_model)]
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


def test_improvement_has_no_bounds_where_all_deals_ended_alike() -> None:
    deals = build_deals(400)
    newest = deals.table["closed_on"] > deals.table["closed_on"].quantile(0.8)
    deals = replace(deals, table=deals.table.assign(outcome=deals.table["outcome"].mask(newest, "won")))
    *_, last = evaluate(deals, PROFILE, fit=fit_quickly).periods
    assert np.isfinite(last.improvement.value)
    assert np.isnan([last.improvement.low, last.improvement.high]).all()
    answers, scored = build_deals(400).answers, draw_scores()
    scored = replace(scored, won=np.where(answers["industry"] == "bank", 1.0, scored.won))
    segments = {segment.value: segment for segment in measure_segments(scored, answers, PROFILE)}
    assert segments["bank"].improvement is not None
    assert np.isnan(segments["bank"].improvement.low)
    assert segments["government"].improvement is not None
    assert np.isfinite(segments["government"].improvement.low)
