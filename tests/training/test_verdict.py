"""A model that knows nothing is never said to be usable, and one that knows something is not turned away."""

from dataclasses import replace

import numpy as np
import pytest

from icp_fit.training.evaluation import Evaluation, StackWeights, evaluate
from icp_fit.training.statistics import Interval
from icp_fit.training.verdict import judge
from tests.support.evaluated_deals import PROFILE, build_deals, evaluate_drawn_deals, fit_quickly


@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
@pytest.mark.parametrize("seed", range(8))
def test_verdict_on_shuffled_outcomes_is_not_ready(seed: int, dated: bool) -> None:
    deals = build_deals(600, seed, dated=dated)
    outcomes = np.random.default_rng(seed).permutation(deals.table["outcome"].to_numpy())
    shuffled = replace(deals, table=deals.table.assign(outcome=outcomes))
    evaluation = evaluate(shuffled, PROFILE, seed=seed, fit=fit_quickly)
    assert judge(evaluation).level == "not ready"
    assert evaluation.improvements["base_rate"].log_loss.value > -0.02


@pytest.mark.parametrize("seed", range(6))
def test_verdict_on_deals_without_signal_is_not_ready(seed: int) -> None:
    assert judge(evaluate_drawn_deals(400, seed, effect=0.0)).level == "not ready"


@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
def test_verdict_on_a_strong_signal_is_ready(dated: bool) -> None:
    assert judge(evaluate_drawn_deals(1_500, 1, 1.5, dated)).level == "ready"


def test_verdict_on_few_deals_is_not_ready_whatever_they_say() -> None:
    assert judge(evaluate_drawn_deals(30, 0, 6.0)).level == "not ready"


@pytest.mark.parametrize("seed", range(4))
def test_verdict_on_deals_of_a_few_accounts_is_not_ready_however_narrow_the_intervals(seed: int) -> None:
    deals = build_deals(300, seed)
    few = replace(deals, table=deals.table.assign(account_id=deals.table["account_id"] % 3))
    verdict = judge(evaluate(few, PROFILE, seed=seed, fit=fit_quickly))
    assert verdict.level == "not ready"
    assert verdict.reasons[0].sentence.startswith(
        "The held-out deals are of 3 accounts: too few to evaluate a model. Add"
    )


def test_verdict_gives_its_worst_reasons_first() -> None:
    reasons = judge(_with(evaluate_drawn_deals(), stack=StackWeights(100, 0.2, {}))).reasons
    assert [reason.level for reason in reasons] == ["usable", *["ready"] * (len(reasons) - 1)]


def test_verdict_says_that_a_score_is_mostly_the_profile() -> None:
    verdict = judge(_with(evaluate_drawn_deals(), stack=StackWeights(100, 0.2, {})))
    assert verdict.level == "usable"
    sentence = "20% of the score comes from the 100 deals trained on, the rest from the profile."
    assert verdict.reasons[0].sentence == sentence


def test_verdict_asks_to_be_ahead_in_most_periods() -> None:
    evaluation = evaluate_drawn_deals()
    behind = tuple(replace(period, improvement=Interval(-0.01, -0.02, 0.0)) for period in evaluation.periods[:-1])
    verdict = judge(_with(evaluation, periods=(*behind, evaluation.periods[-1])))
    assert verdict.level == "not ready"
    assert "but better only in 1 of 4 periods" in verdict.reasons[0].sentence


def test_verdict_asks_for_a_ranking_beyond_doubt() -> None:
    evaluation = evaluate_drawn_deals()
    doubtful = replace(evaluation.accuracy["model"], auc=Interval(0.55, 0.51, 0.59))
    verdict = judge(_with(evaluation, accuracy=evaluation.accuracy | {"model": doubtful}))
    assert verdict.level == "not ready"
    assert verdict.reasons[0].sentence == "It may not rank won deals before lost ones: AUC 0.550 (0.510 to 0.590)."


