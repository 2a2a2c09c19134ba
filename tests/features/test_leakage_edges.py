"""Each threshold of the guard against leaks holds on both sides, and a leak is one whichever way it points."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from icp_fit.features import leakage
from icp_fit.features.deals import Deals
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.features.leakage import Leak, find_leaks, find_unchecked
from icp_fit.features.univariate_screen import UnivariateScreen

COUNT = 400
WON = np.arange(COUNT) % 2 == 0
START = pd.Timestamp("2024-01-01")

flag = Factor("flag", "yes_no", "Flag", "Yes or no?")
number = Factor("number", "count", "Number", "How many?")
other = Factor("other", "count", "Other", "How many?")
amount = Factor("budget", "amount", "Budget", "How large?")
choice = Factor("choice", "category", "Choice", "Which?", values=("a", "b"))


def find(won: np.ndarray, factors: dict[Factor, object], **columns: object) -> list[Leak]:
    """What the guard says of closed deals with these answers, and with columns that are no factors."""
    outcome = {"outcome": np.where(won, "won", "lost")}
    answers = {factor.id: values for factor, values in factors.items()}
    table = pd.DataFrame(outcome | columns | answers)
    profile = Profile("demo", "1", "Demo", "For tests.", 0.4, (Dimension("all", "All", "All.", tuple(factors)),))
    return find_leaks(Deals(table, table.iloc[:0], ignored=(), absent=(), notes=()), profile)


def kinds(leaks: list[Leak]) -> set[tuple[str, str, bool]]:
    return {(leak.column, leak.kind, leak.blocking) for leak in leaks}


def yes_no(values: object) -> pd.Series:
    return pd.Series(values, dtype="boolean")


def noise(seed: int = 0, count: int = COUNT) -> np.ndarray:
    """Numbers that say nothing of the outcome: each is there once for a won and once for a lost deal."""
    return np.random.default_rng(seed).permutation(count // 2).repeat(2).astype(float)


@pytest.fixture
def set_auc(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float, float], None]:
    def change(exact: float, by_ranges: float, error: float) -> None:
        aucs = {256: exact, 8: by_ranges}
        monkeypatch.setattr(UnivariateScreen, "auc", lambda self, answers, leaves=256: aucs[leaves])
        monkeypatch.setattr(UnivariateScreen, "auc_error", lambda self: error)

    return change


@pytest.mark.parametrize(("auc", "leaks"), [(0.90, {("number", "predicts alone", True)}), (0.8999, set())])
def test_factor_predicts_alone_from_its_threshold_on(
    auc: float, leaks: set[tuple[str, str, bool]], set_auc: Callable[[float, float, float], None]
) -> None:
    set_auc(auc, auc, 0.01)
    assert kinds(find(WON, {number: noise()})) == leaks


@pytest.mark.parametrize(
    ("auc", "error", "blocking"),
    [(0.55, 0.01, True), (0.549, 0.01, False), (0.625, 0.03125, True), (0.6249, 0.03125, False)],
    ids=["enough", "too little", "four errors", "less than four errors"],
)
def test_name_from_after_the_sale_blocks_where_it_predicts_beyond_chance(
    auc: float, error: float, blocking: bool, set_auc: Callable[[float, float, float], None]
) -> None:
    set_auc(auc, auc, error)
    named = Factor("last_activity", "count", "Activity", "When?")  # by its id, the label is innocent
    assert kinds(find(WON, {named: noise()})) == {("last_activity", "named after the fact", blocking)}


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("Days in sales stage", True),
        ("Last CRM update", True),
        ("Win probability", True),
        ("Wonderful days ahead", False),
        ("Clients lost in translation services", True),
        ("Last year's revenue", False),
        ("Update interval", False),
    ],
)
def test_names_are_taken_by_whole_words(label: str, found: bool) -> None:
    named = Factor("x", "count", label, "How many?")
    assert kinds(find(WON, {named: noise()})) == ({("x", "named after the fact", False)} if found else set())


@pytest.mark.parametrize(("by_ranges", "found"), [(0.71875, True), (0.72, False)])
def test_exact_values_are_reported_from_the_stated_gain_over_ranges(
    by_ranges: float, found: bool, set_auc: Callable[[float, float, float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leakage, "JAGGED", 0.03125)
    set_auc(0.75, by_ranges, 0.01)
    assert kinds(find(WON, {number: noise()})) == ({("number", "exact values", False)} if found else set())


def test_exact_values_are_not_compared_for_what_predicts_nothing(
    set_auc: Callable[[float, float, float], None],
) -> None:
    set_auc(0.54, 0.4, 0.01)
    assert find(WON, {number: noise()}) == []


@pytest.mark.parametrize(("rarer", "found"), [(10, True), (9, False)])
def test_ten_deals_of_either_outcome_are_needed_to_prove_a_leak(rarer: int, found: bool) -> None:
    for won in (np.arange(60) < rarer, np.arange(60) >= rarer):
        leaks = kinds(find(won, {flag: yes_no(won), number: noise(count=60)}))
        assert leaks == ({("flag", "predicts alone", True)} if found else set())


@pytest.mark.parametrize(("answered_of_lost", "found"), [(4, False), (3, True)])
def test_answers_for_one_outcome_only_are_fewer_than_a_fiftieth_for_the_other(
    answered_of_lost: int, found: bool
) -> None:
    for won in (WON, ~WON):
        values = np.where(won, "a", None)
        values[np.flatnonzero(~won)[:answered_of_lost]] = "a"
        leak = ("choice", "one outcome only", True)
        assert (leak in kinds(find(won, {choice: pd.Categorical(values, ["a", "b"])}))) is found


@pytest.mark.parametrize(("answered_of_lost", "found"), [(2, False), (1, True)])
def test_fiftieth_is_one_of_the_answers_for_the_other_outcome_and_not_of_its_deals(
    answered_of_lost: int, found: bool
) -> None:
    values = np.where(WON & (np.cumsum(WON) <= 100), "a", None)  # half of those won
    values[np.flatnonzero(~WON)[:answered_of_lost]] = "a"
    leak = ("choice", "one outcome only", True)
    assert (leak in kinds(find(WON, {choice: pd.Categorical(values, ["a", "b"])}))) is found


@pytest.mark.parametrize(("answered", "found"), [(10, False), (30, True)])
def test_few_answers_for_one_outcome_only_are_chance(answered: int, found: bool) -> None:
    values = np.full(COUNT, None)
    values[np.flatnonzero(WON)[:answered]] = "b"
    leak = ("choice", "one outcome only", True)
    assert (leak in kinds(find(WON, {choice: pd.Categorical(values, ["a", "b"])}))) is found


@pytest.mark.parametrize(("late", "found"), [(4, False), (5, True)])
def test_dates_after_the_close_are_a_leak_in_more_than_a_hundredth_of_the_deals(late: int, found: bool) -> None:
    written = np.full(COUNT, 20240110.0)
    written[:late] = 20240112.0
    leaks = kinds(find(WON, {number: written}, closed_on=pd.Timestamp("2024-01-11")))
    assert leaks == ({("number", "dates after the close", True)} if found else set())


def test_dates_on_the_day_of_the_close_are_known_in_time() -> None:
    assert find(WON, {number: np.full(COUNT, 20240110.0)}, closed_on=pd.Timestamp("2024-01-10")) == []


@pytest.mark.parametrize(
    ("one", "found"),
    [(19_000_100.0, False), (19_000_101.0, True), (21_001_231.0, True), (21_001_232.0, False)],
)
def test_numbers_are_dates_only_where_all_of_them_are_days_of_two_centuries(one: float, found: bool) -> None:
    written = np.full(COUNT, 20240112.0)
    written[0] = one
    leaks = kinds(find(WON, {number: written}, closed_on=pd.Timestamp("2024-01-11")))
    assert leaks == ({("number", "dates after the close", True)} if found else set())


@pytest.mark.parametrize(("dates", "found"), [(200, False), (202, True)])
def test_texts_are_dates_where_more_than_half_of_them_are(dates: int, found: bool) -> None:
    values = np.where(np.arange(COUNT) < dates, "2024-01-12", "soon")
    written = Factor("choice", "category", "Choice", "Which?", values=("2024-01-12", "soon"))
    leaks = kinds(find(WON, {written: pd.Categorical(values)}, closed_on=pd.Timestamp("2024-01-11")))
    assert leaks == ({("choice", "dates after the close", True)} if found else set())


def test_dates_are_compared_with_no_close_where_none_is_known() -> None:
    assert find(WON, {number: np.full(COUNT, 20240112.0)}) == []


def sums(unround: int, won_of_round: float = 0.3, least: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Sums of like size, of which the first so many are no multiple of 100, and all of those won."""
    base = (least + np.arange(COUNT) % 10) * 1000.0
    is_unround = np.arange(COUNT) < unround
    won = is_unround | (np.random.default_rng(0).random(COUNT) < won_of_round)
    return np.where(is_unround, base + 50, base), won


