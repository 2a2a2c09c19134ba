from contextlib import nullcontext
from pathlib import Path

import pandas as pd
import pytest

from icp_fit.features.deals import read_deals
from icp_fit.features.errors import DealsError
from icp_fit.features.mapping import Mapping
from tests.support.raw_deals import HEADER, PROFILE, ROWS, build_raw_deals


def refuse(**cells: str) -> str:
    """The reason why the third of twenty deals is set aside, when it has these cells."""
    deals = read_deals(build_raw_deals(**cells), PROFILE)
    assert len(deals.table) == 19
    assert deals.rejected[["row", "deal_id"]].to_numpy().tolist() == [[3, "D-3"]]
    return str(deals.rejected["reason"][0])


def test_deals_are_read_from_a_file(tmp_path: Path):
    path = tmp_path / "deals.csv"
    path.write_text("\n".join((HEADER, *ROWS)))
    deals = read_deals(path, PROFILE)
    assert list(deals.table) == ["deal_id", "created_on", "closed_on", "outcome", *PROFILE.factor_ids]
    assert deals.table["outcome"].fillna("open").tolist() == ["won", "lost", "won", "lost", "open"]
    assert deals.won.tolist() == [True, False, True, False, pd.NA]
    assert deals.table["closed_on"].dt.month.fillna(0).tolist() == [3, 2, 4, 4, 0]
    assert deals.answers["amount"].fillna(0).tolist() == [1200.5, 1250000, 0, -300, 900]
    assert deals.answers["region"].astype(object).fillna("").tolist() == ["EMEA", "North America", "NA", "EMEA", ""]
    assert deals.rejected.empty
    assert deals.ignored == deals.absent == deals.notes == ()


def test_closed_deals_are_those_with_an_outcome():
    table = build_raw_deals(outcome="")
    closed = read_deals(table, PROFILE).closed
    assert len(closed.table) == 19
    assert closed.won.notna().all()
    assert closed.closed.table.equals(closed.table)
    assert list(closed.table.index) == list(range(19))


def test_deals_give_accounts_and_dates_where_the_source_has_them():
    deals = read_deals(build_raw_deals(), PROFILE)
    assert deals.accounts is None
    assert deals.closed_on is not None
    assert deals.closed_on.equals(deals.table["closed_on"])
    accounts = read_deals(build_raw_deals().assign(account_id="A-1"), PROFILE).accounts
    assert accounts is not None
    assert set(accounts) == {"A-1"}


def test_columns_are_found_by_id_or_label_in_any_spelling():
    table = build_raw_deals().rename(columns={"amount": "DEAL SIZE", "portal": "partner-portal", "outcome": "Outcome"})
    table = table.rename(columns={"integrations": "Integrations "})
    deals = read_deals(table, PROFILE)
    assert deals.ignored == deals.absent == ()
    assert deals.table["amount"].notna().all()


def test_a_label_finds_no_column_that_another_factor_has_by_its_id():
    table = build_raw_deals().rename(columns={"amount": "region", "region": "Deal size"})
    deals = read_deals(table.assign(region="EMEA").drop(columns="Deal size"), PROFILE)
    assert deals.absent == ("amount",)
    assert deals.table["region"].eq("EMEA").all()


def test_a_column_that_could_be_either_is_refused():
    table = build_raw_deals().rename(columns={"amount": "Amount"}).assign(AMOUNT="1")
    with pytest.raises(DealsError, match='`amount` may be any of the columns "Amount", "AMOUNT"'):
        read_deals(table, PROFILE)
    assert "AMOUNT" in read_deals(table, PROFILE, Mapping(columns={"amount": "Amount"})).ignored


def test_columns_that_nobody_reads_are_ignored_and_named():
    deals = read_deals(build_raw_deals().assign(Weather="rain").drop(columns="region"), PROFILE)
    assert deals.ignored == ("Weather",)
    assert deals.absent == ("region",)
    assert deals.table["region"].isna().all()


def test_a_column_that_the_mapping_names_and_the_source_lacks_is_noted():
    mapping = Mapping(columns={"region": "Regio", "owner": "Seller"})
    notes = read_deals(build_raw_deals().rename(columns={"region": "Regions"}), PROFILE, mapping).notes
    assert notes[0] == 'No column is called "Regio", the mapping\'s `region`. Did you mean `Regions`?'
    assert notes[1].startswith('No column is called "Seller", the mapping\'s `owner`.')


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"integrations": "many"}, '`integrations` must be a whole number of at least 0, got "many"'),
        ({"integrations": "-2"}, '`integrations` must be a whole number of at least 0, got "-2"'),
        ({"amount": "inf"}, '`amount` must be a number, got "inf"'),
        ({"security": "extreme"}, '`security` must be one of "low", "medium", "high", got "extreme"'),
        ({"portal": "perhaps"}, '`portal` must be yes or no, got "perhaps"'),
        ({"closed_on": "2025-12-31"}, "`closed_on` (2025-12-31) is before `created_on` (2026-01-05)"),
        ({"closed_on": "31.12.2026"}, '`closed_on` must be a date such as 2026-01-31, got "31.12.2026"'),
        ({"created_on": "2026-02-30"}, '`created_on` must be a date such as 2026-01-31, got "2026-02-30"'),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_row_that_cannot_be_used_is_set_aside_with_its_reason(cells: dict[str, str], reason: str):
    assert refuse(**cells).startswith(reason)


def test_a_rejected_row_keeps_its_cells_and_all_its_reasons():
    rejected = read_deals(build_raw_deals(integrations="many", amount="lots").assign(row="x"), PROFILE).rejected
    assert list(rejected)[:4] == ["row", "deal_id", "reason", "created_on"]
    assert rejected.columns.is_unique
    assert rejected["integrations"].tolist() == ["many"]
    assert rejected["reason"][0].count("must be") == 2


