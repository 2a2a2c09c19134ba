"""A browser gets a page for a wrong address, a service gets a problem."""

from tests.support.page_client import read_text
from tests.support.running_service import RunningService


def test_wrong_address_is_a_page_for_a_browser_and_a_problem_for_a_service(service: RunningService) -> None:
    page = service.get("/dealz", headers={"accept": "text/html,application/xhtml+xml"})
    assert page.status_code == 404
    assert "There is no page at this address" in read_text(page)
    problem = service.get("/dealz", headers={"accept": "*/*"})
    assert problem.headers["content-type"] == "application/problem+json"
    assert service.get("/predict", headers={"accept": "text/html"}).status_code == 404
