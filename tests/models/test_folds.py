import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from icp_fit.models.folds import MOST_COPIES, deal_groups, draw_folds, splits

accounts_of_deals = st.lists(st.integers(0, 8), min_size=5, max_size=60)


@given(accounts_of_deals, st.integers(0, 3), st.booleans())
def test_folds_never_divide_an_account_or_the_copies_of_a_deal(accounts: list[int], seed: int, dated: bool) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 2, (len(accounts), 4)).astype(float)
    dates = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 90, len(accounts)), "D")
    groups = deal_groups(matrix, np.array(accounts))
    folds = draw_folds(groups, rng.random(len(accounts)) < 0.4, dates if dated else None, 5, 2, seed)
    copies = pd.DataFrame(matrix).groupby([0, 1, 2, 3]).ngroup()
    few = copies.map(copies.value_counts()) <= MOST_COPIES
    for repeat in folds:
        assert (pd.Series(repeat).groupby(accounts).nunique() == 1).all()
        assert (pd.Series(repeat)[few].groupby(copies[few]).nunique() == 1).all()


def test_deals_alike_are_copies_when_few_and_a_kind_of_deal_when_many() -> None:
    matrix = np.repeat([[0.0], [1.0]], [MOST_COPIES, MOST_COPIES + 1], axis=0)
    groups = deal_groups(matrix)
    assert len(set(groups[:MOST_COPIES])) == 1
    assert len(set(groups[MOST_COPIES:])) == MOST_COPIES + 1


def test_deals_without_an_account_stand_alone() -> None:
    accounts = np.array(["a", None, None, "a"], dtype=object)
    groups = deal_groups(np.arange(4.0)[:, None], accounts)
    assert groups[0] == groups[3]
    assert len(set(groups)) == 3


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
