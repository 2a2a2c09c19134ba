"""Each threshold of the verdict on both sides, all other metrics being those of a model that is ready."""

from dataclasses import replace
from typing import Any

import pytest

from icp_fit.features.deals import FEWEST
from icp_fit.training.evaluation import Evaluation, StackWeights
from icp_fit.training.statistics import MIN_ACCOUNTS, Interval
from icp_fit.training.verdict import VerdictReason, judge
from tests.support.evaluated_deals import evaluate_drawn_deals

TINY = 1e-9


def ready() -> Evaluation:
    """An evaluation about which the verdict finds nothing wrong, with round numbers."""
    evaluation = evaluate_drawn_deals()
    calibration = replace(
        evaluation.calibration,
        gap=Interval(0.0, -0.1, 0.1),
        slope=Interval(1.0, 0.9, 1.1),
        drift=Interval(0, -0.1, 0.1),
    )
    return replace(evaluation, calibration=calibration)


def level_of(evaluation: Evaluation) -> str:
    return judge(evaluation).level


def worst_of(evaluation: Evaluation) -> VerdictReason:
    return judge(evaluation).reasons[0]


def sentences_of(evaluation: Evaluation) -> list[str]:
    return [reason.sentence for reason in judge(evaluation).reasons]


def with_facts(**facts: Any) -> Evaluation:
    return replace(ready(), facts=replace(ready().facts, **facts))


def with_improvement(other: str, interval: Interval) -> Evaluation:
    accuracy = replace(ready().improvements[other], log_loss=interval)
    return replace(ready(), improvements=ready().improvements | {other: accuracy})


def with_calibration(**metrics: Interval) -> Evaluation:
    return replace(ready(), calibration=replace(ready().calibration, **metrics))


def test_evaluation_in_which_nothing_is_wrong_is_ready() -> None:
    assert level_of(ready()) == "ready"


@pytest.mark.parametrize(
    ("fewer", "level"),
    [
        (FEWEST - 1, "not ready"),
        (FEWEST, "usable"),
        (39, "usable"),
        (40, "ready"),
    ],
)
@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_verdict_counts_the_rarer_outcome(fewer: int, level: str, outcome: str) -> None:
    deals = ready().facts.deals
    assert level_of(with_facts(won=fewer if outcome == "won" else deals - fewer)) == level


@pytest.mark.parametrize(("accounts", "level"), [(MIN_ACCOUNTS - 1, "not ready"), (MIN_ACCOUNTS, "ready")])
def test_verdict_needs_so_many_held_out_accounts(accounts: int, level: str) -> None:
    assert level_of(with_facts(holdout_accounts=accounts)) == level


@pytest.mark.parametrize(("accounts", "says"), [(1, "of 1 account:"), (2, "of 2 accounts:")])
def test_verdict_says_of_how_many_accounts_the_held_out_deals_are(accounts: int, says: str) -> None:
    assert says in worst_of(with_facts(holdout_accounts=accounts)).sentence


def test_verdict_counts_no_accounts_where_none_are_known() -> None:
    assert level_of(with_facts(holdout_accounts=MIN_ACCOUNTS - 1, accounts=None)) == "ready"


@pytest.mark.parametrize(("low", "level"), [(-TINY, "not ready"), (0.0, "not ready"), (TINY, "ready")])
def test_improvement_over_the_base_rate_is_above_zero_with_its_whole_interval(low: float, level: str) -> None:
    assert level_of(with_improvement("base_rate", Interval(0.1, low, 0.2))) == level


@pytest.mark.parametrize(("date", "word"), [("closed_on", "periods"), (None, "folds")])
def test_deals_are_evaluated_in_periods_where_they_have_dates_and_else_in_folds(date: str | None, word: str) -> None:
    assert f"better in 4 of 4 {word}" in " ".join(sentences_of(with_facts(date=date)))


@pytest.mark.parametrize(("better", "level"), [(2, "not ready"), (3, "ready")])
def test_improvement_over_the_base_rate_shows_in_three_of_four_periods(better: int, level: str) -> None:
    signs = [1] * better + [-1] * (4 - better)
    periods = tuple(
        replace(period, improvement=Interval(sign * TINY, -1, 1))
        for period, sign in zip(ready().periods, signs, strict=True)
    )
    assert level_of(replace(ready(), periods=periods)) == level


def test_period_in_which_the_model_is_as_good_as_the_base_rate_is_none_in_which_it_is_better() -> None:
    periods = [*ready().periods]
    periods[:2] = [replace(period, improvement=Interval(0.0, -1, 1)) for period in periods[:2]]
    assert level_of(replace(ready(), periods=tuple(periods))) == "not ready"


@pytest.mark.parametrize(("share", "level"), [(1 - TINY, "usable"), (1, "ready")])
def test_improvement_of_less_than_a_hundredth_of_the_base_rate_is_usable(share: float, level: str) -> None:
    value = share * 0.01 * ready().accuracy["base_rate"].log_loss.value
    evaluation = with_improvement("base_rate", Interval(value, value / 2, 1.0))
    assert level_of(evaluation) == level
    assert worst_of(evaluation).sentence.startswith("It hardly beats") is (level == "usable")


