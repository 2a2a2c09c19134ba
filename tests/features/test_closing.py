from datetime import date

import pandas as pd
import pytest

from icp_fit.features.closing import close_date_notes, find_closing, read_closed
from icp_fit.features.deals import read_deals
from icp_fit.features.drafting.draft import draft_profile
from icp_fit.features.errors import DealsError
from icp_fit.features.mapping import Mapping, parse_mapping
from tests.support.raw_deals import PROFILE, build_raw_deals

STAGES = ["Closed Won", "Closed Lost", "Negotiation", "Closed Lost"] * 15


def salesforce(**columns: object) -> pd.DataFrame:
    """Sixty deals: a quarter won, half lost, a quarter open."""
    table = pd.DataFrame({"Segment": ["SMB", "Ent", "Ent"] * 20, "Stage": STAGES})
    table["IsWon"] = table["Stage"] == "Closed Won"
    table["IsClosed"] = table["Stage"] != "Negotiation"
    return table.assign(**columns)


@pytest.mark.parametrize(
    ("cells", "closed"),
    [
        (["true", "false", ""], [True, False, False]),
        ([True, False, True], [True, False, True]),
        (["Closed", "Open", "closed"], [True, False, True]),
        (["1", "0", None], [True, False, False]),
        (["Geschlossen", "offen", "In Progress"], [True, False, False]),
    ],
    ids=str,
)
def test_a_column_says_whether_a_deal_is_closed(cells: list[object], closed: list[bool]):
    assert read_closed(pd.Series(cells), Mapping()).tolist() == closed


def test_a_word_that_says_neither_is_refused_with_the_line_to_add():
    column = pd.Series(["yes", "parked"], name="Done")
    with pytest.raises(DealsError, match=r'`Done` .*got "parked".*\[values.is_closed\]: "parked" = "no"'):
        read_closed(column, Mapping())
    words = parse_mapping('[values.is_closed]\n"parked" = "no"')
    assert read_closed(column, words).tolist() == [True, False]


def test_a_pair_of_won_and_closed_is_read_together():
    drafted = draft_profile(salesforce(), "IsWon")
    assert drafted.mapping.columns["is_closed"] == "IsClosed"
    assert any("`IsClosed` says whether a deal is closed" in note for note in drafted.notes)
    deals = read_deals(salesforce(), drafted.profile, drafted.mapping)
    assert [deals.won.sum(), (~deals.won).sum(), deals.won.isna().sum()] == [15, 30, 15]


def test_the_properties_of_hubspot_are_read_together_without_a_mapping():
    table = build_raw_deals().drop(columns="outcome")
    table["hs_is_closed_won"], table["hs_is_closed"] = ["true", "false"] * 10, ["true"] * 18 + ["false"] * 2
    deals = read_deals(table, PROFILE, Mapping(columns={"outcome": "hs_is_closed_won"}))
    assert [deals.won.sum(), (~deals.won).sum(), deals.won.isna().sum()] == [9, 9, 2]


def test_a_status_of_open_and_closed_is_read_together_with_won():
    table = salesforce(status=["Closed", "Closed", "Open", "Closed"] * 15).drop(columns=["IsClosed", "Stage"])
    assert find_closing(table, "IsWon") == "status"
    assert draft_profile(table, "IsWon").mapping.columns["is_closed"] == "status"


@pytest.mark.parametrize("named", ["Closed", "Abgeschlossen", "Deal closed"])
def test_a_checkbox_that_is_called_closed_is_read_together_with_won(named: str):
    table = salesforce().drop(columns="Stage").rename(columns={"IsClosed": named})
    drafted = draft_profile(table, "IsWon")
    assert drafted.mapping.columns["is_closed"] == named
    with pytest.raises(DealsError, match=rf'`{named}` shows as open \("no" 15\).*is_closed = "{named}"'):
        read_deals(table, drafted.profile, Mapping(columns={"outcome": "IsWon"}))


@pytest.mark.parametrize(
    ("named", "won", "lost", "still_open", "shown"),
    [
        ("IsOpen", False, False, True, '"yes" 15'),
        ("Probability", 100, 0, 40, '"a probability between" 15'),
        ("Wahrscheinlichkeit", "100%", "0%", "40%", '"a probability between" 15'),
    ],
)
def test_won_alone_is_refused_where_another_column_shows_open_deals(
    named: str, won: object, lost: object, still_open: object, shown: str
):
    table = salesforce(**{named: [won, lost, still_open, lost] * 15}).drop(columns=["Stage", "IsClosed"])
    with pytest.raises(DealsError, match=rf"no of 15 deals that `{named}` shows as open \({shown}\)"):
        draft_profile(table, "IsWon")


