"""Exports as people have them go through the import page: read rightly, or told with what to do."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from icp_fit.features.factors import Profile
from icp_fit.features.mapping import Mapping
from icp_fit.features.profile import read_profile
from icp_fit.models.fit import fit_nothing
from tests.support.cases import Case
from tests.support.champions import install_champion
from tests.support.page_client import Visitor, read_text
from tests.support.running_service import RunningService, build_settings, run_service

ALL_CLOSED = "400 deals can be scored, 0 of them open, 203 won and 197 lost"


@pytest.fixture(scope="module")
def cases_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningService, Path]]:
    folder = tmp_path_factory.mktemp("store")
    install_champion(folder, "7")
    with run_service(build_settings(folder)) as running:
        yield running, folder


@pytest.fixture
def case_visitor(cases_service: tuple[RunningService, Path]) -> Iterator[Visitor]:
    visitor = Visitor(cases_service[0].url)
    with visitor.client:
        yield visitor


def serve(cases_service: tuple[RunningService, Path], name: str, profile: Profile, mapping: Mapping) -> None:
    """Let a model of this profile answer, which keeps this mapping."""
    service, folder = cases_service
    install_champion(folder, name, fit_nothing(profile), mapping=mapping)
    service.runtime.champion.look()
    assert service.runtime.model.profile.digest == profile.digest


def import_file(visitor: Visitor, path: Path, mapping: str = "") -> httpx.Response:
    return visitor.send("/import", data={"mapping": mapping}, files={"deals": (path.name, path.read_bytes(), "x")})


@pytest.mark.parametrize(
    ("case", "texts"),
    [
        (Case("dates-dmon-text"), (ALL_CLOSED, "13 Nov, 2023 00:00:00 → is read as 13 Nov 2023")),
        (Case("dates-dmy-dash"), (ALL_CLOSED, "13-11-2023 → is read as 13 Nov 2023")),
        (Case("dates-excel-serial"), (ALL_CLOSED, "45243 → is read as 13 Nov 2023")),
        (Case("dates-few-prove-dmy"), (ALL_CLOSED, "01/09/2023 → is read as 1 Sep 2023")),
        (Case("dates-mdy-time"), (ALL_CLOSED, "04/07/2023 00:00 → is read as 7 Apr 2023")),
        (
            Case("few-accounts-shared-answers", outcome="stage"),
            ("6,000 deals can be scored, 0 of them open, 2,476 won and 3,524 lost",),
        ),
        (Case("free-text-huge"), (ALL_CLOSED, "0 rows cannot be used")),
        (Case("id-joined-caps"), (ALL_CLOSED, "1379 1045 1039")),
        (
            Case("iswon-with-open"),
            ("400 deals can be scored, 100 of them open, 152 won and 148 lost", "open, for the deal is not closed"),
        ),
        (Case("money-code-before"), (ALL_CLOSED, "USD 49,168.83 → is read as 49,168.83")),
        (Case("multi-picklist-few"), (ALL_CLOSED, "Features: SSO")),
        (
            Case("number-read-as-category"),
            (ALL_CLOSED, "USD 5,000.00 → is read as 5,000", "n.v. → is read as no answer"),
        ),
        (Case("percent-strings"), (ALL_CLOSED, "51% → is read as 51", "31.8 % → is read as 31.8")),
        (
            Case("repeated-header"),
            (ALL_CLOSED, "2 are no deals", "2 rows No deal: It repeats the header. rows 101, 202"),
        ),
        (
            Case("score-unseen-category", table="train.csv", scored="open.csv"),
            ("20 deals can be scored", "Segment: “Public” 9 rows Unanswered", "Public → is read as no answer"),
        ),
        (Case("sep-line"), (ALL_CLOSED,)),
        (Case("sf-report-footer", table="report.csv"), (ALL_CLOSED, "5 are no deals", "small print of a report")),
        (Case("title-rows"), (ALL_CLOSED, "The header of the table is in row 4")),
        (Case("xlsx-second-sheet", table="deals.xlsx"), (ALL_CLOSED, "The sheet Deals was read", "Summary")),
    ],
    ids=lambda value: value.folder if isinstance(value, Case) else "",
)
def test_export_is_read_as_it_is_meant(
    cases_service: tuple[RunningService, Path], case_visitor: Visitor, case: Case, texts: tuple[str, ...]
) -> None:
    draft = case.draft()
    serve(cases_service, case.folder, draft.profile, draft.mapping)
    read = import_file(case_visitor, case.file)
    assert read.status_code == 200
    text = read_text(read)
    assert [expected for expected in texts if expected not in text] == []
    assert "Before anything is scored" not in text
    assert "Download the scores" in read_text(case_visitor.send(f"{read.url.path}/score"))


@pytest.mark.parametrize(
    ("folder", "text"),
    [
        ("money-currency-column", "The column Currency names several currencies"),
        ("money-two-signs", "amount holds amounts in several currencies"),
    ],
)
def test_sums_in_several_currencies_are_not_scored(
    cases_service: tuple[RunningService, Path], case_visitor: Visitor, folder: str, text: str
) -> None:
    plain = Case("money-code-before").draft()
    serve(cases_service, folder, plain.profile, plain.mapping)
    read = import_file(case_visitor, Case(folder).file)
    assert text in read_text(read)
    assert case_visitor.send(f"{read.url.path}/score").status_code == 422


def test_stages_that_the_shipped_mapping_lacks_are_read_as_they_say(
    cases_service: tuple[RunningService, Path], case_visitor: Visitor
) -> None:
    serve(cases_service, "stages", read_profile("liferay"), Mapping())
    read = import_file(case_visitor, Case("shipped-mapping-many-stages").file, "salesforce")
    text = read_text(read)
    assert "2,000 deals can be scored, 191 of them open, 465 won and 1,344 lost" in text
    assert text.count("as it says itself") == 3


def test_export_of_closed_deals_adds_none_to_the_list(tmp_path: Path) -> None:
    case = Case("iswon-with-open")
    draft = case.draft()
    install_champion(tmp_path, "7", fit_nothing(draft.profile), mapping=draft.mapping)
    with run_service(build_settings(tmp_path)) as service:
        visitor = Visitor(service.url)
        with visitor.client:
            read = import_file(visitor, case.file)
            assert "Download the scores" in read_text(visitor.send(f"{read.url.path}/score"))
            assert service.runtime.store.count_open() == 100
