"""A body is read up to its limit, and all bodies that are read at once up to theirs."""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.requests import Request
from starlette.types import Message

from icp_fit.serving.http.bodies import AT_ONCE, BodyReader, parse_json
from icp_fit.serving.http.problems import Refusal

LIMIT = 10
NEVER = b"..."  # a part that does not arrive


def build_request(parts: Iterable[bytes], **headers: str) -> Request:
    """A request for JSON whose body comes in these parts."""
    named = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    waiting = list(parts)

    async def receive() -> Message:
        if not waiting:
            return {"type": "http.disconnect"}
        part = waiting.pop(0)
        if part is NEVER:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": part, "more_body": bool(waiting) or part == b"more"}

    return Request({"type": "http", "headers": raw}, receive)


def read(request: Request, most: int | None = None, reader: BodyReader | None = None) -> bytes:
    return asyncio.run((reader or BodyReader(LIMIT, 60.0)).read(request, most))


def refuse(request: Request, most: int | None = None, timeout: float = 60.0) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read(request, most, BodyReader(LIMIT, timeout))
    return caught.value


@pytest.mark.parametrize("parts", [[b"x" * LIMIT], [b"x" * 4, b"x" * 6], [b""]], ids=["whole", "in parts", "empty"])
def test_body_of_as_many_bytes_as_the_limit_is_read(parts: list[bytes]) -> None:
    assert read(build_request(parts)) == b"".join(parts)


@pytest.mark.parametrize("parts", [[b"x" * (LIMIT + 1)], [b"x" * 5, b"x" * 6]], ids=["whole", "in parts"])
def test_body_of_one_byte_more_is_refused(parts: list[bytes]) -> None:
    assert refuse(build_request(parts)).status == 413


@pytest.mark.parametrize(("length", "refused"), [("10", False), ("11", True), ("9" * 30, True), ("x", False)])
def test_body_that_says_that_it_is_larger_is_refused_unread(length: str, refused: bool) -> None:
    request = build_request([b"x"], content_length=length)
    if refused:
        assert refuse(request).status == 413
    else:
        assert read(request) == b"x"


@pytest.mark.parametrize(("most", "size"), [(4, 4), (LIMIT, LIMIT), (LIMIT + 5, LIMIT)], ids=["less", "same", "more"])
def test_route_may_take_less_than_others_and_never_more(most: int, size: int) -> None:
    assert len(read(build_request([b"x" * size]), most)) == size
    refusal = refuse(build_request([b"x" * (size + 1)]), most)
    assert (refusal.status, f"at most {size} bytes" in refusal.detail) == (413, True)


@pytest.mark.parametrize(
    ("media_type", "read_as_json"),
    [("application/json", True), ("Application/JSON; charset=utf-8", True), ("application/jsonp", False), ("", False)],
)
def test_media_type_is_json_whatever_its_letters_and_parameters(media_type: str, read_as_json: bool) -> None:
    request = build_request([b"{}"], content_type=media_type)
    if read_as_json:
        assert read(request) == b"{}"
    else:
        assert refuse(request).status == 415


@pytest.mark.parametrize(("encoding", "plain"), [("identity", True), ("Identity", True), ("gzip", False), ("", False)])
def test_body_must_be_plain(encoding: str, plain: bool) -> None:
    request = build_request([b"{}"], content_encoding=encoding)
    if plain:
        assert read(request) == b"{}"
    else:
        assert refuse(request).status == 415


def test_body_that_does_not_end_is_refused_in_time() -> None:
    refusal = refuse(build_request([b"x", NEVER]), timeout=0.01)
    assert (refusal.status, refusal.headers) == (408, {"Connection": "close"})


def test_body_that_breaks_off_is_refused() -> None:
    assert refuse(build_request([b"more"])).status == 400


@pytest.mark.parametrize(("waiting", "refused"), [(AT_ONCE - 1, False), (AT_ONCE, True)])
def test_bodies_in_memory_at_once_are_bounded_and_make_room_again(waiting: int, refused: bool) -> None:
    async def act() -> None:
        reader = BodyReader(LIMIT, 60.0)
        full = [asyncio.create_task(reader.read(build_request([b"x" * LIMIT, NEVER]))) for _ in range(waiting)]
        await asyncio.sleep(0)
        if refused:
            with pytest.raises(Refusal, match="Too many large requests") as caught:
                await reader.read(build_request([b"x" * LIMIT]))
            assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "5"})
        else:
            assert await reader.read(build_request([b"x" * LIMIT])) == b"x" * LIMIT
        for task in full:
            task.cancel()
        await asyncio.gather(*full, return_exceptions=True)
        assert await reader.read(build_request([b"x" * LIMIT])) == b"x" * LIMIT

    asyncio.run(act())


def test_refused_body_leaves_no_room_taken() -> None:
    async def act() -> None:
        reader = BodyReader(LIMIT, 60.0)
        for _ in range(2 * AT_ONCE):
            with pytest.raises(Refusal):
                await reader.read(build_request([b"x" * LIMIT, b"x"]))
        assert await reader.read(build_request([b"x" * LIMIT])) == b"x" * LIMIT

    asyncio.run(act())


@pytest.mark.parametrize("body", [b'{"a": 1, "b": {"a": 2}}', b"[null, 1e300, -0.5]", b'"\xc3\xbc"', b"9" * 300])
def test_json_that_says_one_thing_is_read(body: bytes) -> None:
    parse_json(body)


@pytest.mark.parametrize("body", [b'{"a": 1, "a": 1}', b"NaN", b"Infinity", b'"\xfc"', b"9" * 5000, b"[" * 100_000])
def test_json_that_says_two_things_or_none_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        parse_json(body)
    assert caught.value.status == 400
