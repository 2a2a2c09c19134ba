"""Inputs as people have them, from a folder beside the checkout: each is drafted, and then read without a loss."""

import pytest

from icp_fit.features.deals import read_deals
from icp_fit.features.drafting.draft import Draft, draft_profile
from icp_fit.features.sources.opening import open_source
from tests.support.checkout import SHARED

CASES = SHARED / "cases"
BASE = {"segment": "category", "lead_source": "category"}
SUM = {"amount": "amount"}
# What each becomes beside segment and source.
FACTORS: dict[str, dict[str, str]] = {
    "dates-dmon-text": SUM,
    "dates-dmy-dash": SUM,
    "dates-excel-serial": SUM,
    "dates-few-prove-dmy": SUM,
    "dates-mdy-time": SUM,
    "free-text-huge": SUM,
    "id-joined-caps": SUM,
    "iswon-with-open": SUM,
    "money-code-before": SUM,
    "money-currency-column": {"currency": "category"},
    "money-two-signs": {},
    "multi-picklist-few": SUM | dict.fromkeys(("features_sso", "features_mobile", "features_audit"), "yes_no"),
    "number-read-as-category": SUM | {"discount": "amount", "employees": "count"},
    "percent-strings": SUM | {"discount": "amount", "margin": "amount"},
    "repeated-header": SUM,
    "sep-line": SUM,
    "sf-report-footer": SUM,
    "title-rows": SUM,
    "xlsx-second-sheet": SUM,
}
NO_CREATED = {"dates-few-prove-dmy"}


def draft_case(name: str) -> tuple[str, Draft]:
    """The file of a case and its draft; the test is skipped where the folder is absent."""
    files = [path for path in sorted((CASES / name).glob("*")) if path.suffix in (".csv", ".xlsx")]
    if not files:
        pytest.skip(f"needs the shared case {name}")
    outcome = "IsWon" if name.startswith("iswon") else "Stage"
    return str(files[0]), draft_profile(open_source(files[0]).table().cells, outcome, still_open=["*"])


@pytest.mark.parametrize("name", FACTORS)
def test_a_case_is_drafted_and_read_without_a_loss(name: str):
    path, drafted = draft_case(name)
    assert {factor.id: factor.kind for factor in drafted.profile.factors} == BASE | FACTORS[name]
    assert drafted.mapping.columns["deal_id"] == ("LEADID" if name == "id-joined-caps" else "Opportunity ID")
    assert "closed_on" in drafted.mapping.columns
    assert ("created_on" in drafted.mapping.columns) == (name not in NO_CREATED)
    deals = read_deals(path, drafted.profile, drafted.mapping, max_rejected=0)
    assert len(deals.table) == 400
    assert deals.won.isna().sum() == (100 if name == "iswon-with-open" else 0)
