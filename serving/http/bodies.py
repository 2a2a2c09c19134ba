"""Bodies of requests: read within a size and a time, and parsed as JSON that says one thing only."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from starlette.requests import Request

from icp_fit.serving.http.problems import Refusal, refuse_temporarily

JSON, CSV = "application/json", "text/csv"
# Bodies that may be in memory at once, as a multiple of the largest one.
AT_ONCE = 16


class BodyReader:
    """Reads bodies of up to `limit` bytes within `timeout` seconds, not too many of them at once."""

    def __init__(self, limit: int, timeout: float) -> None:
        self._limit = limit
        self._timeout = timeout
        self._held = 0

    async def read(self, request: Request, most: int | None = None, kinds: Sequence[str] = (JSON,)) -> bytes:
        """The body of a request; raises Refusal for one that is too large, does not end, or is of no known kind.

        `most` is in bytes, for a route that takes less than others; `kinds` are the media types that it takes.
        """
        limit = self._limit if most is None else min(most, self._limit)
        self._check_headers(request, limit, kinds)
        return await self._receive(request, limit)

    def _check_headers(self, request: Request, limit: int, kinds: Sequence[str]) -> None:
        kind = media_type(request)
        if kind not in kinds:
            got = f"`{kind[:100]}`" if kind else "nothing"
            named = " or ".join(("JSON" if known == JSON else "CSV") for known in kinds)
            raise Refusal(415, f"`Content-Type` must be {' or '.join(kinds)}, got {got}. Send {named} and say so.")
        encoding = request.headers.get("content-encoding", "identity").strip().lower()
        if encoding != "identity":
            raise Refusal(415, f"`Content-Encoding` must be left out, got `{encoding[:100]}`. Send the body plain.")
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > limit:
            raise _too_large(limit)

    async def _receive(self, request: Request, limit: int) -> bytes:
        chunks: list[bytes] = []
        size = 0
        with self._hold() as hold:
            try:
                async with asyncio.timeout(self._timeout):
                    while True:
                        message = await request.receive()
                        if message["type"] == "http.disconnect":
                            raise Refusal(400, "The connection was closed before the body was whole. Send it again.")
                        chunk = message.get("body", b"")
                        chunks.append(chunk)
                        size += len(chunk)
                        if size > limit:
                            raise _too_large(limit)
                        hold(len(chunk))
                        if not message.get("more_body", False):
                            break
            except TimeoutError:
                detail = f"The body must arrive within {self._timeout:g} seconds. Send it again, at once."
                raise Refusal(408, detail, headers={"Connection": "close"}) from None
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    @contextmanager
    def _hold(self) -> Iterator[Any]:
        """Count bytes in memory until the body is read."""
        held = 0

        def hold(size: int) -> None:
            nonlocal held
            if self._held + size > AT_ONCE * self._limit:
                raise refuse_temporarily("Too many large requests arrive at once. Try again in a few seconds.", 5)
            held += size
            self._held += size

        try:
            yield hold
        finally:
            self._held -= held


def _too_large(limit: int) -> Refusal:
    detail = f"The body must be of at most {limit:,} bytes here. Send less in a request."
    return Refusal(413, detail, headers={"Connection": "close"})


def media_type(request: Request) -> str:
    """What kind of body a request says that it sends, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def parse_json(body: bytes) -> Any:
    """A JSON value in UTF-8; no key twice in an object, no NaN or infinity."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        where = f"got byte {body[error.start]:#04x} at {error.start:,}"
        raise Refusal(400, f"The body must be UTF-8, {where}. Encode it so.") from None
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        if text.startswith("\ufeff"):
            raise Refusal(400, "The body begins with a byte order mark. Send UTF-8 without one.") from None
        where = f"line {error.lineno:,}, column {error.colno:,}"
        raise Refusal(400, f"The body must be JSON: {error.msg} at {where}.") from None
    except RecursionError:
        raise Refusal(400, "The body is nested too deeply. Send the answers of a deal as one flat object.") from None
    except ValueError:  # a whole number of thousands of digits
        raise Refusal(400, "The body holds a number that is too long. Send at most 300 digits.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise Refusal(400, f"`{twice[:100]}` is twice in one object. Send it once.")
    return read


def _constant(name: str) -> NoReturn:
    raise Refusal(400, f"`{name}` is not JSON. Send null where an answer is unknown.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
