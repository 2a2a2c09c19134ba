"""The door: every HTTP request comes in here before BentoML sees it, is counted, and leaves with security headers.

BentoML starts, configures and stops the service. Its own routes are never reached: their errors have shapes of their
own, and behind its router a request costs half as much again.
"""

import logging
import time
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from icp_fit.serving.http.problems import FAILED, Refusal
from icp_fit.serving.runtime import Runtime

ROUTE = "icp_fit.route"  # where a request's scope says which route answers it
OTHER = "other"
SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)

log = logging.getLogger("icp_fit.door")


class HttpMiddleware:
    """ASGI middleware that hands every HTTP request to `api`, and everything else to `app`."""

    def __init__(self, app: ASGIApp, api: ASGIApp) -> None:
        self.app = app
        self.api = api

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
            runtime = getattr(self.api, "state", None) and getattr(self.api.state, "runtime", None)  # type: ignore[attr-defined]
            if isinstance(runtime, Runtime):
                route = scope.get(ROUTE, OTHER)
                method = scope["method"] if route != OTHER else OTHER
                runtime.metrics.answered(method, route, status, time.perf_counter() - started)


def _secured(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with those for security that it does not set itself."""
    own = list(headers)
    names = {name.lower() for name, _ in own}
    return own + [header for header in SECURITY if header[0] not in names]


async def _failure(scope: Scope, receive: Receive, send: Send) -> None:
    await Refusal(500, FAILED).response()(scope, receive, send)