@pytest.mark.parametrize(
    ("named", "won", "lost", "other"),
    [("IsOpen", False, False, False), ("Probability", 90, 20, 40), ("Open source", True, True, False),
     ("Closed network", False, True, True)],
)  # fmt: skip
def test_columns_that_show_no_open_deals_refuse_nothing(named: str, won: object, lost: object, other: object):
    table = salesforce(**{named: [won, lost, other, lost] * 15}).drop(columns=["Stage", "IsClosed"])
    assert draft_profile(table, "IsWon").outcome_words[1].count == 45


def test_a_status_that_speaks_of_other_things_is_not_read_with_won():
    table = salesforce(shop=["Open", "Closed", "Open", "Open"] * 15).drop(columns=["IsClosed", "Stage"])
    assert find_closing(table, "IsWon") is None
    assert draft_profile(table, "IsWon").profile.factor_ids == ("segment", "shop")


@pytest.mark.parametrize("named", ["Stage", "Where it stands"])
def test_won_alone_is_refused_where_a_stage_shows_open_deals(named: str):
    table = salesforce().drop(columns="IsClosed").rename(columns={"Stage": named})
    with pytest.raises(
        DealsError, match=rf'`IsWon` says no of 15 deals that `{named}` shows as open \("Negotiation" 15'
    ):
        draft_profile(table, "IsWon")
    profile = draft_profile(table.drop(columns=named), "IsWon").profile
    with pytest.raises(DealsError, match=rf"Take `{named}` as the outcome"):
        read_deals(table, profile, Mapping(columns={"outcome": "IsWon", "segment": "Segment"}))


def test_won_alone_is_refused_where_a_column_beside_it_says_lost():
    table = salesforce(IsLost=[False, True, False, True] * 15).drop(columns=["IsClosed", "Stage"])
    with pytest.raises(DealsError, match=r'no of 15 deals that `IsLost` shows as open \("neither won nor lost" 15\)'):
        draft_profile(table, "IsWon")
    all_closed = table[table["IsWon"] | table["IsLost"]]
    assert draft_profile(all_closed, "IsWon").profile.win_rate == pytest.approx(16 / 47, abs=1e-3)


def test_won_alone_is_read_where_no_column_shows_open_deals():
    table = salesforce().drop(columns=["IsClosed", "Stage"])
    assert draft_profile(table, "IsWon").profile.win_rate == pytest.approx(16 / 62, abs=1e-3)
    reasons = ["Won by price", "Price", "Timing", "Price"] * 15
    assert draft_profile(table.assign(Reason=reasons), "IsWon").profile.factor_ids[0] == "segment"


def test_closed_deals_that_two_columns_tell_differently_are_told():
    table = build_raw_deals().assign(IsClosed=["true"] * 19 + ["false"])
    table.loc[0, "outcome"] = ""
    notes = read_deals(table, PROFILE).notes
    assert "Deals that are closed although their outcome is empty, and count as open: 1." in notes
    assert 'Deals that are not closed although their outcome is "lost", and count as open: 1.' in notes


def test_close_dates_in_the_future_of_closed_and_in_the_past_of_open_deals_are_counted():
    deals = pd.DataFrame(
        {
            "outcome": ["won", "lost", "won", None, None, None],
            "closed_on": pd.to_datetime(["2026-03-01", "2026-03-02", None, "2026-02-28", "2026-03-01", None]),
        }
    )
    future, past = close_date_notes(deals, date(2026, 3, 1))
    assert future.startswith("Closed deals with a `closed_on` in the future, after 2026-03-01: 1.")
    assert past.startswith("Open deals with a `closed_on` in the past, before 2026-03-01: 1.")
    assert list(close_date_notes(deals.dropna(), date(2026, 3, 2))) == []


def test_today_is_given_to_the_reading_of_deals():
    notes = read_deals(build_raw_deals(), PROFILE, today=date(2026, 2, 1)).notes
    assert any("in the future, after 2026-02-01: 20" in note for note in notes)
    assert not any(
        "in the future" in note for note in read_deals(build_raw_deals(), PROFILE, today=date(2026, 3, 1)).notes
    )


def test_the_words_are_those_of_the_deals_that_can_be_used():
    deals = read_deals(build_raw_deals(integrations="many"), PROFILE, max_rejected=1.0)
    assert sum(word.count for word in deals.outcome_words) == len(deals.table) == 19
