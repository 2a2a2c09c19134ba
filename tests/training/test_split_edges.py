"""Where splits cut, to the deal: ties stay together, no deal is lost or counted twice, and limits are exact."""

import numpy as np
import pandas as pd
import pytest

from icp_fit.training.splits import (
    FOLDS,
    LARGE_UNDATED,
    SMALL_DATED,
    SMALL_UNDATED,
    Split,
    date_column,
    group_codes,
    split_by_group,
    split_by_time,
)


def build_dates(days: np.ndarray) -> pd.Series:
    return pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(days, "D"), name="closed_on")


def tie(count: int, first: int, stop: int) -> np.ndarray:
    """A day for each of so many deals, all different but for the rows from `first` to before `stop`: they share one."""
    days = np.arange(count)
    days[first:stop] = first
    return days


def split(days: np.ndarray) -> Split | None:
    return split_by_time(build_dates(days), np.arange(len(days)))


def test_newest_fifth_is_held_out_to_the_deal_where_all_dates_differ() -> None:
    found = split(np.arange(1_000))
    assert found is not None
    (fold,) = found.main
    assert fold.train.tolist() == list(range(800))
    assert fold.test.tolist() == list(range(800, 1_000))
    assert [(len(fold.train), len(fold.test)) for fold in found.spread] == [
        (200, 200),
        (400, 200),
        (600, 200),
        (800, 200),
    ]


def test_deal_dated_at_the_cut_is_held_out_and_the_day_before_is_trained_on() -> None:
    found = split(np.arange(1_000))
    assert found is not None
    dates = build_dates(np.arange(1_000))
    (fold,) = found.main
    cut = pd.Timestamp(fold.label)
    assert dates[fold.test].min() == cut
    assert dates[fold.train].max() == cut - pd.Timedelta(days=1)


@pytest.mark.parametrize(
    ("first", "stop", "cut"),
    [(790, 831, 790), (770, 805, 805), (799, 801, 799), (800, 802, 800), (798, 800, 800), (780, 820, 780)],
    ids=["nearer to its begin", "nearer to its end", "around the cut", "from the cut on", "up to the cut", "even"],
)
def test_deals_of_one_day_around_the_cut_stay_together_on_the_nearer_side(first: int, stop: int, cut: int) -> None:
    found = split(tie(1_000, first, stop))
    assert found is not None
    (fold,) = found.main
    assert (len(fold.train), len(fold.test)) == (cut, 1_000 - cut)
    assert fold.train.max() + 1 == fold.test.min() == cut


def test_periods_follow_each_other_without_a_gap_or_an_overlap_whatever_the_order_of_the_rows() -> None:
    days = np.random.default_rng(0).integers(0, 300, 400)
    found = split(days)
    assert found is not None
    assert found.scheme == "later periods"
    in_order = np.argsort(days, kind="stable")
    for fold, later in zip(found.main, found.main[1:], strict=False):
        assert np.array_equal(np.concatenate([fold.train, fold.test]), later.train)
    last = found.main[-1]
    assert np.array_equal(np.concatenate([last.train, last.test]), in_order)
    assert all(days[fold.train].max() < days[fold.test].min() for fold in found.main)


@pytest.mark.parametrize(
    ("count", "first", "stop", "is_split"),
    [
        (500, 330, 450, True),  # 50 of 500 are newer than the tie: a tenth
        (500, 331, 451, False),  # 49 are
        (100, 0, 70, True),  # 30 of 100
        (100, 0, 71, False),  # 29
        (100, 10, 90, True),  # 90 of 100
        (100, 9, 91, False),  # 91
    ],
)
def test_share_that_is_held_out_has_limits_that_belong_to_it(count: int, first: int, stop: int, is_split: bool) -> None:
    assert (split(tie(count, first, stop)) is not None) is is_split


@pytest.mark.parametrize(
    ("count", "scheme"), [(SMALL_DATED - 1, "later periods"), (SMALL_DATED, "newest deals")], ids=["fewer", "enough"]
)
def test_few_dated_deals_are_split_into_several_periods(count: int, scheme: str) -> None:
    found = split(np.arange(count))
    assert found is not None
    assert found.scheme == scheme


@pytest.mark.parametrize(("blank", "column"), [(5, "closed_on"), (6, None)])
def test_date_that_95_of_100_deals_have_is_used_and_one_that_94_have_is_not(blank: int, column: str | None) -> None:
    table = pd.DataFrame({"closed_on": build_dates(np.arange(100)).mask(np.arange(100) < blank)})
    assert date_column(table) == column


@pytest.mark.parametrize(
    ("count", "scheme", "folds", "curve"),
    [
        (SMALL_UNDATED - 1, "all folds", 2 * FOLDS, FOLDS),
        (SMALL_UNDATED, "all folds", FOLDS, 1),
        (LARGE_UNDATED, "all folds", FOLDS, 1),
        (LARGE_UNDATED + 1, "one fold", 1, 1),
    ],
)
def test_number_of_random_folds_depends_on_how_many_deals_there_are(
    count: int, scheme: str, folds: int, curve: int
) -> None:
    found = split_by_group(np.arange(count), np.arange(count), 0)
    assert (found.scheme, len(found.main), len(found.curve)) == (scheme, folds, curve)


@pytest.mark.parametrize(("largest", "how"), [(20, "accounts kept together"), (21, "each deal on its own")])
def test_group_may_fill_a_fold_and_not_one_deal_more(largest: int, how: str) -> None:
    accounts = np.where(np.arange(100) < largest, 0, np.arange(100))
    groups, kept = group_codes(accounts, np.zeros(100, dtype=int))
    assert kept == how
    assert np.bincount(groups).max() == (largest if how.startswith("accounts") else 1)
