"""Connections: bounded in number, and each request in the time and the bytes that its head and its body may take.

uvicorn waits for a request as long as it takes, so that whoever opens connections and says little could hold them all.
"""

import asyncio
import json
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from icp_fit.serving.http.problems import MEDIA_TYPE, Refusal

MOST = 4_000  # connections at once
MOST_HEAD = 64 * 1024  # bytes until a request's headers are complete
SECONDS = 40.0  # until a request is whole; what is read as a body has a shorter time of its own (`serving.http.bodies`)
LOOK = 1.0  # seconds between looks for what took longer


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with an end to its patience; `close_late` must be called now and then."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._began: float | None = self.loop.time()
        self._head = 0
        super().connection_made(transport)
        if len(self.connections) > MOST:
            self._refuse(Refusal(503, f"There are {MOST:,} connections already. Use those that you have."))

    def data_received(self, data: bytes) -> None:
        if self._head >= 0:
            self._head += len(data)
        super().data_received(data)
        if self._head > MOST_HEAD and not self.transport.is_closing():
            self._refuse(Refusal(431, f"The head of a request must be of at most {MOST_HEAD:,} bytes."))

    def on_message_begin(self) -> None:
        self._began = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head = -1  # what follows is no head
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._began, self._head = None, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(Refusal(400, f"{msg} Send HTTP/1.1."))

    def is_late(self, now: float) -> bool:
        return self._began is not None and now - self._began > SECONDS

    def abort(self) -> None:
        self.transport.abort()

    def _refuse(self, refusal: Refusal) -> None:
        """Say what is wrong, unless an answer is on its way, and hang up."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_raw(refusal))
        self.transport.close()


async def close_late(connections: set[Any]) -> None:
    """Close, once a second, the connections whose requests take too long to arrive."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(LOOK)
        now = loop.time()
        for connection in list(connections):
            if isinstance(connection, PatientProtocol) and connection.is_late(now):
                connection.abort()


def _raw(refusal: Refusal) -> bytes:
    body = json.dumps(refusal.to_dict())
    head = f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
    return f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n{body}".encode()
