"""Bodies are held in memory up to a bound, which is free again once they are read."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from icp_fit.serving.http.bodies import AT_ONCE, BodyReader
from icp_fit.serving.http.problems import Refusal

LIMIT = 100  # bytes


def build_request(*chunks: bytes, pause: float = 0.0, **headers: str) -> Request:
    """A request that sends its body in these chunks, waiting before the last."""
    left = list(chunks)

    async def receive() -> dict[str, Any]:
        if len(left) == 1:
            await asyncio.sleep(pause)
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    given = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {"type": "http", "headers": [(name.encode(), value.encode()) for name, value in given.items()]}
    return Request(scope, receive)


def read(reader: BodyReader, *requests: Request) -> list[Any]:
    async def act() -> list[Any]:
        return await asyncio.gather(*[reader.read(request) for request in requests], return_exceptions=True)

    return asyncio.run(act())


def test_chunks_of_a_body_are_joined() -> None:
    assert read(BodyReader(LIMIT, 1.0), build_request(b"{", b"}", b"")) == [b"{}"]


@pytest.mark.parametrize(("size", "status"), [(LIMIT, None), (LIMIT + 1, 413)])
def test_body_may_be_as_large_as_the_limit_whether_it_says_its_length_or_not(size: int, status: int | None) -> None:
    reader, body = BodyReader(LIMIT, 1.0), b" " * size
    for request in (build_request(body), build_request(body, content_length=str(size))):
        (found,) = read(reader, request)
        assert getattr(found, "status", None) == status


@pytest.mark.parametrize(("more", "status"), [(0, None), (1, 503)])
def test_bodies_at_once_are_bounded_together(more: int, status: int | None) -> None:
    reader = BodyReader(LIMIT, 5.0)
    requests = [build_request(b" " * LIMIT, b"", pause=0.1) for _ in range(AT_ONCE)]
    found = read(reader, *requests, *[build_request(b" ", b"", pause=0.1) for _ in range(more)])
    assert [getattr(one, "status", None) for one in found] == [None] * AT_ONCE + [status] * more
    assert read(reader, build_request(b"{}")) == [b"{}"]


def test_memory_of_a_body_that_does_not_end_is_free_again() -> None:
    reader = BodyReader(LIMIT, 0.05)
    for _ in range(AT_ONCE + 1):
        (found,) = read(reader, build_request(b" " * LIMIT, b"", pause=1.0))
        assert isinstance(found, Refusal)
        assert found.status == 408


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "application/json; charset=utf-8"}, None),
        ({"content_type": "text/json"}, 415),
        ({"content_encoding": "identity"}, None),
        ({"content_encoding": "gzip"}, 415),
    ],
)
def test_body_is_plain_json(headers: dict[str, str], status: int | None) -> None:
    (found,) = read(BodyReader(LIMIT, 1.0), build_request(b"{}", **headers))
    assert getattr(found, "status", None) == status
