from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from icp_fit.features.deals import Deals, read_deals
from icp_fit.features.drafting.draft import draft_profile
from icp_fit.features.errors import LeakageError
from icp_fit.features.leakage import Leak, check_leaks, find_leaks
from icp_fit.features.profile import read_profile
from icp_fit.features.simulation.sample import sample_deals
from tests.support.real_deals import IBM_HONEST, XEDUCATION_LATE, read_ibm, read_salvirt, read_xeducation

WON = np.random.default_rng(1).random(600) < 0.4


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(2)


def deals_with(**columns: object) -> pd.DataFrame:
    """Raw deals of which a quarter of the outcome shows in one honest factor, and more columns."""
    draw = np.random.default_rng(3).random((3, len(WON)))
    honest = np.where(draw[0] < 0.75, draw[1] < 0.5, WON)
    return pd.DataFrame({"outcome": np.where(WON, "won", "lost"), "honest": honest, "noise": draw[2]} | columns)


def find(table: pd.DataFrame, outcome: str = "outcome") -> list[Leak]:
    drafted = draft_profile(table, outcome)
    return find_leaks(read_deals(table, drafted.profile, drafted.mapping), drafted.profile)


def blocking(leaks: list[Leak]) -> dict[str, str]:
    """The kind of the first blocking leak of each column."""
    return {leak.column: leak.kind for leak in reversed(leaks) if leak.blocking}


def test_honest_deals_leak_nothing():
    assert find(deals_with()) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("rows", [20, 40, 400])
def test_chance_is_not_taken_for_a_leak(rows: int, seed: int):
    random = np.random.default_rng(seed)
    table = pd.DataFrame({f"factor_{n}": random.integers(0, 1000, rows) for n in range(12)}).astype("str")
    table = table.assign(**{f"choice_{n}": random.choice(list("abcdefgh"), rows) for n in range(12)})
    assert not blocking(find(table.assign(outcome=random.permutation(np.arange(rows) % 2))))


def test_a_factor_that_predicts_alone_is_blocking_in_either_direction(random: np.random.Generator):
    almost = np.where(random.random(len(WON)) < 0.97, WON, ~WON)
    leaks = find(deals_with(signed=almost, discount=np.where(almost, 0, 30) + random.integers(0, 9, len(WON))))
    assert blocking(leaks) == {"signed": "predicts alone", "discount": "predicts alone"}
    assert "AUC of 0.9" in leaks[0].evidence


def test_a_column_for_one_outcome_only_is_blocking(random: np.random.Generator):
    competitor = np.where(~WON & (random.random(len(WON)) < 0.3), random.choice(["A", "B"], len(WON)), "")
    leaks = find(deals_with(chosen_instead=competitor))
    assert blocking(leaks) == {"chosen_instead": "one outcome only"}
    assert "is answered in 0.0% of won and " in leaks[0].evidence


def test_blanks_that_predict_are_reported_and_do_not_block(random: np.random.Generator):
    blank = random.random(len(WON)) < np.where(WON, 0.1, 0.3)
    (leak,) = find(deals_with(budget=np.where(blank, "", random.choice(["yes", "no"], len(WON)))))
    assert (leak.column, leak.kind, leak.blocking) == ("budget", "missingness predicts", False)


def test_a_name_from_after_the_sale_is_blocking_if_it_predicts(random: np.random.Generator):
    days = random.integers(20, 60, len(WON)) + 12 * WON
    assert blocking(find(deals_with(**{"Days in Sales Stage": days}))) == {
        "days_in_sales_stage": "named after the fact"
    }
    (leak,) = find(deals_with(**{"Days in Sales Stage": random.permutation(days)}))
    assert not leak.blocking
    assert 'named like what is written during a sale ("days in")' in leak.evidence


def test_sums_corrected_at_the_close_are_blocking(random: np.random.Generator):
    estimate = np.maximum(random.lognormal(10, 1, len(WON)).round(-3), 1000)
    corrected = np.where(WON & (random.random(len(WON)) < 0.6), estimate + random.integers(1, 99, len(WON)), estimate)
    leaks = find(deals_with(amount=corrected))
    assert blocking(leaks)["amount"] == "round numbers"
    assert "looks corrected at the close: the win rate is 100% where it is no multiple of 100" in leaks[0].evidence


def test_small_sums_that_are_less_round_and_won_more_often_are_honest(random: np.random.Generator):
    small = random.random(len(WON)) < np.where(WON, 0.7, 0.3)
    amount = np.where(small, random.integers(500, 2000, len(WON)), random.integers(5, 90, len(WON)) * 1000)
    assert not blocking(find(deals_with(amount=amount)))


