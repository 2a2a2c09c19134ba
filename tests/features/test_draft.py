import numpy as np
import pandas as pd
import pytest

from icp_fit.features.deals import read_deals
from icp_fit.features.drafting.draft import Draft, draft_profile
from icp_fit.features.errors import DealsError, ProfileError
from icp_fit.features.mapping import parse_mapping, write_mapping
from icp_fit.features.profile import check_profile, parse_profile, write_profile
from tests.support.real_deals import IBM_HONEST, XEDUCATION_LATE, read_ibm, read_salvirt, read_xeducation

ROWS = 60
OUTCOME = ["won", "lost", "lost"] * (ROWS // 3)


def table_of(**columns: object) -> pd.DataFrame:
    portal = ["yes", "no", "no", "no"] * (ROWS // 4)
    return pd.DataFrame({"Result": OUTCOME, "Portal": portal, "closed_on": "2026-03-01"} | columns)


def kind_of(cells: object) -> str:
    """The kind of the factor that a column becomes, or the reason why it becomes none."""
    drafted = draft_profile(table_of(Asked=cells), "Result")
    return drafted.ignored["Asked"] if "Asked" in drafted.ignored else drafted.profile.factor("asked").kind


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["yes", "No"], "yes_no"),
        (["1", "0"], "yes_no"),
        ([True, False], "yes_no"),
        ([1.0, np.nan], "yes_no"),
        (["Y", "Unknown", "n"], "yes_no"),
        (["3", "0", "12"], "count"),
        ([3, 0, 12], "count"),
        (["1,250", "7", ""], "count"),
        (["2.5", "1"], "amount"),
        (["-2", "1"], "amount"),
        (["$2", "$1"], "amount"),
        (["None", "Some"], "category"),
        (["1-10", "11-50"], "ordinal"),
        (["Low", "High", "Medium"], "ordinal"),
        (["x", ""], "yes_no"),
        (["ja", "nein"], "yes_no"),
        (["✓", "✗"], "yes_no"),
        (["red", "blue"], "category"),
        (["only", ""], 'holds one value: "only"'),
        (["", "N/A"], "is empty"),
        (["2026-01-05", "2026-02-07"], "is a date"),
        (["05.01.2026", "17.02.2026"], "is a date"),
        (["20260105", "20260207"], "is a date"),
        ([pd.Timestamp("2026-01-05"), pd.Timestamp("2026-01-06")], "is a date"),
        ([f"remark {n}" for n in range(ROWS)], "has an answer of its own for nearly every deal: 60 distinct ones"),
    ],
    ids=str,
)
def test_kinds_are_guessed_from_the_cells(cells: list[object], kind: str):
    assert kind_of((cells * ROWS)[:ROWS]) == kind


def test_a_sum_of_money_is_an_amount_by_its_name():
    assert draft_profile(table_of(Amount=range(ROWS)), "Result").profile.factor("amount").kind == "amount"


def test_identifiers_are_ignored_or_name_the_deal():
    numbers = [str(n) for n in range(ROWS)]
    drafted = draft_profile(
        table_of(**{"Prospect ID": numbers, "Lead Number": numbers[::-1], "Case No": [*numbers[3:], "4", "5", "6"]}),
        "Result",
    )
    assert drafted.mapping.columns["deal_id"] == "Prospect ID"
    assert drafted.mapping.columns["account_id"] == "Case No"
    assert drafted.ignored == {"Lead Number": "is an identifier"}
    assert drafted.notes == ("`Case No` repeats, so it names no deal; deals that share it are kept together.",)


@pytest.mark.parametrize(
    "name",
    [
        "Account",
        "Potential Customer",
        "Customer Number",
        "Company Name",
        "account_key",
        "Kundennummer",
        "Société",
        "Azienda",
        "Klant",
    ],
)
def test_a_buyer_who_returns_keeps_deals_together_and_is_no_question(name: str):
    table = pd.concat([table_of(**{name: range(ROWS)})] * 2, ignore_index=True)
    drafted = draft_profile(table, "Result")
    assert drafted.mapping.columns["account_id"] == name
    assert drafted.profile.factor_ids == ("portal",)
    assert drafted.notes == (f"`{name}` repeats, so it names no deal; deals that share it are kept together.",)


