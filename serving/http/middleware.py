"""Every HTTP request comes in here before BentoML sees it, is counted, and its response leaves with security headers.

BentoML starts, configures and stops the service. Its own routes are never reached: their errors have shapes of their
own, and behind its router a request costs half as much again.
"""

import logging
import time
from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from icp_fit.serving.http.latency import RequestLatency
from icp_fit.serving.http.problems import FAILED, Refusal

ROUTE = "icp_fit.route"  # where a request's scope says which route answers it
OTHER = "other"
SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)

log = logging.getLogger("icp_fit.http")


class HttpMiddleware:
    """ASGI middleware that hands every HTTP request to `api`, and everything else to `app`.

    `api.state.latency` counts what is answered.
    """

    def __init__(self, app: ASGIApp, api: Starlette) -> None:
        self.app = app
        self.api = api
        self._latency: RequestLatency = api.state.latency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def send_secured(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _secured(message.get("headers", ()))
            await send(message)

        try:
            await self.api(scope, receive, send_secured)
        except Exception:  # the edge of the service: nobody else would answer
            log.exception("A request failed.", extra={"event": "failed", "route": scope.get(ROUTE, OTHER)})
            if not status:
                await _failure(scope, receive, send_secured)
        finally:
            route = scope.get(ROUTE, OTHER)
            method = scope["method"] if route != OTHER else OTHER
            self._latency.observe(method, route, status, time.perf_counter() - started)


def _secured(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of a response with those for security that it does not set itself."""
    own = list(headers)
    names = {name.lower() for name, _ in own}
    return own + [header for header in SECURITY if header[0] not in names]


async def _failure(scope: Scope, receive: Receive, send: Send) -> None:
    await Refusal(500, FAILED).response()(scope, receive, send)
