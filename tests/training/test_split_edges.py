"""Where splits cut, to the deal: ties stay together, no deal is lost or counted twice, and limits are exact."""

import numpy as np
import pandas as pd
import pytest

from icp_fit.features.deals import Deals
from icp_fit.training.splits import (
    FOLDS,
    LARGE_UNDATED,
    SMALL_UNDATED,
    Split,
    date_column,
    split_by_group,
    split_by_time,
)


def build_dates(days: np.ndarray) -> pd.Series:
    return pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(days, "D"), name="closed_on")


def build_undated(accounts: np.ndarray) -> Deals:
    """Deals of these accounts, no two with the same answers, every third won."""
    outcome = np.where(np.arange(len(accounts)) % 3, "lost", "won")
    table = pd.DataFrame({"account_id": accounts, "outcome": outcome, "size": np.arange(len(accounts)) * 1.0})
    return Deals(table, table.iloc[:0], ignored=(), absent=(), notes=())


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


def test_few_deals_are_evaluated_in_four_periods_of_which_the_first_begins_after_two_fifths() -> None:
    found = split(np.arange(100))
    assert found is not None
    assert [(len(fold.train), len(fold.test)) for fold in found.main] == [(40, 15), (55, 15), (70, 15), (85, 15)]


@pytest.mark.parametrize(
    ("count", "ties", "cuts"),
    [
        (100, [(30, 41), (45, 56), (60, 71), (75, 86)], [41, 56, 71, 86]),
        (100, [(39, 50), (54, 65), (69, 80), (84, 95)], [39, 54, 69, 84]),
        (1_000, [(170, 205), (370, 405), (570, 605), (770, 805)], [205, 405, 605, 805]),
        (1_000, [(195, 230), (395, 430), (595, 630), (795, 830)], [195, 395, 595, 795]),
    ],
    ids=["few, nearer to the ends", "few, nearer to the begins", "many, to the ends", "many, to the begins"],
)
def test_each_period_begins_at_the_nearest_change_of_day(
    count: int, ties: list[tuple[int, int]], cuts: list[int]
) -> None:
    days = np.arange(count)
    for first, stop in ties:
        days[first:stop] = first
    found = split(days)
    assert found is not None
    assert [len(fold.train) for fold in found.spread] == cuts


@pytest.mark.parametrize(
    ("first", "stop", "cuts"),
    [(0, 500, [500, 600, 800]), (1, 500, [1, 500, 600, 800]), (601, 1_000, [200, 400, 600, 601])],
    ids=["from the first on", "after the first", "up to the last"],
)
def test_every_period_has_deals_to_train_on_and_deals_to_evaluate_on(first: int, stop: int, cuts: list[int]) -> None:
    found = split(tie(1_000, first, stop))
    assert found is not None
    assert [len(fold.train) for fold in found.spread] == cuts


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (100, "the newest 60% of the deals, with `closed_on` from 2024-02-10 on, in 4 steps forward in time"),
        (500, "the newest 20% of the deals, with `closed_on` from 2025-02-04 on"),
    ],
)
def test_description_says_how_much_is_held_out_from_which_day_on(count: int, says: str) -> None:
    found = split(np.arange(count))
    assert found is not None
    assert found.description == says


def test_deals_of_one_day_alone_are_not_split_by_time() -> None:
    assert split(np.zeros(100, dtype=int)) is None


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
        (1_000, 600, 1_000, True),  # 400 of 1,000
        (1_000, 599, 1_000, False),  # 401
    ],
)
def test_share_that_is_held_out_has_limits_that_belong_to_it(count: int, first: int, stop: int, is_split: bool) -> None:
    assert (split(tie(count, first, stop)) is not None) is is_split


@pytest.mark.parametrize(("count", "scheme"), [(499, "later periods"), (500, "newest deals")])
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
    found = split_by_group(build_undated(np.arange(count)), 0)
    assert (found.scheme, len(found.main), len(found.curve)) == (scheme, folds, curve)


def test_random_folds_are_numbered_from_one_within_each_draw() -> None:
    found = split_by_group(build_undated(np.arange(100)), 0)
    assert [fold.label for fold in found.main] == [f"draw {i}, fold {k}" for i in (1, 2) for k in (1, 2, 3, 4, 5)]


def test_learning_curve_is_of_the_fold_whose_size_is_nearest_to_a_fifth_and_not_of_the_smallest() -> None:
    accounts = np.repeat(np.arange(5), [450, 270, 190, 60, 30])  # each a fold
    (fold,) = split_by_group(build_undated(accounts), 0).curve
    assert len(fold.test) == 190


def test_one_fold_of_many_deals_is_the_one_that_is_nearest_to_a_fifth() -> None:
    count = LARGE_UNDATED + 1
    found = split_by_group(build_undated(np.where(np.arange(count) < 6_000, 0, np.arange(count))), 0)
    assert len(found.main[0].test) < count / 5
    assert found.description.startswith("a random 10% of the deals")
