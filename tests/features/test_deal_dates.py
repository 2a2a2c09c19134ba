"""The format of dates is found over the table, asked for where nothing proves it, and held against later tables."""

import pandas as pd
import pytest

from icp_fit.features.deals import read_deals
from icp_fit.features.errors import DealsError
from icp_fit.features.mapping import Mapping
from tests.support.raw_deals import PROFILE, build_raw_deals


def deals_closed(*dates: str, created: str = "", **others: str) -> pd.DataFrame:
    """Deals with these close dates, in turn."""
    table = build_raw_deals().drop(columns=["created_on"] if not created else [])
    table = table.assign(closed_on=[dates[row % len(dates)] for row in range(len(table))], **others)
    return table.assign(created_on=created) if created else table


def test_the_format_that_was_found_is_part_of_the_mapping() -> None:
    deals = read_deals(deals_closed("13 Nov, 2023 10:00:00"), PROFILE)
    assert deals.mapping.date_format == {"closed_on": "%d %b, %Y %H:%M:%S"}
    assert deals.table["closed_on"].dropna().eq(pd.Timestamp("2023-11-13 10:00")).all()


@pytest.mark.parametrize(
    "others", [{"created": "31/01/2023"}, {"Last Modified": "31/12/2025 10:00"}], ids=["created", "other"]
)
def test_a_proof_in_another_column_decides_the_order(others: dict[str, str]) -> None:
    deals = read_deals(deals_closed("01/02/2024", **others), PROFILE)
    assert deals.table["closed_on"].dropna().eq(pd.Timestamp("2024-02-01")).all()


def test_an_order_that_nothing_proves_is_asked_for() -> None:
    with pytest.raises(
        DealsError, match=r'"01/02/2024" may be 01 February 2024 or 02 January 2024.*date_format = "%d/%m'
    ):
        read_deals(deals_closed("01/02/2024"), PROFILE)
    deals = read_deals(deals_closed("01/02/2024"), PROFILE, Mapping(date_format="%m/%d/%Y"))
    assert deals.table["closed_on"].dropna().eq(pd.Timestamp("2024-01-02")).all()


def test_proofs_of_both_orders_are_shown_with_their_rows() -> None:
    with pytest.raises(DealsError, match=r'"13/02/2024" in row 1, "02/14/2024" in row 2'):
        read_deals(deals_closed("13/02/2024", "02/14/2024"), PROFILE)


def test_cells_that_are_no_dates_are_told_with_what_to_set() -> None:
    with pytest.raises(DealsError, match=r"`closed_on` is not recognised as dates, such as .*date_format = "):
        read_deals(deals_closed("week 7", "week 9"), PROFILE)


def test_dates_that_are_not_needed_stay_unread_with_a_note() -> None:
    deals = read_deals(deals_closed("01/02/2024"), PROFILE, outcome_required=False)
    assert deals.rejected.empty
    assert "closed_on" not in deals.table
    assert any("Not read: `closed_on` can be read in two ways" in note for note in deals.notes)


def test_a_later_table_with_day_and_month_swapped_is_refused_with_rows() -> None:
    kept = read_deals(deals_closed("03/01/2024", "12/31/2023"), PROFILE).mapping
    later = deals_closed(*["01/03/2024"] * 19, "31/12/2023")
    with pytest.raises(DealsError, match=r'"31/12/2023" in row 20 can only be read as %d/%m/%Y'):
        read_deals(later, PROFILE, kept)


def test_a_cell_that_deviates_is_set_aside() -> None:
    mapping = Mapping(date_format={"closed_on": "%d/%m/%Y"})
    deals = read_deals(deals_closed(*["31/01/2024"] * 19, "02/14/2024"), PROFILE, mapping)
    reason = '`closed_on` must be a date written as %d/%m/%Y, got "02/14/2024". Correct it, or set `date_format`'
    assert deals.rejected["reason"].item().startswith(reason)


def test_a_table_without_close_dates_is_told_what_it_cannot_be_judged_by() -> None:
    table = build_raw_deals().drop(columns=["closed_on", "created_on"]).assign(**{"Close Day": "31.01.2024"})
    notes = [note for note in read_deals(table, PROFILE).notes if "closed_on" in note]
    assert len(notes) == 1
    assert "not by time" in notes[0]
    assert "`Close Day`" in notes[0]


def test_a_format_that_the_mapping_gives_proves_the_order_of_the_others() -> None:
    mapping = Mapping(date_format={"created_on": "%d.%m.%Y"})
    deals = read_deals(deals_closed("01/02/2024", created="05.01.2024"), PROFILE, mapping)
    assert deals.mapping.date_format == {"created_on": "%d.%m.%Y", "closed_on": "%d/%m/%Y"}


def test_an_empty_cell_means_what_the_mapping_says_whatever_the_source() -> None:
    mapping = Mapping(values={"portal": {"": "no", "x": "yes"}})
    for empty in ("", None):
        table = build_raw_deals().assign(portal=["x", empty] * 10)
        assert read_deals(table, PROFILE, mapping).table["portal"].tolist() == [True, False] * 10


@pytest.mark.parametrize(("last_day", "is_told"), [(12, True), (13, False)])
def test_dates_that_a_spreadsheet_swapped_where_it_could_are_told(last_day: int, is_told: bool) -> None:
    days = [f"2025-03-{day:02d}" for day in (*range(1, 9), last_day)] + [f"{day}/03/2025" for day in range(14, 25)]
    table = build_raw_deals().assign(created_on=days)
    if not is_told:
        assert read_deals(table, PROFILE).table["created_on"].notna().all()
        return
    with pytest.raises(DealsError, match=r'`created_on` was half converted by a spreadsheet: "14/03/2025" in row 10'):
        read_deals(table, PROFILE)
    with pytest.raises(DealsError, match="half converted"):
        read_deals(table, PROFILE, Mapping(date_format="%d/%m/%Y"))
