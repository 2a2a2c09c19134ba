"""Nothing that a model is judged on may have been learned from."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.deals import Deals
from icp_fit.features.errors import DealsError
from icp_fit.features.groups import MOST_COPIES
from icp_fit.training.splits import Fold, account_codes, copy_codes, split_deals, thin_fold
from tests.support.evaluated_deals import build_deals


@st.composite
def tables(draw: st.DrawFn, dated: bool) -> Deals:
    """Deals with few or many accounts, dates and different answers."""
    count = draw(st.integers(2, 80) | st.integers(500, 560))
    rng = np.random.default_rng(draw(st.integers(0, 1_000)))
    accounts = rng.integers(0, draw(st.integers(1, 2 * count)), count)
    table = pd.DataFrame({"account_id": accounts, "outcome": rng.choice(["won", "lost"], count)})
    table["systems"] = rng.integers(0, draw(st.integers(1, 2 * count)), count).astype(float)
    if dated:
        days = rng.integers(0, draw(st.integers(1, 700)), count)
        blank = rng.random(count) < draw(st.sampled_from([0, 0.03, 0.5]))
        table["closed_on"] = pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(days, "D")).mask(blank)
    return Deals(table, table.iloc[:0], (), (), ())


@settings(max_examples=25, deadline=None)
@given(tables(dated=True), st.integers(0, 3))
def test_split_by_time_never_learns_from_the_day_it_judges_or_later(deals: Deals, seed: int) -> None:
    split = split_deals(deals, seed)
    if split.date:
        dates = deals.table[split.date]
        for fold in (*split.main, *split.spread):
            assert dates.iloc[fold.train].max() < dates.iloc[fold.test].min()
            assert dates.iloc[[*fold.train, *fold.test]].notna().all()


@settings(max_examples=25, deadline=None)
@given(tables(dated=False), st.integers(0, 3))
def test_grouped_folds_divide_no_account_and_no_twins(deals: Deals, seed: int) -> None:
    split = split_deals(deals, seed)
    copies = pd.Series(copy_codes(deals.answers))
    few = (copies.map(copies.value_counts()) <= MOST_COPIES).to_numpy()
    for fold in (*split.main, *split.spread):
        if "each deal on its own" in split.description:
            assert len(set(split.clusters)) == 1
            continue
        assert not np.isin(split.clusters[fold.test], split.clusters[fold.train]).any()
        assert not np.isin(account_codes(deals.table)[fold.test], account_codes(deals.table)[fold.train]).any()
        if "links would chain" not in split.description:
            assert not np.isin(copies[few & np.isin(np.arange(len(few)), fold.test)], copies[fold.train]).any()


@settings(max_examples=25, deadline=None)
@given(tables(dated=True) | tables(dated=False))
def test_folds_never_share_deals_and_judge_each_deal_equally_often(deals: Deals) -> None:
    split = split_deals(deals)
    for fold in (*split.main, *split.spread):
        assert len(fold.test)
        assert not np.isin(fold.test, fold.train).any()
    counts = np.unique(np.concatenate([fold.test for fold in split.main]), return_counts=True)[1]
    assert counts.min() == counts.max()


def test_split_holds_out_the_newest_fifth_after_four_origins() -> None:
    split = split_deals(build_deals(1_000))
    assert split.scheme == "newest deals"
    assert len(split.main[0].test) == pytest.approx(200, abs=5)
    assert [len(fold.train) for fold in split.spread] == pytest.approx([200, 400, 600, 800], abs=5)
    assert split.main == split.spread[-1:]


def test_split_of_few_dated_deals_judges_later_periods_together() -> None:
    split = split_deals(build_deals(120))
    assert split.scheme == "later periods"
    assert sum(len(fold.test) for fold in split.main) == pytest.approx(72, abs=4)


def test_split_falls_back_to_when_deals_began() -> None:
    deals = build_deals(600)
    deals.table.insert(0, "created_on", deals.table["closed_on"])
    deals.table.loc[::10, "closed_on"] = pd.NaT
    assert split_deals(deals).date == "created_on"


def test_split_ignores_dates_that_are_too_coarse_and_says_so() -> None:
    deals = build_deals(600)
    deals.table["closed_on"] = pd.Timestamp("2025-06-30")
    split = split_deals(deals)
    assert split.date is None
    assert "`closed_on` has too few different dates" in split.notes[0]


def test_split_leaves_out_the_few_deals_without_a_date_and_says_so() -> None:
    deals = build_deals(600)
    deals.table.loc[:9, "closed_on"] = pd.NaT
    split = split_deals(deals)
    assert not np.isin(np.arange(10), [*split.main[0].train, *split.main[0].test]).any()
    assert "10 deals without `closed_on`" in split.notes[0]


def test_split_needs_two_deals() -> None:
    deals = build_deals(1)
    with pytest.raises(DealsError, match="at least 2 closed deals, got 1"):
        split_deals(deals)


def test_copies_fall_into_one_fold_wherever_they_stand_in_the_table() -> None:
    table = pd.DataFrame({"outcome": ["won", "lost"] * 50, "systems": np.tile(np.arange(50.0), 2)})
    for fold in split_deals(Deals(table, table.iloc[:0], (), (), ())).main:
        assert not np.isin(fold.test % 50, fold.train % 50).any()


def test_random_folds_are_those_of_seed_0_unless_another_is_given() -> None:
    deals = build_deals(100, dated=False)
    usual, first, other = split_deals(deals), split_deals(deals, 0), split_deals(deals, 1)
    assert np.array_equal(usual.main[0].test, first.main[0].test)
    assert not np.array_equal(usual.main[0].test, other.main[0].test)


def test_account_codes_take_a_missing_account_for_an_account_of_its_own() -> None:
    codes = account_codes(pd.DataFrame({"account_id": ["a", None, "a", None]}))
    assert codes[0] == codes[2]
    assert len(set(codes)) == 3


def test_random_folds_divide_accounts_where_all_deals_are_linked_and_say_so() -> None:
    """The intervals still take them for one piece of evidence, so that no verdict rests on them."""
    deals = build_deals(300, dated=False)
    deals.table["account_id"] = "A"
    split = split_deals(deals)
    assert "each deal on its own, as all are linked" in split.description
    assert len(set(split.clusters)) == 1
    assert [len(fold.test) for fold in split.main[:5]] == [60] * 5


def test_copies_that_would_chain_most_accounts_are_not_kept_together_and_it_is_said() -> None:
    deals = build_deals(600, dated=False)
    rng = np.random.default_rng(0)
    deals.table["account_id"] = rng.integers(0, 30, 600)
    for name, values in {"portal": True, "industry": "bank", "amount": 1.0}.items():
        deals.table[name] = values
    deals.table["systems"] = rng.integers(0, 150, 600) * 1.0
    split = split_deals(deals)
    assert "with those of their account alone, as links would chain most accounts" in split.description
    assert len(set(split.clusters)) == 30


def test_folds_are_as_many_as_accounts_where_these_are_few() -> None:
    deals = build_deals(300, dated=False)
    deals.table["account_id"] = np.arange(300) % 3
    assert len(split_deals(deals).main) == 2 * 3


@given(st.integers(1, 99), st.integers(1, 99), st.integers(0, 5))
def test_thin_fold_keeps_clusters_whole_and_nests_smaller_draws(one: int, other: int, seed: int) -> None:
    clusters = np.random.default_rng(seed).integers(0, 30, 110)
    fold = Fold("fold", np.arange(100), np.arange(100, 110))
    small, large = (thin_fold(fold, clusters, size, seed).train for size in sorted((one, other)))
    assert set(small) <= set(large)
    assert set(clusters[small]).isdisjoint(clusters[np.setdiff1d(fold.train, small)])
    assert min(one, other) <= len(small) < min(one, other) + np.bincount(clusters).max()


def test_thin_fold_is_the_fold_itself_where_that_has_no_more_deals_so_that_no_model_is_fitted_twice() -> None:
    fold = Fold("fold", np.arange(100), np.arange(100, 110))
    assert thin_fold(fold, np.arange(110), 100, 0) is fold
    assert len(thin_fold(fold, np.arange(110), 99, 0).train) == 99