def test_a_deal_without_an_id_is_set_aside():
    deals = read_deals(build_raw_deals(deal_id=""), PROFILE)
    assert deals.rejected["reason"].tolist() == ["`deal_id` must name the deal, got nothing. Give it one."]


def test_a_deal_may_close_on_the_day_it_was_created():
    deals = read_deals(build_raw_deals(created_on="2026-03-01T15:00:00Z", closed_on="2026-03-01"), PROFILE)
    assert deals.rejected.empty


def test_the_expected_close_of_an_open_deal_is_no_close():
    deals = read_deals(build_raw_deals(outcome="", closed_on="2020-01-01"), PROFILE)
    assert deals.rejected.empty
    assert deals.table["closed_on"].isna().tolist() == [row == 2 for row in range(20)]


def test_dates_are_read_in_the_format_of_the_mapping_and_without_time_zone():
    table = build_raw_deals().assign(
        created_on="05.01.2026", closed_on=pd.Timestamp("2026-03-01 23:30", tz="America/New_York")
    )
    deals = read_deals(table, PROFILE, Mapping(date_format="%d.%m.%Y")).table
    assert deals["created_on"].eq(pd.Timestamp("2026-01-05")).all()
    assert deals["closed_on"].eq(pd.Timestamp("2026-03-02 04:30")).all()


def test_blank_rows_are_skipped_but_counted():
    blank = pd.DataFrame("", index=[0], columns=list(build_raw_deals()))
    table = pd.concat([build_raw_deals()[:2], blank, build_raw_deals(integrations="many")[2:]])
    deals = read_deals(table, PROFILE)
    assert deals.rejected["row"].tolist() == [4], "rows count as in the source"
    assert deals.notes == ("Blank rows that were skipped: 1.",)


def test_too_many_rejected_rows_stop_the_reading():
    table = build_raw_deals(integrations="many")
    table.loc[7, "amount"] = "lots"
    with pytest.raises(DealsError, match="2 of 20 rows cannot be used, more than the 5% allowed") as caught:
        read_deals(table, PROFILE)
    for expected in ("row 3, deal D-3: `integrations`", "row 8, deal D-8: `amount`", "--max-rejected"):
        assert expected in str(caught.value)
    assert len(read_deals(table, PROFILE, max_rejected=0.1).rejected) == 2
    with pytest.raises(DealsError, match="1 of 20 rows"):
        read_deals(build_raw_deals(amount="lots"), PROFILE, max_rejected=0)


def test_a_repeated_deal_is_named_with_its_rows():
    with pytest.raises(DealsError, match='`deal_id` must name each deal once, got "D-1" in rows 1, 3, which differ'):
        read_deals(build_raw_deals(deal_id="D-1"), PROFILE)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (build_raw_deals().drop(columns="outcome"), "There is no column `outcome`. The table has the columns"),
        (build_raw_deals().assign(outcome="won"), "won and lost deals to train on, but all 20 closed deals are won"),
        (build_raw_deals().assign(outcome=""), "won and lost deals to train on, but no deal is closed"),
        (build_raw_deals(outcome="Signed"), '(?s)must say won or lost .*got "Signed".*mapping'),
        (build_raw_deals()[["deal_id", "outcome"]], "No column is a factor of profile `small`"),
    ],
    ids=["no outcomes", "one outcome", "all open", "unmapped outcome", "no factor"],
)
def test_a_table_that_cannot_teach_anything_is_refused(table: pd.DataFrame, message: str):
    with pytest.raises(DealsError, match=message):
        read_deals(table, PROFILE)


def test_deals_to_score_need_no_outcome():
    assert read_deals(build_raw_deals().drop(columns="outcome"), PROFILE, outcome_required=False).won.isna().all()
    deals = read_deals(build_raw_deals(outcome="Signed"), PROFILE, outcome_required=False)
    assert deals.won.isna().sum() == 1
    assert deals.rejected.empty


@pytest.mark.parametrize(
    ("amounts", "asked"),
    [(["12.500", "900"], True), (["12.500", "9.75"], False), (["0.125"], False), (["900"], False)],
    ids=["may be thousands", "another point is no separator", "a leading zero", "no point"],
)
def test_points_that_may_separate_thousands_are_asked_about(amounts: list[str], asked: bool):
    table = build_raw_deals().assign(amount=(amounts * 20)[:20])
    with pytest.raises(DealsError, match=r'"12.500" may be 12.5 or 12,500') if asked else nullcontext():
        assert read_deals(table, PROFILE).notes == ()
    assert read_deals(table, PROFILE, Mapping(decimal=".")).table["amount"].max() == max(map(float, amounts))
    assert read_deals(table, PROFILE, Mapping(decimal=".")).notes == ()


def test_a_decimal_comma_that_was_inferred_is_noted():
    notes = read_deals(build_raw_deals(amount="12,5").assign(integrations="3"), PROFILE).notes
    assert notes == (), "1200.50 proves a point, so 12,5 is refused"
    table = build_raw_deals().assign(amount="1.250,75")
    deals = read_deals(table, PROFILE)
    assert deals.table["amount"].eq(1250.75).all()
    assert "decimal comma" in deals.notes[0]
    assert read_deals(table, PROFILE, Mapping(decimal=",")).notes == ()


def test_closed_deals_without_a_close_are_noted():
    assert read_deals(build_raw_deals(closed_on=""), PROFILE).notes == ("Closed deals without `closed_on`: 1.",)
