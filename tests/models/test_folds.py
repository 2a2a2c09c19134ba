import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.groups import group_deals
from icp_fit.models.folds import can_train, choose_folds, draw_folds, splits

accounts_of_deals = st.lists(st.integers(0, 8), min_size=5, max_size=60)


@settings(deadline=None)
@given(accounts_of_deals, st.integers(0, 3), st.booleans())
def test_folds_never_divide_a_group(accounts: list[int], seed: int, dated: bool) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 2, (len(accounts), 4)).astype(float)
    dates = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 90, len(accounts)), "D")
    groups = group_deals(pd.DataFrame(matrix), np.array(accounts)).codes
    folds = draw_folds(groups, rng.random(len(accounts)) < 0.4, dates if dated else None, 5, 2, seed)
    for repeat in folds:
        assert (pd.Series(repeat).groupby(accounts).nunique() == 1).all()
        assert (pd.Series(repeat).groupby(groups).nunique() == 1).all()


def test_first_folds_of_dated_deals_are_blocks_of_time() -> None:
    dates = pd.date_range("2025-01-01", periods=50)[np.random.default_rng(0).permutation(50)]
    folds = draw_folds(np.arange(50), np.arange(50) % 2, dates, 5, 1, seed=0)
    starts = [dates[folds[0] == fold].min() for fold in range(5)]
    ends = [dates[folds[0] == fold].max() for fold in range(5)]
    assert all(end < start for end, start in zip(ends[:-1], starts[1:], strict=True))


def test_drawn_folds_hold_outcomes_evenly() -> None:
    won = np.arange(100) < 20
    folds = draw_folds(np.arange(100), won, None, 5, 2, seed=0)
    assert all(np.bincount(repeat[won]).tolist() == [4] * 5 for repeat in folds)


def test_splits_judge_each_deal_once_a_repeat() -> None:
    folds = draw_folds(np.arange(23), np.zeros(23), None, 5, 3, seed=0)
    judged = np.concatenate([holdout for _, holdout in splits(folds)])
    assert np.bincount(judged).tolist() == [3] * 23
    assert all(len(np.intersect1d(train, holdout)) == 0 for train, holdout in splits(folds))


def test_accounts_that_span_all_of_time_make_no_blocks_of_it() -> None:
    """Each account stands where its first deal does, so that the first block would hold nearly all deals."""
    accounts = np.arange(600) % 20
    dates = pd.date_range("2025-01-01", periods=600)
    folds = draw_folds(accounts, np.arange(600) % 7 < 3, dates, 5, 1, seed=0)
    assert np.bincount(folds[0]).tolist() == [120] * 5


@pytest.mark.parametrize(("held_out", "possible"), [(20, True), (21, False)])
def test_a_third_of_either_outcome_is_left_to_train_on(held_out: int, possible: bool) -> None:
    fold = (np.arange(60) >= held_out).astype(int)
    fold[30:] = np.arange(30) % 2
    assert can_train(1 - fold[None], np.arange(60) < 30, 2) is possible


@pytest.mark.parametrize(("deals", "divided"), [(40, False), (41, True)])
def test_account_of_more_than_two_thirds_of_an_outcome_is_divided_and_it_is_said(deals: int, divided: bool) -> None:
    won = np.arange(120) % 2 == 0
    accounts = np.arange(120)
    accounts[won] = np.where(np.arange(60) < deals, 0, accounts[won])
    chosen = choose_folds(np.arange(120.0)[:, None], won, accounts, None, 5, 1, seed=0)
    assert ("`account_id`" in chosen.shortfall) is divided
    assert (len(set(chosen.folds[0][accounts == 0])) > 1) is divided


def test_folds_are_none_where_an_outcome_is_rare_and_what_to_do_is_said() -> None:
    chosen = choose_folds(np.arange(50.0)[:, None], np.arange(50) < 9, None, None, 5, 1, seed=0)
    assert chosen.count == 0
    assert "there are 9 won and 41 lost deals, and 10 of each are needed. Add won deals" in chosen.shortfall