@pytest.mark.parametrize(("unround", "found"), [(20, True), (19, False)])
def test_twenty_unround_sums_are_needed_to_prove_a_correction(unround: int, found: bool) -> None:
    values, won = sums(unround)
    assert (("budget", "round numbers", True) in kinds(find(won, {amount: values}))) is found


@pytest.mark.parametrize(("round_sums", "found"), [(20, True), (19, False)])
def test_twenty_round_sums_are_needed_to_prove_a_correction(round_sums: int, found: bool) -> None:
    values, _ = sums(COUNT - round_sums)
    won = np.random.default_rng(0).random(COUNT) < 0.7
    won[-round_sums:] = False
    assert (("budget", "round numbers", True) in kinds(find(won, {amount: values}))) is found


def test_sums_below_a_thousand_are_not_looked_at_for_roundness() -> None:
    leak = ("budget", "round numbers", True)
    values, won = sums(100)
    assert leak in kinds(find(won, {amount: values}))
    small = np.where(values % 1000 == 0, values / 10, values / 10 + 45)
    assert leak not in kinds(find(won, {amount: small}))


def test_hundreds_are_neither_round_nor_unround() -> None:
    values, won = sums(100)
    values[values % 1000 == 50] += 250  # 300 instead of 50
    assert ("budget", "round numbers", True) not in kinds(find(won, {amount: values}))