def test_few_kinds_of_buyers_and_of_numbered_things_are_choices_to_ask_for():
    profile = draft_profile(
        table_of(Client=["New", "Current"] * (ROWS // 2), **{"Region ID": [1, 2, 3] * 20}), "Result"
    ).profile
    assert {factor.id: factor.kind for factor in profile.factors} == {
        "portal": "yes_no",
        "client": "category",
        "region_id": "category",
    }


def test_a_decimal_comma_that_one_column_proves_counts_for_all():
    table = table_of(Budget=["12.500", "7.000"] * (ROWS // 2), Rate=["0,5", "12,5"] * (ROWS // 2))
    drafted = draft_profile(table, "Result")
    assert drafted.mapping.decimal == ","
    assert drafted.profile.factor("budget").kind == "amount"
    deals = read_deals(table, drafted.profile, drafted.mapping)
    assert deals.answers["budget"].unique().tolist() == [12500, 7000]
    assert draft_profile(table.assign(Size=["1.5", "2"] * (ROWS // 2)), "Result").mapping.decimal == ""


def test_the_columns_of_a_crm_are_recognised():
    dates = {"CreatedDate": "2026-01-05", "Close Date": "2026-03-01"}
    table = table_of(Id=range(ROWS), AccountId="A", dealname="Big", Owner="Ann", **dates).drop(columns="closed_on")
    drafted = draft_profile(table, "Result")
    names = {"deal_id": "Id", "account_id": "AccountId", "name": "dealname", "owner": "Owner"}
    dates = {"created_on": "CreatedDate", "closed_on": "Close Date"}
    assert drafted.mapping.columns == names | dates | {"outcome": "Result", "portal": "Portal"}
    assert drafted.ignored == {}


@pytest.mark.parametrize(
    ("dates", "date_format"),
    [
        ({"created_on": "31.01.2026"}, "%d.%m.%Y"),
        ({"created_on": "1/31/2026"}, "%m/%d/%Y"),
        ({"created_on": "1/2/2026", "closed_on": "1/31/2026"}, "%m/%d/%Y"),
        ({"created_on": "2026-01-31", "closed_on": "31/01/2026"}, "%d/%m/%Y"),
        ({"created_on": "31.01.2026", "closed_on": "3 Feb 2026"}, {"created_on": "%d.%m.%Y", "closed_on": "%d %b %Y"}),
    ],
    ids=str,
)
def test_the_format_of_dates_is_found(dates: dict[str, str], date_format: object):
    drafted = draft_profile(table_of(**dates), "Result")
    assert drafted.mapping.date_format == date_format
    assert drafted.notes == ()
    deals = read_deals(table_of(**dates), drafted.profile, parse_mapping(write_mapping(drafted.mapping)))
    assert deals.table[["created_on", "closed_on"]].notna().all(axis=None)


@pytest.mark.parametrize(
    ("created", "closed"),
    [("Created Time", "Closing Date"), ("Erstelldatum", "Abschlussdatum"), ("Date de création", "Date de clôture"),
     ("Fecha de creación", "Fecha de cierre"), ("Data de criação", "Data de fechamento"),
     ("Creato il", "Data chiusura"), ("Aangemaakt op", "Sluitingsdatum"), ("Deal created", "Deal closed on"),
     ("Created On", "Actual Close Date")],
)  # fmt: skip
def test_dates_are_found_by_names_in_seven_languages(created: str, closed: str):
    dates = {f"Est. {closed}": "2026-12-30", f"Expected {closed}": "2026-12-31"}
    dates |= {created: "2026-01-05", closed: "2026-03-01"}
    drafted = draft_profile(table_of(**dates).drop(columns="closed_on"), "Result")
    assert (drafted.mapping.columns["created_on"], drafted.mapping.columns["closed_on"]) == (created, closed)
    assert drafted.ignored == {f"Est. {closed}": "is a date", f"Expected {closed}": "is a date"}
    assert f"`{closed}` is taken for `closed_on`: make sure that it is." in drafted.notes


def test_dates_that_prove_no_order_are_asked_for():
    table = table_of(created_on="1/2/2026")
    drafted = draft_profile(table, "Result")
    assert drafted.mapping.date_format == ""
    (note,) = drafted.notes
    assert note.endswith('Say in the mapping: date_format = "%d/%m/%Y" or date_format = "%m/%d/%Y".')
    with pytest.raises(DealsError, match="can be read in two ways"):
        read_deals(table, drafted.profile, drafted.mapping)


def test_ids_are_snake_case_unique_and_not_reserved():
    names = ["User_Profiles__c", "userProfiles", "2nd Größe", "Name ", "Wert", "wert"]
    cells = {name: ["a"] * (place + 1) + ["b"] * (ROWS - place - 1) for place, name in enumerate(names)}
    drafted = draft_profile(table_of(**cells), "Result")
    assert drafted.profile.factor_ids == (
        "portal", "user_profiles", "user_profiles_2", "factor_2nd_große".replace("ß", ""), "wert", "wert_2",
    )  # fmt: skip
    assert drafted.mapping.columns["name"] == "Name "
    assert drafted.profile.factor("user_profiles").label == "User Profiles"
    assert drafted.profile.factor("user_profiles").source == "User_Profiles__c"


def test_values_keep_their_commonest_spelling_commonest_first():
    cells = ["north"] * 20 + ["South"] * 25 + ["south"] * 5 + ["Select"] * 10
    assert draft_profile(table_of(Region=cells), "Result").profile.factor("region").values == ("South", "north")


def test_blanks_that_predict_are_informative_and_noted():
    table = pd.concat([table_of()] * 10, ignore_index=True)
    blank = np.arange(len(table)) % 5 == 0
    random = np.random.default_rng(0)
    told = np.where((table["Result"] == "lost") & (random.random(len(table)) < 0.4), "", ["a", "b"] * 300)
    drafted = draft_profile(table.assign(Told=told, Untold=np.where(blank, "", told.astype(object) + "c")), "Result")
    assert drafted.profile.factor("told").unanswered == "informative"
    assert drafted.profile.factor("untold").unanswered == "ignore"
    assert list(drafted.informative) == ["Told"]
    assert drafted.informative["Told"].won_unanswered == 0


def test_a_draft_knows_no_directions_and_no_weights():
    profile = draft_profile(table_of(), "Result").profile
    assert {(factor.direction, factor.weight) for factor in profile.factors} == {("none", 0)}
    assert len(profile.dimensions) == 1
    assert profile.win_rate == pytest.approx(21 / 62, abs=1e-3)


def test_numbers_with_a_few_odd_cells_are_noted():
    (note,) = draft_profile(table_of(Users=["many", *["7", "9"] * 30][:ROWS]), "Result").notes
    assert note == '`Users` holds numbers, but for "many": say in the mapping what these mean.'


def test_unusual_words_for_the_outcome_are_given():
    table = table_of().replace({"won": "Signed", "lost": "Churned"})
    with pytest.raises(DealsError, match=r'`Result` must say won or lost .*got "Churned" \(40\), "Signed" \(20\)'):
        draft_profile(table, "Result")
    drafted = draft_profile(table, "Result", won=["signed"], lost=["churned"])
    assert drafted.profile.win_rate == draft_profile(table_of(), "Result").profile.win_rate
    assert read_deals(table, drafted.profile, drafted.mapping).won.sum() == ROWS / 3


def test_a_word_that_no_deal_says_is_told():
    drafted = draft_profile(table_of(), "Result", lost=["Churned", "LOST"], still_open=["*"])
    assert drafted.notes == ('No deal says "Churned" in `Result`.',)


def test_stages_of_open_deals_are_given_by_name_or_as_any_other_word():
    table = table_of().replace({"Result": {"lost": "Closed Lost"}})
    table.loc[:9, "Result"] = ["Proposal", "Negotiation"] * 5
    with pytest.raises(DealsError, match=r'(?s)"Proposal" \(5\), "Negotiation" \(5\) in 10 of 60 rows\..*--open "\*"'):
        draft_profile(table, "Result")
    for words in (["proposal", "Negotiation"], ["*"]):
        drafted = draft_profile(table, "Result", still_open=words)
        assert read_deals(table, drafted.profile, drafted.mapping).won.isna().sum() == 10
        assert parse_mapping(write_mapping(drafted.mapping)) == drafted.mapping


def test_a_table_that_nothing_can_be_drafted_from_is_refused():
    with pytest.raises(DealsError, match=r"no column `result`\. Did you mean `Result`\?"):
        draft_profile(table_of(), "result")
    with pytest.raises(ProfileError, match='No column can be a question: `Portal` holds one value: "yes"'):
        draft_profile(table_of(Portal="yes"), "Result")
    with pytest.raises(ProfileError, match="there is no other column"):
        draft_profile(table_of()[["Result"]], "Result")


def check_draft(table: pd.DataFrame, outcome: str) -> Draft:
    """The draft of a real table, of which every row can be read and both files can be written and read back."""
    drafted = draft_profile(table, outcome)
    check_profile(drafted.profile)
    assert parse_profile(write_profile(drafted.profile)) == drafted.profile
    assert parse_mapping(write_mapping(drafted.mapping)) == drafted.mapping
    deals = read_deals(table, drafted.profile, drafted.mapping, max_rejected=0)
    assert deals.ignored == tuple(drafted.ignored)
    assert deals.absent == ()
    assert read_deals(table.rename(columns={outcome: "outcome"}), drafted.profile).absent == (), (
        "found without a mapping"
    )
    return drafted


@pytest.mark.slow
def test_salvirt_is_drafted_sensibly():
    profile = check_draft(read_salvirt(), "Status").profile
    kinds = pd.Series([factor.kind for factor in profile.factors]).value_counts()
    assert kinds.to_dict() == {"category": 11, "yes_no": 9, "ordinal": 2}
    assert profile.win_rate == 0.507
    assert {factor.id for factor in profile.factors if factor.unanswered == "informative"} == {
        "purch_dept",
        "budgt_alloc",
    }
    assert not any("Unknown" in factor.values for factor in profile.factors)


@pytest.mark.slow
def test_ibm_is_drafted_sensibly():
    drafted = check_draft(read_ibm()[["Opportunity Number", "Opportunity Result", *IBM_HONEST]], "Opportunity Result")
    assert drafted.profile.factor("competitor_type").values == ("Known", "None")
    assert drafted.profile.factor("competitor_type").unanswered == "informative"
    assert drafted.profile.factor("client_size_by_revenue").kind == "count"
    assert drafted.mapping.columns["account_id"] == "Opportunity Number"


@pytest.mark.slow
def test_xeducation_is_drafted_sensibly():
    drafted = check_draft(read_xeducation().drop(columns=[*XEDUCATION_LATE]), "Converted")
    assert drafted.profile.factor("total_visits").kind == "count"
    assert drafted.profile.factor("page_views_per_visit").kind == "amount"
    assert drafted.profile.factor("specialization").unanswered == "informative"
    assert drafted.ignored["Lead Number"] == "is an identifier"
    assert drafted.ignored["Magazine"] == 'holds one value: "No"'
    assert drafted.mapping.columns["deal_id"] == "Prospect ID"