def test_a_copy_of_a_leak_is_blocking(random: np.random.Generator):
    days = random.permutation(len(WON)) + 250 * WON
    leaks = find(deals_with(elapsed_days=days, effort=days // 10))
    assert blocking(leaks) == {"elapsed_days": "named after the fact", "effort": "near copy"}


def test_the_length_of_the_sale_is_blocking(random: np.random.Generator):
    length = random.permutation(len(WON))
    table = deals_with(effort=length + random.integers(0, 9, len(WON)), created_on="2024-01-01")
    table["closed_on"] = (pd.Timestamp("2024-01-01") + pd.to_timedelta(length, unit="D")).strftime("%Y-%m-%d")
    assert blocking(find(table)) == {"effort": "near copy"}


def test_exact_values_that_predict_beyond_ranges_are_reported(random: np.random.Generator):
    batch = random.integers(0, 120, 6000)
    won = random.random(6000) < np.where(random.permutation(120) < 30, 0.6, 0.1)[batch]
    (leak,) = find(pd.DataFrame({"outcome": won, "queue": batch, "noise": random.random(6000)}))
    assert (leak.kind, leak.blocking) == ("exact values", False)


def test_ranges_that_predict_are_honest(random: np.random.Generator):
    users = random.lognormal(5, 1, 6000).round()
    won = random.random(6000) < np.where(users > 150, 0.6, 0.2)
    assert find(pd.DataFrame({"outcome": won, "users": users, "noise": random.random(6000)})) == []


def test_answers_that_are_dates_after_the_close_are_blocking(random: np.random.Generator):
    profile = draft_profile(deals_with(invoiced=random.integers(1, 9, len(WON))), "outcome").profile
    table = deals_with(closed_on="2024-03-01", invoiced=random.integers(20240301, 20240320, len(WON)))
    (leak,) = find_leaks(read_deals(table, profile), profile)
    assert (leak.column, leak.kind, leak.blocking) == ("invoiced", "dates after the close", True)
    table["invoiced"] = 20240301
    assert find_leaks(read_deals(table, profile), profile) == []


def test_a_factor_known_only_at_close_is_refused():
    drafted = draft_profile(deals_with(), "outcome")
    dimension = drafted.profile.dimensions[0]
    factors = tuple(
        replace(factor, known_at="close") if factor.id == "noise" else factor for factor in dimension.factors
    )
    profile = replace(drafted.profile, dimensions=(replace(dimension, factors=factors),))
    leaks = find_leaks(read_deals(deals_with(), profile), profile)
    assert blocking(leaks) == {"noise": "known at close"}
    absent = read_deals(deals_with().drop(columns="noise"), profile)
    assert find_leaks(absent, profile) == [], "what nobody answered cannot be learned from"


def test_a_leak_is_found_in_a_table_of_one_question():
    assert blocking(find(pd.DataFrame({"outcome": WON, "signed": WON}))) == {"signed": "predicts alone"}


def test_open_deals_and_few_deals_prove_nothing():
    table = deals_with(signed=WON)[:18]
    assert find(table) == []
    assert (
        find(deals_with(signed=WON).assign(outcome=np.where(np.arange(600) < 18, np.where(WON, "won", "lost"), "")))
        == []
    )


def test_each_blocking_leak_must_be_allowed_by_name():
    leaks = [
        Leak("tags", "predicts alone", "`tags` alone has an AUC of 0.92.", True),
        Leak("tags", "one outcome only", "`tags` is answered for won deals only.", True),
        Leak("stage", "named after the fact", "`stage` is named like that.", True),
        Leak("city", "missingness predicts", "`city` is blank.", False),
    ]
    with pytest.raises(LeakageError, match=r"0\.92.*\n.*won deals only.*\n.*\n.*--allow tags --allow stage$") as caught:
        check_leaks(leaks, allowed=[])
    assert "city" not in str(caught.value)
    with pytest.raises(LeakageError, match=r"^`stage`"):
        check_leaks(leaks, allowed=["tags"])
    check_leaks(leaks, allowed=["tags", "stage"])


def test_example_deals_leak_nothing():
    profile = read_profile("liferay")
    deals: Deals = read_deals(sample_deals(profile, 3000, seed=3), profile)
    assert not blocking(find_leaks(deals, profile))


@pytest.mark.slow
def test_the_guard_names_the_culprits_of_ibm():
    leaks = find(read_ibm(), "Opportunity Result")
    assert set(blocking(leaks)) == {
        "elapsed_days_in_sales_stage",
        "sales_stage_change_count",
        "total_days_identified_through_closing",
        "total_days_identified_through_qualified",
        "ratio_days_identified_to_total_days",
        "ratio_days_validated_to_total_days",
        "ratio_days_qualified_to_total_days",
        "opportunity_amount_usd",
        "deal_size_category",
    }
    assert {leak.column for leak in leaks if leak.kind == "exact values"} == {
        "elapsed_days_in_sales_stage",
        "opportunity_amount_usd",
    }, "these two are found without their names as well"


@pytest.mark.slow
def test_the_guard_names_the_tags_of_xeducation():
    assert blocking(find(read_xeducation(), "Converted"))["tags"] == "predicts alone"


@pytest.mark.slow
def test_the_guard_lets_honest_columns_pass():
    assert not blocking(
        find(read_ibm()[["Opportunity Number", "Opportunity Result", *IBM_HONEST]], "Opportunity Result")
    )
    assert not blocking(find(read_xeducation().drop(columns=[*XEDUCATION_LATE]), "Converted"))
    assert not blocking(find(read_salvirt(), "Status"))
