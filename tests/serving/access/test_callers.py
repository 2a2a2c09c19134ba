"""Who is taken for whom: which header is a key, what is this machine, and what each is refused."""

import asyncio
import math
from datetime import UTC, datetime

import pytest
from starlette.requests import HTTPConnection

from icp_fit.serving.access.access import ANYBODY_HERE, FORWARDED, Access, Caller, is_local, key_text
from icp_fit.serving.access.keyring import FRESH
from icp_fit.serving.access.keys import Key
from icp_fit.serving.access.limits import RateLimit
from icp_fit.serving.access.roles import Act, Role
from icp_fit.serving.errors import StoreError
from icp_fit.serving.http.problems import Refusal

LOCAL = {"host": "localhost"}


class Ring:
    """A key ring of fixed keys, which notes how old a copy its callers believe."""

    def __init__(self, *keys: Key, down: bool = False) -> None:
        self._keys = {key.id: key for key in keys}
        self._down = down
        self.oldest: list[float] = []

    def _look(self, oldest: float) -> None:
        self.oldest.append(oldest)
        if self._down and oldest < math.inf:
            raise StoreError("gone")

    async def find(self, text: str, oldest: float = FRESH) -> Key | None:
        self._look(oldest)
        return self._keys.get(text)

    async def any(self, oldest: float = FRESH) -> bool:
        self._look(oldest)
        return bool(self._keys)


def key(role: Role) -> Key:
    return Key(role, f"the {role}", role, datetime.now(UTC), None, None)


def connect(client: str = "127.0.0.1", **headers: str) -> HTTPConnection:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "client": (client, 1) if client else None, "headers": raw})


def admit(ring: Ring, connection: HTTPConnection, act: Act = "predict", limit: RateLimit | None = None) -> Caller:
    access = Access(ring, limit or RateLimit(0, 1))  # type: ignore[arg-type]
    return asyncio.run(access.admit(connection, act))


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"authorization": "Bearer abc"}, "abc"),
        ({"authorization": "bearer  abc "}, "abc"),
        ({"authorization": "BEARER abc", "x_api_key": "other"}, "abc"),
        ({"authorization": "Basic abc"}, None),
        ({"authorization": "Basic abc", "x_api_key": " other "}, "other"),
        ({"authorization": "Bearer", "x_api_key": "other"}, "other"),
        ({"authorization": "Bearer  "}, None),
        ({"x_api_key": " "}, None),
        ({}, None),
    ],
    ids=str,
)
def test_key_is_read_from_either_header_and_bearer_comes_first(headers: dict[str, str], text: str | None) -> None:
    assert key_text(connect(**headers)) == text


@pytest.mark.parametrize("header", FORWARDED)
def test_request_that_came_by_a_proxy_is_from_elsewhere(header: str) -> None:
    assert is_local(connect(**LOCAL))
    assert not is_local(connect(**LOCAL, **{header.replace("-", "_"): "x"}))


@pytest.mark.parametrize(
    ("client", "local"),
    [("127.0.0.1", True), ("127.255.0.1", True), ("::1", True), ("", True), ("testclient", True), ("128.0.0.1", False),
     ("::2", False), ("0.0.0.0", False), ("somewhere", False)],
)  # fmt: skip
def test_this_machine_is_known_by_its_address(client: str, local: bool) -> None:
    assert is_local(connect(client, **LOCAL)) is local


@pytest.mark.parametrize(
    ("host", "local"),
    [("LOCALHOST:3000", True), ("127.0.0.1", True), ("[::1]:3000", True), ("[::1]", True), ("testserver", True),
     ("127.0.0.2", False), ("[::2]:3000", False), ("localhost.example", False), ("", False)],
)  # fmt: skip
def test_this_machine_is_known_by_the_name_that_is_asked_for(host: str, local: bool) -> None:
    assert is_local(connect(host=host)) is local


def test_key_is_the_caller() -> None:
    assert admit(Ring(key("score")), connect(x_api_key="score")) == Caller("score", "score", "the score")
    assert admit(Ring(key("score")), connect("10.0.0.7", x_api_key="score")).key_id == "score"


def test_anybody_on_this_machine_is_admin_while_there_are_no_keys() -> None:
    assert admit(Ring(), connect(**LOCAL), "metrics") == ANYBODY_HERE
    assert admit(Ring(), connect(**LOCAL, x_api_key="unknown")) == ANYBODY_HERE  # a key of another service


@pytest.mark.parametrize("headers", [{}, {"x_api_key": "unknown"}], ids=["no key", "an unknown key"])
def test_nobody_from_elsewhere_is_let_in_while_there_are_no_keys(headers: dict[str, str]) -> None:
    with pytest.raises(Refusal, match="only on its own machine") as caught:
        admit(Ring(), connect("10.0.0.7", **LOCAL, **headers))
    assert caught.value.status == 403


@pytest.mark.parametrize(("headers", "says"), [({}, "Send a key as"), ({"x_api_key": "unknown"}, "unknown or revoked")])
def test_this_machine_needs_a_key_too_once_there_is_one(headers: dict[str, str], says: str) -> None:
    with pytest.raises(Refusal, match=says) as caught:
        admit(Ring(key("admin")), connect(**LOCAL, **headers))
    assert caught.value.status == 401
    assert caught.value.headers["WWW-Authenticate"] == 'Bearer realm="icp-fit"'


def test_role_that_may_not_is_told_which_may() -> None:
    ring = Ring(key("score"), key("view"))
    with pytest.raises(Refusal, match=r"role score may not do this\. Use one with the role view or admin") as caught:
        admit(ring, connect(x_api_key="score"), "history")
    assert caught.value.status == 403
    assert admit(ring, connect(x_api_key="view"), "history").role == "view"


def test_request_that_may_not_does_not_count_against_the_limit() -> None:
    ring, limit = Ring(key("score")), RateLimit(1e-6, 1)
    with pytest.raises(Refusal, match="may not do this"):
        admit(ring, connect(x_api_key="score"), "history", limit)
    admit(ring, connect(x_api_key="score"), "predict", limit)
    with pytest.raises(Refusal, match="Too many requests with this key") as caught:
        admit(ring, connect(x_api_key="score"), "predict", limit)
    assert caught.value.status == 429


def test_each_key_has_a_limit_of_its_own_and_this_machine_has_one() -> None:
    ring, limit = Ring(key("score"), key("admin")), RateLimit(1e-6, 1)
    for name in ("score", "admin"):
        admit(ring, connect(x_api_key=name), "predict", limit)
    admit(Ring(), connect(**LOCAL), "predict", limit)
    with pytest.raises(Refusal, match="Too many requests from this machine"):
        admit(Ring(), connect(**LOCAL), "predict", limit)


def test_metrics_alone_are_told_by_old_keys_while_the_store_is_down() -> None:
    ring = Ring(key("admin"), down=True)
    assert admit(ring, connect(x_api_key="admin"), "metrics").role == "admin"
    assert ring.oldest == [FRESH, math.inf]
    with pytest.raises(StoreError, match="gone"):
        admit(Ring(key("admin"), down=True), connect(x_api_key="admin"), "model")
    with pytest.raises(Refusal, match="Send a key as"):
        admit(Ring(key("admin"), down=True), connect(**LOCAL), "metrics")


def test_whether_there_are_keys_is_asked_of_the_ring() -> None:
    for ring, there_are in ((Ring(), False), (Ring(key("view")), True)):
        assert asyncio.run(Access(ring, RateLimit(0, 1)).has_keys()) is there_are  # type: ignore[arg-type]