def test_roundness_that_changes_the_win_rate_by_less_than_a_tenth_is_honest(monkeypatch: pytest.MonkeyPatch) -> None:
    values, won = sums(100)
    monkeypatch.setattr(leakage, "UNROUND", 0.6)
    assert ("budget", "round numbers", True) in kinds(find(won, {amount: values}))
    monkeypatch.setattr(leakage, "UNROUND", 0.8)
    assert ("budget", "round numbers", True) not in kinds(find(won, {amount: values}))


def test_correction_is_found_whichever_outcome_is_the_unround_one() -> None:
    values, won = sums(100)
    assert ("budget", "round numbers", True) in kinds(find(~won, {amount: values}))


def test_roundness_that_the_size_explains_is_honest() -> None:
    small = np.arange(COUNT) % 20 < 10
    values = np.where(small, 1050.0, 9000.0) + 1000 * (np.arange(COUNT) % 10)
    values[small] = 1050 + 10 * (np.arange(COUNT)[small] % 5)  # all unround sums lie below all round ones
    won = np.where(small, np.arange(COUNT) % 10 < 8, np.arange(COUNT) % 10 < 2)
    assert ("budget", "round numbers", True) not in kinds(find(won, {amount: values}))


def copies(correlation_noise: float) -> tuple[pd.Series, np.ndarray]:
    """The days that sales took, and numbers near to them."""
    days = np.random.default_rng(1).permutation(COUNT)
    near = days + np.random.default_rng(2).normal(size=COUNT) * correlation_noise
    return START + pd.to_timedelta(pd.Series(days), "D"), near


@pytest.mark.parametrize("sign", [1, -1], ids=["rises", "falls"])
def test_number_that_rises_or_falls_with_the_length_of_the_sale_is_blocking(sign: int) -> None:
    closed_on, near = copies(10)
    leaks = find(WON, {number: sign * near}, created_on=START, closed_on=closed_on)
    assert kinds(leaks) == {("number", "near copy", True)}
    assert f"rank correlation {'-' if sign < 0 else ''}1.00" in leaks[0].evidence


