from dataclasses import replace

import pandas as pd
import pytest

from icp_fit.features.currency_rates import CurrencyRates
from icp_fit.features.deals import read_deals
from icp_fit.features.documents import shipped_names
from icp_fit.features.errors import DealsError, MappingError
from icp_fit.features.mapping import (
    DEAL_COLUMNS,
    Mapping,
    check_mapping,
    parse_mapping,
    read_mapping,
    write_mapping,
)
from icp_fit.features.outcomes import Outcomes
from icp_fit.features.profile import read_profile
from tests.support.raw_deals import PROFILE

EXPORTS = {
    "salesforce": {
        "Id": ["0061", "0062", "0063"],
        "AccountId": ["001A", "001B", "001A"],
        "CreatedDate": ["2026-01-05T09:30:00.000Z"] * 3,
        "CloseDate": ["2026-03-01", "2026-03-02", "2026-12-31"],
        "StageName": ["Closed Won", "Closed Lost", "Negotiation/Review"],
        "Amount": ["120000", "5000.5", ""],
        "Portal__c": ["true", "false", ""],
        "Integrations__c": ["3", "0", ""],
        "Security__c": ["high", "--None--", ""],
    },
    "hubspot": {
        "hs_object_id": ["61", "62", "63"],
        "associatedcompanyid": ["1", "2", "1"],
        "createdate": ["2026-01-05 09:30"] * 3,
        "closedate": ["2026-03-01 00:00", "2026-03-02 12:00", "2026-12-31 00:00"],
        "dealstage": ["closedwon", "closedlost", "contractsent"],
        "amount": ["120000", "5000.5", ""],
        "portal": ["Yes", "No", ""],
        "integrations": ["3", "0", ""],
        "security": ["high", "", ""],
    },
    "salesforce, labels of a report": {
        "Opportunity ID": ["0061", "0062", "0063"],
        "Account Name": ["Acme", "Beta", "Acme"],
        "Created Date": ["2026-01-05"] * 3,
        "Close Date": ["2026-03-01", "2026-03-02", "2026-12-31"],
        "Stage": ["Closed Won", "Closed Lost", "Prospecting"],
        "Amount": ["120,000.00", "5,000.50", ""],
        "Partner Portal": ["1", "0", ""],
        "Integrations": ["3", "0", ""],
        "Security": ["high", "", ""],
    },
}


@pytest.mark.parametrize("crm", EXPORTS)
def test_a_shipped_mapping_reads_an_export_of_its_crm(crm: str):
    deals = read_deals(pd.DataFrame(EXPORTS[crm]), PROFILE, read_mapping(crm.partition(",")[0]), max_rejected=0)
    assert deals.table["outcome"].fillna("open").tolist() == ["won", "lost", "open"]
    assert deals.table["amount"].fillna(-1).tolist() == [120000, 5000.5, -1]
    assert deals.table["portal"].tolist() == [True, False, pd.NA]
    assert deals.table["integrations"].fillna(-1).tolist() == [3, 0, -1]
    assert deals.table["account_id"].nunique() == 2
    assert deals.ignored == ()
    assert deals.absent == ("region",)


@pytest.mark.parametrize("crm", shipped_names("mappings"))
def test_a_shipped_mapping_gives_every_column_a_name_of_its_own(crm: str):
    profile = read_profile("liferay")
    names = read_mapping(crm).rename(profile)
    assert set(names) == {*DEAL_COLUMNS, *profile.factor_ids}
    assert len({name.casefold() for name in names.values()}) == len(names)
    assert check_mapping(read_mapping(crm), profile)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{Snake_Case}__c", "Api_Access__c"),
        ("{snake_case}", "api_access"),
        ("icp {camelCase}", "icp apiAccess"),
        ("{PascalCase}", "ApiAccess"),
        ("", "api_access"),
    ],
)
def test_a_factor_is_named_by_the_pattern(pattern: str, name: str):
    assert Mapping(factor_column=pattern).names("api_access") == (name,)


def test_spellings_are_the_words_to_write_an_export_with():
    mapping = Mapping(values={"security": {"Tier 1": "high", "Tier One": "high", "none": ""}})
    assert mapping.spellings("security") == {"high": "Tier 1", "": "none"}
    assert read_mapping("salesforce").spellings("outcome") == {
        "won": "Closed Won",
        "lost": "Closed Lost",
        "": "Prospecting",
    }


@pytest.mark.parametrize("dtype", ["str", object, "category"])
def test_outcomes_are_understood_without_a_mapping(dtype: object):
    words = pd.Series(["won", "Closed Won", "1", "TRUE", "yes", "lost", "closed_lost", "0", "False", "no", "", "Open"])
    assert Outcomes().read(words.astype(dtype))[0].fillna("open").tolist() == ["won"] * 5 + ["lost"] * 5 + ["open"] * 2