def test_verdict_on_a_sure_but_slight_lead_is_usable() -> None:
    evaluation = evaluate_drawn_deals()
    slight = replace(evaluation.improvements["base_rate"], log_loss=Interval(0.003, 0.002, 0.004))
    verdict = judge(_with(evaluation, improvements=evaluation.improvements | {"base_rate": slight}))
    assert verdict.level == "usable"
    assert verdict.reasons[0].sentence.startswith("It hardly beats the base rate")


def test_verdict_prefers_a_profile_that_is_better_alone() -> None:
    evaluation = evaluate_drawn_deals()
    worse = replace(evaluation.improvements["profile"], log_loss=Interval(-0.05, -0.08, -0.02))
    verdict = judge(_with(evaluation, improvements=evaluation.improvements | {"profile": worse}))
    assert verdict.level == "not ready"
    assert verdict.reasons[0].sentence.startswith("The profile alone is better")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"gap": Interval(0.1, 0.06, 0.14)}, "Its probabilities are too high"),
        ({"gap": Interval(-0.1, -0.14, -0.06), "drift": Interval(0.2, 0.1, 0.3)}, "as the win rate rose from"),
        ({"gap": Interval(0.11, -0.05, 0.27)}, "Too few deals to say whether its probabilities are right: "),
        ({"slope": Interval(-2.0, -3.0, -1.0)}, "Its scores point the wrong way: calibration slope -2.00"),
        ({"slope": Interval(0.5, 0.4, 0.6)}, "Its scores lie too far apart: calibration slope 0.50"),
        ({"slope": Interval(1.5, 1.3, 1.7)}, "Its scores lie too close together"),
    ],
    ids=["too high", "drifted", "uncertain", "upside down", "too extreme", "too timid"],
)
def test_verdict_on_a_miscalibrated_model_is_usable(change: dict[str, Interval], sentence: str) -> None:
    evaluation = evaluate_drawn_deals()
    verdict = judge(_with(evaluation, calibration=replace(evaluation.calibration, **change)))
    assert verdict.level == "usable"
    assert sentence in verdict.reasons[0].sentence


def test_verdict_forgives_a_drift_that_the_model_follows() -> None:
    evaluation = evaluate_drawn_deals()
    drifted = replace(evaluation.calibration, gap=Interval(0, -0.03, 0.03), drift=Interval(-0.1, -0.15, -0.05))
    verdict = judge(_with(evaluation, calibration=drifted))
    assert verdict.level == "ready"
    assert any("although the win rate fell from" in reason.sentence for reason in verdict.reasons)


def test_verdict_counts_won_and_lost_deals() -> None:
    evaluation = evaluate_drawn_deals()
    few = judge(_with(evaluation, facts=replace(evaluation.facts, won=30)))
    fewest = judge(_with(evaluation, facts=replace(evaluation.facts, won=5)))
    assert (few.level, fewest.level) == ("usable", "not ready")
    assert "There are 5 won and 795 lost deals" in fewest.reasons[0].sentence


def _with(evaluation: Evaluation, **changes: object) -> Evaluation:
    return replace(evaluation, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("share", "shortfall", "says"),
    [
        (0.0, "Nothing was learned but the win rate: add deals.", "Nothing was learned but the win rate"),
        (0.004, "", "Nothing was learned in training on 100 deals: no answer tells won from lost ones"),
        (0.6, "Deals of one account were not kept together.", "Deals of one account were not kept together."),
    ],
    ids=["too few deals", "no signal", "account divided"],
)
def test_model_that_could_not_learn_is_not_ready_and_says_why(share: float, shortfall: str, says: str) -> None:
    verdict = judge(_with(evaluate_drawn_deals(), stack=StackWeights(100, share, {}, shortfall)))
    assert verdict.level == "not ready"
    assert any(reason.sentence.startswith(says) for reason in verdict.reasons if reason.level == "not ready")
