"""A question of many choices is a field to type in: completed, checked by the service, and never a long list."""

from collections.abc import Iterator

import pytest

from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.models.fit import fit_nothing
from tests.support.champions import install_champion
from tests.support.page_client import Visitor, latest_prediction, read_text
from tests.support.running_service import RunningService, build_settings, run_service

COUNTRIES = tuple(f"Country {number}" for number in range(200))
MANAGERS = tuple(f"manager_{number}" for number in range(5_000))
FACTORS = (
    Factor("country", "category", "Country", "Where?", values=COUNTRIES),
    Factor("manager", "category", "Manager", "Who?", values=MANAGERS),
)
PROFILE = Profile("many", "1", "Many", "For tests.", 0.4, (Dimension("deal", "Deal", "The deal.", FACTORS),))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("store")
    install_champion(folder, "7", fit_nothing(PROFILE))
    with run_service(build_settings(folder)) as running:
        running.post("/explain", {"deal_id": "D-1", "answers": {"country": "Country 7"}})
        yield running


@pytest.mark.parametrize("path", ["/new", "/deals/D-1", "/what-if/D-1"])
def test_many_choices_are_typed_and_the_page_stays_small(visitor: Visitor, path: str) -> None:
    page = visitor.get(path).text
    assert '<option value="Country 199">' in page
    assert "manager 4999" not in page
    assert "<select" not in page
    assert len(page) < 100_000


def test_service_finds_the_choices_that_are_too_many_for_a_page(visitor: Visitor) -> None:
    found = visitor.get("/choices/manager", params={"answer.manager": "Manager 499"})
    assert found.text.count("<option") == 11  # 499 and 4990 to 4999
    assert '<option value="manager 4999">' in found.text
    assert visitor.get("/choices/manager", params={"answer": "nobody"}).text.strip() == ""
    assert visitor.get("/choices/shoe").status_code == 404


def test_what_is_typed_is_checked_and_what_was_meant_is_asked(service: RunningService, visitor: Visitor) -> None:
    wrong = visitor.send("/new", data={"answer.country": "Contry 12"})
    assert wrong.status_code == 422
    assert "Country cannot be “Contry 12”. Did you mean Country 12?" in read_text(wrong)
    assert 'value="Contry 12"' in wrong.text
    visitor.send("/new", data={"deal_id": "C-1", "answer.country": "country 12", "answer.manager": "manager 4999"})
    assert latest_prediction(service, "C-1")["answers"] == {"country": "Country 12", "manager": "manager_4999"}


def test_answer_is_changed_on_the_page_of_its_deal_and_tried_in_a_what_if(
    service: RunningService, visitor: Visitor
) -> None:
    tried = visitor.send("/what-if/D-1", data={"answer.country": "Country 8"})
    assert tried.status_code == 200
    visitor.send("/answer/D-1", data={"factor": "country", "answer": "Country 9"})
    assert latest_prediction(service, "D-1")["answers"] == {"country": "Country 9"}
    refused = visitor.send("/answer/D-1", data={"factor": "country", "answer": "Contry 9"})
    assert "Did you mean Country 9?" in read_text(refused)
