"""Signing in takes a key that may view the pages, and leads back to where the visitor was."""

from icp_fit.serving.access.keys import Keys
from tests.support.page_client import Visitor, create_key, read_text
from tests.support.running_service import RunningService


def test_signing_in_takes_a_key_that_may_view(service_with_keys: tuple[RunningService, Keys]) -> None:
    service, keys = service_with_keys
    visitor = Visitor(service.url)
    assert visitor.get("/deals/x?a=1").headers["location"] == "/sign-in?next=%2Fdeals%2Fx%3Fa%3D1&ended=1"
    assert "unknown or has been revoked" in read_text(visitor.sign_in("icpfit_000000000000_wrong"))
    _, for_services = create_key(keys, "CRM", "score")
    assert "which is for services" in read_text(visitor.sign_in(for_services))
    key, text = create_key(keys, "Ana")
    answer = visitor.sign_in(text, "/about-model")
    cookie = answer.headers["set-cookie"]
    assert answer.headers["location"] == "/about-model"
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert text.split("_", 2)[2] not in cookie
    assert key.name in read_text(visitor.get("/"))
