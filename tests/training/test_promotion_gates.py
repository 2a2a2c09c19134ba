"""The gate of a promotion on both sides of each boundary: the interval's lower bound, and how few deals are too few."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from icp_fit.training.holdout import Holdout
from icp_fit.training.promotion import MIN_DEALS, Comparison, compare_holdouts
from icp_fit.training.statistics import MIN_ACCOUNTS, Interval
from tests.support.training_runs import build_deals, build_training

CHAMPION = build_training(0.0, deals=build_deals(2)).holdout  # its even chances are a log loss of log 2 on any deal


def build_challenger(deals: int, accounts: int, gain: float, spread: float, won: np.ndarray | None = None) -> Holdout:
    """A challenger whose log loss on each new deal is less than the champion's by `gain` and by `spread`, up and down.

    The deals are those of the champion's table in shape, and none of them is known to it.
    """
    drawn = build_training(1.0, deals=build_deals(2 * deals, first=10_000)).holdout
    won = np.arange(deals) % 2 == 0 if won is None else won
    loss = np.log(2) - gain + spread * np.where(np.arange(deals) // 2 % 2, 1.0, -1.0)
    log_odds = np.where(won, 1, -1) * -np.log(np.expm1(loss))
    table = drawn.deals.assign(_won=won, _log_odds=log_odds, _account=np.arange(deals, dtype="uint64") % accounts)
    return replace(drawn, deals=table)


def compare(challenger: Holdout) -> Comparison:
    comparison = compare_holdouts(challenger, CHAMPION)
    assert isinstance(comparison, Comparison)
    return comparison


@pytest.mark.parametrize(
    ("low", "is_better"), [(-1e-9, False), (0.0, False), (1e-9, True)], ids=["below zero", "zero", "just above"]
)
def test_challenger_is_better_from_just_above_zero_on_of_the_lower_bound(low: float, is_better: bool) -> None:
    comparison = Comparison(100, 50, 0.6, 0.5, Interval(0.1, low, 0.2))
    assert comparison.is_better is is_better
    assert ("not better by more than noise" in str(comparison)) is not is_better


def test_challenger_whose_estimate_is_better_and_whose_lower_bound_is_not_does_not_pass() -> None:
    comparison = compare(build_challenger(100, 100, gain=0.015, spread=0.2))
    assert comparison.improvement.value == pytest.approx(0.015)
    assert -0.04 < comparison.improvement.low < 0 < comparison.improvement.high
    assert not comparison.is_better


def test_challenger_whose_lower_bound_is_just_above_zero_passes() -> None:
    """The same improvement, less spread over the deals: the estimate is equal, the interval narrower."""
    comparison = compare(build_challenger(100, 100, gain=0.015, spread=0.05))
    assert comparison.improvement.value == pytest.approx(0.015)
    assert 0 < comparison.improvement.low < 0.01
    assert comparison.is_better


@pytest.mark.parametrize(("deals", "compared"), [(MIN_DEALS - 1, False), (MIN_DEALS, True)])
def test_comparison_needs_so_many_deals_and_not_one_fewer(deals: int, compared: bool) -> None:
    comparison = compare_holdouts(build_challenger(deals, deals, gain=0.1, spread=0.0), CHAMPION)
    assert isinstance(comparison, Comparison) is compared
    assert compared or f"not trained on {deals}" in str(comparison)


@pytest.mark.parametrize(("accounts", "compared"), [(MIN_ACCOUNTS - 1, False), (MIN_ACCOUNTS, True)])
def test_comparison_needs_so_many_accounts_and_not_one_fewer(accounts: int, compared: bool) -> None:
    comparison = compare_holdouts(build_challenger(100, accounts, gain=0.1, spread=0.0), CHAMPION)
    assert isinstance(comparison, Comparison) is compared
    assert compared or f"of {accounts} accounts; a comparison needs" in str(comparison)


@pytest.mark.parametrize(("won", "compared"), [(0, False), (1, True), (99, True), (100, False)])
def test_comparison_needs_a_won_and_a_lost_deal(won: int, compared: bool) -> None:
    challenger = build_challenger(100, 100, gain=0.1, spread=0.0, won=np.arange(100) < won)
    assert isinstance(compare_holdouts(challenger, CHAMPION), Comparison) is compared


def test_deal_that_the_champion_was_trained_on_counts_neither_way() -> None:
    """One deal fewer than are needed is left when the champion was trained on one of just enough."""
    challenger = build_challenger(MIN_DEALS, MIN_DEALS, gain=0.1, spread=0.0)
    first = challenger.deals["_deal"].iloc[:1].to_numpy()
    trained = replace(CHAMPION, training_keys=np.append(CHAMPION.training_keys, first))
    assert isinstance(compare_holdouts(challenger, CHAMPION), Comparison)
    assert isinstance(compare_holdouts(challenger, trained), str)


def test_held_out_deal_of_the_champion_has_the_log_odds_that_it_was_given_there() -> None:
    challenger = build_challenger(MIN_DEALS, MIN_DEALS, gain=0.1, spread=0.0)
    shared = challenger.deals.iloc[[0]].assign(_log_odds=3.0)
    champion = replace(CHAMPION, deals=pd.concat([CHAMPION.deals, shared], ignore_index=True))
    log_odds = champion.log_odds(challenger.deals)
    assert log_odds[0] == pytest.approx(0.0)  # its model was not trained on the deal, so that may score it
    trained = replace(champion, training_keys=np.append(champion.training_keys, shared["_deal"].to_numpy()))
    assert trained.log_odds(challenger.deals)[0] == 3.0


def refresh(low: float, value: float = 0.0, margin: float = 0.006) -> Comparison:
    return Comparison(400, 200, 0.6, 0.6, Interval(value, low, 2 * value - low), newer=100, margin=margin)


@pytest.mark.parametrize(("low", "passes"), [(-0.0061, False), (-0.006, False), (-0.0059, True), (0.0001, True)])
def test_refresh_passes_from_just_above_minus_the_margin_on(low: float, passes: bool) -> None:
    assert refresh(low).passes is passes
    assert ("so it may be worse by 0.0060" in str(refresh(low))) is (low <= 0)
    assert not Comparison(400, 200, 0.6, 0.6, Interval(0.0, min(low, 0.0), 0.01)).passes, "a change must be better"


@pytest.mark.parametrize(
    ("comparison", "helps"),
    [
        (refresh(-0.012), "About 1,600 held-out deals would tell: train again when more deals are closed."),
        (refresh(-0.02, value=-0.01), "whether the newer deals are read as they are meant"),
        (Comparison(400, 200, 0.6, 0.6, Interval(0.01, -0.01, 0.03)), "About 1,600 held-out deals would tell"),
        (Comparison(400, 200, 0.6, 0.6, Interval(-0.01, -0.03, 0.01)), "newer deals it need only be not worse."),
    ],
    ids=["refresh of few deals", "worse refresh", "change of few deals", "worse change"],
)
def test_refusal_names_what_would_help(comparison: Comparison, helps: str) -> None:
    assert not comparison.passes
    assert helps in str(comparison)


def test_same_profile_on_newer_deals_is_a_refresh_and_on_the_same_deals_a_change() -> None:
    champion = build_training(0.5, deals=build_deals(400)).holdout
    again = compare_holdouts(build_training(0.5, deals=build_deals(400)).holdout, champion)
    newer = compare_holdouts(build_training(0.5, deals=build_deals(500)).holdout, champion)
    other = compare_holdouts(build_training(0.6, deals=build_deals(500)).holdout, champion)
    assert isinstance(again, Comparison)
    assert isinstance(newer, Comparison)
    assert isinstance(other, Comparison)
    assert (again.newer, newer.newer, other.newer) == (0, 100, 0)
    assert (again.passes, newer.passes, other.passes) == (False, True, other.is_better)


@pytest.mark.parametrize("weight", [1.0, 0.0], ids=["gains much", "gains nothing"])
def test_margin_is_a_tenth_of_the_gain_or_one_per_cent_of_the_base_rates_log_loss(weight: float) -> None:
    champion, challenger = (build_training(weight, deals=build_deals(count)).holdout for count in (400, 500))
    newer = compare_holdouts(challenger, champion)
    assert isinstance(newer, Comparison)
    won = challenger.deals["_won"].mean()
    base_rate = -won * np.log(won) - (1 - won) * np.log(1 - won)
    assert newer.margin == pytest.approx(0.1 * (base_rate - newer.champion) if weight else 0.01 * base_rate)


def test_comparison_the_other_way_round_has_the_other_sign() -> None:
    comparison = Comparison(100, 50, 0.6, 0.5, Interval(0.1, 0.05, 0.2))
    assert comparison.reversed == Comparison(100, 50, 0.5, 0.6, Interval(-0.1, -0.2, -0.05))
