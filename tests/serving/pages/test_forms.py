"""Forms are read within a size, and refused where a page of another site sent them."""

import pytest

from tests.support.page_client import Visitor, latest_prediction, read_text
from tests.support.running_service import RunningService


@pytest.mark.parametrize("path", ["/answer/D-1", "/override/D-1", "/rescore/D-1", "/new", "/import", "/sign-out"])
def test_forms_of_other_pages_are_refused(service: RunningService, visitor: Visitor, path: str) -> None:
    other = Visitor(service.url)
    before = latest_prediction(service, "D-1")
    for token in ("", "forged", other.token):
        visitor.get("/")
        answer = visitor.client.post(path, data={"token": token, "factor": "systems", "answer": "3"})
        assert answer.status_code == 403
    elsewhere = visitor.send(path, data={"factor": "systems"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    assert latest_prediction(service, "D-1") == before


def test_form_that_is_too_large_is_refused(visitor: Visitor) -> None:
    answer = visitor.send("/new", data={"name": "x" * 300_000})
    assert answer.status_code == 413
    assert "too large" in read_text(answer)
