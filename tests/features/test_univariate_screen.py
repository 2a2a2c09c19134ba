"""A factor is judged on deals that it was not fitted on, with what is alike kept on one side."""

import numpy as np
import pandas as pd
import pytest

from icp_fit.features import univariate_screen
from icp_fit.features.deals import Deals
from icp_fit.features.univariate_screen import build_screen

COUNT = 300
WON = np.arange(COUNT) % 3 == 0


def closed(won: np.ndarray = WON, **columns: object) -> Deals:
    outcome = {"outcome": np.where(won, "won", "lost")}
    table = pd.DataFrame(outcome | columns)
    return Deals(table, table.iloc[:0], ignored=(), absent=(), notes=())


def spread(seed: int = 0, count: int = COUNT) -> np.ndarray:
    return np.random.default_rng(seed).permutation(count).astype(float)


def fold_of_each(deals: Deals) -> np.ndarray:
    folds = build_screen(deals).folds
    return sum((np.isin(np.arange(len(deals.table)), test) * (i + 1) for i, (_, test) in enumerate(folds)), start=0)


@pytest.mark.parametrize("sign", [1.0, -1.0], ids=["more is won", "less is won"])
def test_auc_of_what_tells_the_outcome_is_one_in_either_direction(sign: float) -> None:
    screen = build_screen(closed(x=spread()))
    assert screen.auc(pd.Series(sign * WON)) == 1.0
    assert screen.auc(pd.Series(np.where(WON, "yes", "no"))) == 1.0


def test_auc_of_what_tells_nothing_is_a_half_within_its_error() -> None:
    screen = build_screen(closed(x=spread()))
    aucs = [screen.auc(pd.Series(spread(seed))) for seed in range(1, 9)]
    assert np.mean(aucs) == pytest.approx(0.5, abs=2 * screen.auc_error())
    assert screen.auc(pd.Series(["a"] * COUNT)) == 0.5


def test_auc_error_is_that_of_random_ranks() -> None:
    rng = np.random.default_rng(0)
    ranks = np.array([rng.permutation(COUNT)[WON].sum() for _ in range(4000)])
    n_won, n_lost = WON.sum(), (~WON).sum()
    assert build_screen(closed(x=spread())).auc_error() == pytest.approx((ranks / (n_won * n_lost)).std(), rel=0.05)


def test_blank_counts_as_an_answer() -> None:
    screen = build_screen(closed(x=spread()))
    assert screen.auc(pd.Series(np.where(WON, "a", None))) == 1.0
    assert screen.auc(pd.Series(np.where(WON, 1.0, np.nan))) == 1.0


def test_exact_values_are_seen_with_many_leaves_and_ranges_with_few() -> None:
    values = spread(count=3000) // 50  # 60 values of 50 deals each, every other one won
    screen = build_screen(closed(values % 2 == 0, x=spread(count=3000)))
    assert screen.auc(pd.Series(values)) > 0.99
    assert screen.auc(pd.Series(values), leaves=8) < 0.8


def test_rare_answer_is_pulled_toward_the_win_rate() -> None:
    answers = np.array(["common"] * COUNT, dtype=object)
    answers[:90] = [f"rare {place // 2}" for place in range(90)]  # each twice, and no more likely won
    assert build_screen(closed(x=spread())).auc(pd.Series(answers)) == pytest.approx(0.5, abs=0.12)


def test_every_deal_is_judged_once() -> None:
    screen = build_screen(closed(x=spread()))
    assert len(screen.folds) == univariate_screen.FOLDS
    assert np.array_equal(np.sort(np.concatenate([test for _, test in screen.folds])), np.arange(COUNT))
    assert all(len(np.intersect1d(train, test)) == 0 for train, test in screen.folds)


def test_deals_of_an_account_are_on_one_side_and_those_without_one_on_any() -> None:
    accounts = pd.Series(np.arange(COUNT) // 10).astype(object)
    accounts[200:] = None
    fold = fold_of_each(closed(x=spread(), account_id=accounts))
    assert (pd.Series(fold[:200]).groupby(np.arange(200) // 10).nunique() == 1).all()
    assert len(set(fold[200:])) == univariate_screen.FOLDS


def test_like_answers_are_on_one_side() -> None:
    twins = np.arange(COUNT) // 2
    assert (pd.Series(fold_of_each(closed(x=twins * 1.0))).groupby(twins).nunique() == 1).all()


def test_accounts_and_like_answers_link_deals_together() -> None:
    answers = np.arange(COUNT) * 1.0
    answers[1] = answers[2]
    accounts = pd.Series(np.arange(COUNT)).astype(object)
    accounts[1] = accounts[0]
    fold = fold_of_each(closed(x=answers, account_id=accounts))
    assert fold[0] == fold[1] == fold[2]


@pytest.mark.parametrize("accounts", ["A", np.where(WON, "A", "B")], ids=["one account", "one account an outcome"])
def test_accounts_that_leave_a_fold_without_an_outcome_are_divided(accounts: object) -> None:
    screen = build_screen(closed(x=spread(), account_id=accounts))
    assert len(screen.folds) == univariate_screen.FOLDS
    assert screen.auc(pd.Series(WON * 1.0)) == 1.0


@pytest.mark.parametrize("won", [10, 290], ids=["few won", "few lost"])
def test_every_fold_has_both_outcomes_however_rare_one_is(won: int) -> None:
    screen = build_screen(closed(np.arange(COUNT) < won, x=spread()))
    assert all(0 < screen.won[test].sum() < len(test) for _, test in screen.folds)


def test_leak_shows_though_few_accounts_share_their_answers() -> None:
    """By account and by like answers in turn all deals would be one group, and there would be nothing to judge by."""
    rng = np.random.default_rng(0)
    won = rng.random(3_000) < 0.4
    deals = closed(won, account_id=rng.integers(0, 40, 3_000), x=rng.integers(0, 900, 3_000) * 1.0)
    assert build_screen(deals).auc(pd.Series(np.where(won, 5.0, 0.0))) == 1.0


def test_rare_outcome_is_drawn_often_enough_from_many_deals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(univariate_screen, "MOST_DEALS", 300)
    won = np.arange(60_000) % 600 == 0
    screen = build_screen(closed(won, x=spread(count=60_000)))
    assert (screen.won.sum(), (~screen.won).sum()) == (100, 200)


@pytest.mark.parametrize("extra", [0, 1])
def test_part_of_the_deals_is_drawn_where_they_are_more_than_stated(
    extra: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(univariate_screen, "MOST_DEALS", COUNT - extra)
    drawn = build_screen(closed(x=np.arange(COUNT) * 1.0)).table
    assert len(drawn) == COUNT - extra
    assert drawn["x"].is_monotonic_increasing is (extra == 0)
    assert (drawn["outcome"] == "won").sum() == pytest.approx(100, abs=1)
    assert drawn.index.tolist() == list(range(len(drawn)))
