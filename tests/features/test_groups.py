"""What is not independent stays together, as long as something is left to hold apart."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.groups import (
    FEWEST_OF_EACH,
    LARGEST_SHARE,
    MOST_COPIES,
    describe_large_account,
    draw_even_folds,
    find_shortage,
    group_deals,
)


def answers(values: object) -> pd.DataFrame:
    return pd.DataFrame({"answer": np.asarray(values, dtype=float)})


@settings(deadline=None)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=60), st.integers(0, 3))
def test_an_account_is_never_divided_and_neither_are_copies_without_accounts(accounts: list[int], seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 20, len(accounts))
    codes = pd.Series(group_deals(answers(values), np.array(accounts)).codes)
    assert (codes.groupby(accounts).nunique() == 1).all()
    few = pd.Series(values).map(pd.Series(values).value_counts()) <= MOST_COPIES
    alone = pd.Series(group_deals(answers(values)).codes)
    assert (alone[few].groupby(values[few]).nunique() == 1).all()


def test_deals_alike_are_copies_when_few_and_a_kind_of_deal_when_many() -> None:
    codes = group_deals(answers(np.repeat([0.0, 1.0], [MOST_COPIES, MOST_COPIES + 1]))).codes
    assert len(set(codes[:MOST_COPIES])) == 1
    assert len(set(codes[MOST_COPIES:])) == MOST_COPIES + 1


def test_deals_without_an_account_stand_alone() -> None:
    codes = group_deals(answers(range(4)), np.array(["a", None, None, "a"], dtype=object)).codes
    assert codes[0] == codes[3]
    assert len(set(codes)) == 3


def test_copies_link_the_deals_of_two_accounts() -> None:
    accounts = np.arange(40) // 2
    values = np.arange(40)
    values[2] = values[1]
    groups = group_deals(answers(values), accounts)
    assert len(set(groups.codes[:4])) == 1
    assert (groups.count, groups.unlinked) == (19, 0)


@pytest.mark.parametrize(("deals", "linked"), [(10, True), (12, False)])
def test_copies_link_accounts_into_groups_of_at_most_a_tenth_of_the_deals(deals: int, linked: bool) -> None:
    """Of 100 deals the first ones are of accounts of two, each a copy of one deal of the account before."""
    assert LARGEST_SHARE == 0.1
    place = np.arange(100)
    accounts = np.where(place < deals, place // 2, place)
    values = np.where(place < deals, (place + 1) // 2, place)
    groups = group_deals(answers(values), accounts)
    assert len(set(groups.codes[:deals])) == (1 if linked else deals // 2)
    assert groups.unlinked == (0 if linked else deals - 2)


def test_few_accounts_with_common_answers_fall_back_to_their_accounts() -> None:
    """80 accounts that share combinations of answers chain into one group otherwise, and nothing is left to learn."""
    rng = np.random.default_rng(0)
    accounts = rng.integers(0, 80, 6_000)
    groups = group_deals(answers(rng.integers(0, 3_000, 6_000)), accounts)
    assert groups.count == 80
    assert groups.unlinked > 4_000
    assert (pd.Series(groups.codes).groupby(accounts).nunique() == 1).all()


@settings(deadline=None)
@given(st.lists(st.integers(0, 8), min_size=5, max_size=60), st.integers(1, 6), st.integers(0, 3))
def test_even_folds_divide_no_group_and_leave_none_empty(groups: list[int], folds: int, seed: int) -> None:
    codes = pd.factorize(np.array(groups))[0]
    won = np.random.default_rng(seed).random(len(groups)) < 0.4
    drawn = draw_even_folds(codes, won, folds, seed)
    assert (pd.Series(drawn).groupby(codes).nunique() == 1).all()
    assert len(set(drawn)) == min(folds, codes.max() + 1)


def test_even_folds_have_their_share_of_deals_and_of_won_ones_though_accounts_differ_in_size() -> None:
    rng = np.random.default_rng(0)
    accounts = np.repeat(np.arange(120), 1 + np.arange(120) % 60)
    won = rng.random(len(accounts)) < 0.05 + 0.5 * (accounts % 2)
    folds = draw_even_folds(accounts, won, 5, seed=0)
    assert np.ptp(np.bincount(folds)) <= 10
    assert np.ptp(np.bincount(folds, won) / np.bincount(folds)) < 0.02


def test_account_that_is_larger_than_a_fold_has_one_to_itself() -> None:
    accounts = np.where(np.arange(1_000) < 600, 0, np.arange(1_000))
    folds = draw_even_folds(pd.factorize(accounts)[0], np.arange(1_000) % 2, 5, seed=0)
    assert sorted(np.bincount(folds)) == [100, 100, 100, 100, 600]


@pytest.mark.parametrize(("won", "lost", "added"), [(9, 40, "Add won deals"), (40, 9, "Add lost deals")])
def test_shortage_names_the_counts_and_which_deals_to_add(won: int, lost: int, added: str) -> None:
    shortage = find_shortage(np.repeat([True, False], [won, lost]))
    assert shortage is not None
    assert f"{won} won and {lost} lost deals, and {FEWEST_OF_EACH} of each are needed. {added}" in shortage
    assert find_shortage(np.repeat([True, False], [FEWEST_OF_EACH, FEWEST_OF_EACH])) is None


@pytest.mark.parametrize(("count", "said"), [(20, False), (21, True)])
def test_account_of_more_than_a_fifth_of_the_deals_is_named(count: int, said: bool) -> None:
    accounts = pd.Series(["N/A"] * count + [f"A-{i}" for i in range(100 - count)])
    found = describe_large_account(accounts)
    assert (found is not None) is said
    if found:
        assert "21 of 100 closed deals are of the account `N/A`" in found
    assert describe_large_account(pd.Series([None] * 5, dtype=object)) is None