@pytest.mark.parametrize(("times", "level"), [(1.53 - 1e-6, "not ready"), (1.53 + 1e-6, "ready")])
def test_auc_lies_three_standard_errors_above_one_half(times: float, level: str) -> None:
    auc = Interval(0.5 + 0.05 * times, 0.5 + 0.05 * times - 0.05, 0.9)
    accuracy = ready().accuracy | {"model": replace(ready().accuracy["model"], auc=auc)}
    assert level_of(replace(ready(), accuracy=accuracy)) == level


def test_auc_of_one_half_ranks_nothing_however_sure_it_is() -> None:
    accuracy = ready().accuracy | {"model": replace(ready().accuracy["model"], auc=Interval(0.5, 0.5, 0.5))}
    assert level_of(replace(ready(), accuracy=accuracy)) == "not ready"


@pytest.mark.parametrize(
    ("interval", "level"),
    [
        (Interval(0.1, TINY, 0.2), "ready"),
        (Interval(0.1, 0.0, 0.2), "usable"),
        (Interval(-0.1, -0.2, 0.0), "usable"),
        (Interval(-0.1, -0.2, -TINY), "not ready"),
    ],
)
def test_profile_alone_is_beaten_tied_with_or_better(interval: Interval, level: str) -> None:
    assert level_of(with_improvement("profile", interval)) == level


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("gap", "low", "says"),
    [
        (0.05 - TINY, 0.01, "Its probabilities are right on average"),
        (0.05, 0.0, "Too few deals to say"),
        (0.05, TINY, "Its probabilities are too "),
    ],
)
def test_gap_is_noticeable_from_five_points_on_and_certain_where_its_interval_leaves_out_zero(
    gap: float, low: float, says: str, sign: int
) -> None:
    bounds = sorted((sign * low, sign * 0.1))
    reasons = judge(with_calibration(gap=Interval(sign * gap, *bounds))).reasons
    (reason,) = [reason for reason in reasons if "robabilities" in reason.sentence]
    assert reason.sentence.startswith(says)
    assert reason.level == ("ready" if "right on" in says else "usable")
    assert "too " not in says or says + ("high" if sign > 0 else "low") in reason.sentence


@pytest.mark.parametrize(
    ("slope", "level"),
    [
        (Interval(0.8, 0.7, 0.9), "ready"),
        (Interval(0.8 - TINY, 0.7, 0.9), "usable"),
        (Interval(0.8 - TINY, 0.7, 1.0), "ready"),
        (Interval(1.25, 1.1, 1.4), "ready"),
        (Interval(1.25 + TINY, 1.1, 1.4), "usable"),
        (Interval(1.25 + TINY, 1.0, 1.4), "ready"),
    ],
)
def test_slope_is_at_fault_outside_its_limits_where_its_interval_leaves_out_one(slope: Interval, level: str) -> None:
    assert level_of(with_calibration(slope=slope)) == level


@pytest.mark.parametrize(
    ("slope", "fault"),
    [
        (Interval(-0.5, -1.0, -TINY), "point the wrong way"),
        (Interval(-0.5, -1.0, 0.0), "lie too far apart"),
        (Interval(0.5, 0.3, 0.7), "lie too far apart"),
        (Interval(1.5, 1.3, 1.7), "lie too close together"),
    ],
)
def test_scores_point_the_wrong_way_where_the_slope_is_below_zero_with_its_whole_interval(
    slope: Interval, fault: str
) -> None:
    assert worst_of(with_calibration(slope=slope)).sentence.startswith(f"Its scores {fault}: ")


@pytest.mark.parametrize(("share", "level"), [(0.5, "ready"), (0.5 - TINY, "usable")])
def test_half_of_the_score_comes_from_deals(share: float, level: str) -> None:
    assert level_of(replace(ready(), stack=StackWeights(100, share, {}))) == level


@pytest.mark.parametrize(
    ("drift", "is_mentioned"),
    [
        (Interval(0.05, 0.01, 0.1), True),
        (Interval(0.05 - TINY, 0.01, 0.1), False),
        (Interval(0.05, 0.0, 0.1), False),
    ],
)
def test_drift_is_mentioned_where_it_is_noticeable_and_certain(drift: Interval, is_mentioned: bool) -> None:
    sentences = " ".join(sentences_of(with_calibration(drift=drift)))
    assert ("although the win rate rose from" in sentences) is is_mentioned


@pytest.mark.parametrize(
    ("drift", "cause"),
    [
        (Interval(0.2, 0.1, 0.3), ", as the win rate rose from 30% to 50%"),
        (Interval(-0.2, -0.3, -0.1), ", as the win rate fell from 70% to 50%"),
        (Interval(0.2, 0.0, 0.3), ""),
    ],
    ids=["rose", "fell", "uncertain"],
)
def test_probabilities_that_are_off_are_laid_to_a_drift_that_is_certain(drift: Interval, cause: str) -> None:
    won, gap = Interval(0.5, 0.4, 0.6), Interval(-0.1, -0.2, -0.05)
    evaluation = with_calibration(predicted=0.4, won=won, gap=gap, drift=drift)
    assert worst_of(evaluation).sentence == f"Its probabilities are too low on average: 40% predicted, 50% won{cause}."