def test_outcomes_may_be_numbers_or_booleans():
    assert Outcomes().read(pd.Series([1.0, 0.0, None]))[0].fillna("open").tolist() == ["won", "lost", "open"]
    assert Outcomes().read(pd.Series([True, False]))[0].tolist() == ["won", "lost"]


def test_an_outcome_that_nobody_mapped_is_named_with_the_remedy():
    with pytest.raises(
        DealsError,
        match=r'(?s)`stage` must say won or lost .*got "Signed" \(1\), "Churned" \(1\) in 2 of 3 rows\..*\[outcome\]',
    ):
        Outcomes().read(pd.Series(["Signed", "won", "Churned"], name="stage"))


def test_a_mapping_is_read_back_as_it_was_written():
    mapping = Mapping(
        columns={"deal_id": "Nr", "amount": ("Sum", "Total")},
        factor_column="{PascalCase}",
        values={"security": {"Tier 1": "high"}},
        outcome=Outcomes(won=("Signed",)),
        unanswered=("", "?"),
        date_format="%d.%m.%Y",
        decimal=",",
    )
    assert parse_mapping(write_mapping(mapping)) == mapping
    assert write_mapping(Mapping()) == ""


def test_a_mapping_may_extend_a_shipped_one():
    mapping = parse_mapping(
        'extends = "salesforce"\ndate_format = "iso"\n'
        '[columns]\nsecurity = "Need__c"\n[outcome]\nlost = ["Disqualified"]\nwon = ["Prospecting"]\n'
    )
    base = read_mapping("salesforce")
    assert mapping.columns == base.columns | {"security": "Need__c"}
    assert mapping.outcome == Outcomes(("Closed Won", "Prospecting"), ("Closed Lost", "Disqualified"), ("*",))
    assert (mapping.factor_column, mapping.date_format) == (base.factor_column, "iso")
    assert parse_mapping(write_mapping(mapping)) == mapping, "what is written stands by itself"


def test_a_mapping_extends_none_but_shipped_ones():
    with pytest.raises(MappingError, match=r'`extends` must name a shipped mapping, "hubspot", "salesforce", got'):
        parse_mapping('extends = "/etc/other.toml"')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("columns = [", "map.toml is not valid TOML"),
        ("[colums]\ndeal_id = 'x'", "`colums`: is not a known key"),
        ("[columns]\ndeal_id = 5", r"`columns.deal_id`: input should be a valid string, got 5"),
        ("decimal = ';'", "`decimal`: input should be"),
        ("decimal = {amount = ';'}", "`decimal.amount`: input should be"),
        ("date_format = 'DD/MM/YYYY'", 'must be as in strptime, such as "%d/%m/%Y", or one of "iso"'),
        ("[outcome]\nwon = ['Signed']\nlost = ['signed']", 'gives two meanings to "signed"'),
        ("[outcome]\nwon = []", "at least one word"),
        ("factor_column = 'custom__c'", "must spell the id of a factor"),
    ],
)
def test_a_malformed_mapping_is_refused(text: str, message: str):
    with pytest.raises(MappingError, match=message):
        parse_mapping(text, where="map.toml")


def test_a_mapping_must_speak_of_the_profile():
    with pytest.raises(MappingError, match=r"names `integration`, neither .* Did you mean `integrations`\?"):
        check_mapping(Mapping(columns={"integration": "x"}), PROFILE)
    with pytest.raises(MappingError, match=r'turns "Tier 1" into "top".*Use one of "low", "medium", "high"'):
        check_mapping(Mapping(values={"security": {"Tier 1": "top"}}), PROFILE)


def test_a_mapping_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(MappingError, match=r"`dynamics` is neither a file nor one of .*hubspot, salesforce"):
        read_mapping("dynamics")


def test_formats_may_be_given_by_column():
    mapping = parse_mapping('date_format = {closed_on = "%d.%m.%Y", CreateDate = "excel"}\ndecimal = {amount = ","}')
    mapping = replace(mapping, columns={"created_on": "CreateDate"})
    assert (mapping.date_format_of("closed_on"), mapping.date_format_of("created_on")) == ("%d.%m.%Y", "excel")
    assert (mapping.decimal_of("amount"), mapping.decimal_of("integrations")) == (",", None)
    assert parse_mapping(write_mapping(mapping)) == mapping


@pytest.mark.parametrize(
    "mapping", [Mapping(decimal={"amout": ","}), Mapping(currency=CurrencyRates("EUR", amounts=("amout",)))]
)
def test_formats_of_factors_that_are_none_are_refused(mapping: Mapping):
    with pytest.raises(MappingError, match=r"names `amout`, no factor of profile `small`. Did you mean `amount`\?"):
        check_mapping(mapping, PROFILE)
