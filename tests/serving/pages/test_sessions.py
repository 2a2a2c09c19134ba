"""Sessions end with their time, their key or a sign-out, and hold no key."""

from pathlib import Path

import httpx
from starlette.requests import Request

from icp_fit.serving.access.keys import Keys
from icp_fit.serving.pages.sessions import COOKIE, Session, Sessions, read_secret
from tests.support.page_client import PAGES, Visitor, create_key
from tests.support.running_service import RunningService, wait_for


def test_sign_out_ends_the_session(service_with_keys: tuple[RunningService, Keys]) -> None:
    service, keys = service_with_keys
    visitor = Visitor(service.url)
    visitor.sign_in(create_key(keys, "Ben")[1])
    assert visitor.get("/").status_code == 200
    visitor.send("/sign-out")
    assert visitor.get("/").status_code == 303


def test_revoked_key_ends_its_session_within_seconds(service_with_keys: tuple[RunningService, Keys]) -> None:
    service, keys = service_with_keys
    visitor, (key, text) = Visitor(service.url), create_key(keys, "Cleo")
    visitor.sign_in(text)
    assert visitor.get("/").status_code == 200
    keys.revoke(key.id)
    wait_for(lambda: visitor.get("/").status_code == 303, "the session to end", 6)


def test_cookie_that_was_tampered_with_is_no_session(service_with_keys: tuple[RunningService, Keys]) -> None:
    service, keys = service_with_keys
    visitor = Visitor(service.url)
    visitor.sign_in(create_key(keys, "Dev")[1])
    value = visitor.client.cookies[COOKIE]
    visitor.client.cookies.set(COOKIE, value[:-2] + ("AA" if value[-2:] != "AA" else "BB"), domain="127.0.0.1")
    answer = visitor.get("/", headers={"Cookie": f"{COOKIE}=e30.x.y"})
    assert answer.status_code == 303
    part = visitor.get("/", headers={"HX-Request": "true", "Cookie": f"{COOKIE}=e30.x.y"})
    assert part.status_code == 401
    assert part.headers["hx-redirect"].startswith("/sign-in?next=")


def test_session_ends_with_its_time() -> None:
    secret = b"s" * 32
    now, over = Sessions(secret), Sessions(secret, lifetime=-1)
    session = now.begin("abc")
    value = now._cookies.dumps([session.id, session.key_id])
    scope = {"type": "http", "headers": [(b"cookie", f"{COOKIE}={value}".encode())]}
    assert now.read(Request(scope)) == Session(session.id, "abc")
    assert over.read(Request(scope)) is None
    assert Sessions(b"t" * 32).read(Request(scope)) is None


def test_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    secret = read_secret(tmp_path)
    assert read_secret(tmp_path) == secret
    assert (tmp_path / "session.key").stat().st_mode & 0o777 == 0o600
    assert len(read_secret(Path("/dev/null/nowhere"))) == 32


def test_pages_never_hold_a_key(service_with_keys: tuple[RunningService, Keys]) -> None:
    service, keys = service_with_keys
    visitor, (_, text) = Visitor(service.url), create_key(keys, "Eve")
    visitor.sign_in(text)
    answers: list[httpx.Response] = [visitor.get(path) for path in PAGES]
    assert all(text.split("_", 2)[2] not in answer.text for answer in answers)