@pytest.mark.parametrize("sign", [1, -1], ids=["rises", "falls"])
def test_copies_of_a_leak_are_blocking_from_the_stated_share_of_its_variance(
    sign: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed_on, near = copies(30)
    correlation = pd.Series(near).corr((closed_on - START).dt.days, method="spearman")
    assert 0.9 < correlation**2 < 1
    answers = {number: sign * near}
    monkeypatch.setattr(leakage, "NEAR_COPY", correlation**2 * (1 - 1e-9))
    assert kinds(find(WON, answers, created_on=START, closed_on=closed_on)) == {("number", "near copy", True)}
    monkeypatch.setattr(leakage, "NEAR_COPY", correlation**2 * (1 + 1e-9))
    assert find(WON, answers, created_on=START, closed_on=closed_on) == []


def test_number_that_shares_less_with_the_length_of_the_sale_is_honest() -> None:
    closed_on, near = copies(60)
    assert (np.corrcoef(near, (closed_on - START).dt.days)[0, 1]) ** 2 > 0.75
    assert find(WON, {number: near}, created_on=START, closed_on=closed_on) == []


@pytest.mark.parametrize(("answered", "found"), [(20, True), (19, False)])
def test_copies_are_told_by_twenty_deals_that_have_both(answered: int, found: bool) -> None:
    closed_on, near = copies(0)
    near = np.where(np.arange(COUNT) < answered, near, np.nan)
    leaks = kinds(find(WON, {number: near}, created_on=START, closed_on=closed_on))
    assert leaks == ({("number", "near copy", True)} if found else set())


def test_copy_of_a_factor_known_at_close_is_blocking_and_each_is_named_once() -> None:
    late = Factor("late", "count", "Late", "How many?", known_at="close")
    leaks = find(WON, {late: noise(1), number: -noise(1), other: noise(2)})
    assert [(leak.column, leak.kind) for leak in leaks] == [("late", "known at close"), ("number", "near copy")]


def test_copy_of_a_leak_and_of_the_length_of_the_sale_is_named_once() -> None:
    late = Factor("late", "count", "Late", "How many?", known_at="close")
    closed_on, near = copies(0)
    leaks = find(WON, {late: near, number: near}, created_on=START, closed_on=closed_on)
    assert [(leak.column, leak.kind) for leak in leaks] == [("late", "known at close"), ("number", "near copy")]


def test_length_of_the_sale_needs_both_dates() -> None:
    closed_on, near = copies(0)
    assert find(WON, {number: near}, closed_on=closed_on) == []
    assert find(WON, {number: near}, created_on=START) == []


def test_blocking_leaks_come_first() -> None:
    blank = np.where(WON, np.arange(COUNT) % 10 < 1, np.arange(COUNT) % 10 < 7)
    values = pd.Series(noise()).mask(blank)
    leaks = find(WON, {number: values.to_numpy(), flag: yes_no(WON)})
    assert [leak.blocking for leak in leaks] == [True, False]
    assert leaks[1].kind == "missingness predicts"


def test_no_closed_deal_and_no_answer_prove_nothing() -> None:
    assert find(WON[:0], {number: noise(count=0)}) == []
    late = Factor("late", "count", "Late", "How many?", known_at="close")
    assert find(WON, {late: np.full(COUNT, np.nan), number: noise()}) == []


def test_factor_known_at_close_is_blocking_however_few_deals_there_are() -> None:
    late = Factor("late", "count", "Late", "How many?", known_at="close")
    assert kinds(find(WON[:2], {late: noise(count=2)})) == {("late", "known at close", True)}


@pytest.mark.parametrize(("hits", "leaks"), [(60, True), (2, False)])
def test_what_is_zero_for_every_lost_deal_is_a_leak_though_most_won_ones_are_zero_too(hits: int, leaks: bool) -> None:
    filled = WON & (np.cumsum(WON) <= hits)
    found = kinds(find(WON, {number: filled * 3.0, flag: yes_no(filled)}))
    expected = {("number", "one outcome only", True), ("flag", "one outcome only", True)}
    assert (expected <= found) is leaks


@pytest.mark.parametrize(("won", "said"), [(10, False), (9, True)])
def test_check_that_cannot_run_says_why(won: int, said: bool) -> None:
    outcome = np.where(np.arange(COUNT) < won, "won", "lost")
    table = pd.DataFrame({"outcome": outcome, "number": noise()})
    unchecked = find_unchecked(Deals(table, table.iloc[:0], ignored=(), absent=(), notes=()))
    assert (unchecked is not None) is said
    if unchecked:
        assert "could not be checked: there are 9 won and 391 lost deals, and 10 of each are needed." in unchecked
