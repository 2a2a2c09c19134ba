"""Every request is counted and leaves with security headers, whatever happens to it."""

import asyncio
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from icp_fit.serving.http.latency import SECONDS, RequestLatency
from icp_fit.serving.http.middleware import ROUTE, SECURITY, HttpMiddleware
from icp_fit.serving.http.problems import FAILED


async def greet(request: Request) -> Response:
    request.scope[ROUTE] = "/greet"
    return PlainTextResponse("hello", headers={"Cache-Control": "max-age=60"})


async def break_late(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ZeroDivisionError


async def break_early(request: Request) -> Response:
    raise ZeroDivisionError


@pytest.fixture
def api() -> Starlette:
    api = Starlette(routes=[Route("/greet", greet), Route("/early", break_early)])
    api.mount("/late", break_late)
    api.state.latency = RequestLatency()
    return api


def get(api: Starlette, path: str) -> httpx.Response:
    """The response to a request that comes in by the middleware."""

    async def act() -> httpx.Response:
        transport = httpx.ASGITransport(HttpMiddleware(Starlette(), api=api), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path)

    return asyncio.run(act())


def count(api: Starlette) -> list[str]:
    """The counts of requests as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(api.state.latency)
    lines = generate_latest(registry).decode().splitlines()
    return [line for line in lines if line.startswith("icp_fit_request_seconds_count")]


def test_request_is_counted_by_method_route_and_status(api: Starlette) -> None:
    for path in ("/greet", "/greet", "/nothing"):
        get(api, path)
    assert count(api) == [
        'icp_fit_request_seconds_count{method="GET",route="/greet",status="200"} 2.0',
        'icp_fit_request_seconds_count{method="other",route="other",status="404"} 1.0',
    ]


def test_response_gets_the_security_headers_that_it_does_not_set_itself(api: Starlette) -> None:
    headers = get(api, "/greet").headers
    expected = {name.decode(): value.decode() for name, value in SECURITY} | {"cache-control": "max-age=60"}
    assert {name: headers.get_list(name) for name in expected} == {name: [value] for name, value in expected.items()}


def test_failure_is_a_problem_logged_with_its_route_and_counted(
    api: Starlette, caplog: pytest.LogCaptureFixture
) -> None:
    answer = get(api, "/early")
    assert (answer.status_code, answer.text.count("500")) == (500, 0)
    assert [record.name for record in caplog.records if record.levelname == "ERROR"] == ["icp_fit.http"]
    assert count(api) == ['icp_fit_request_seconds_count{method="other",route="other",status="500"} 1.0']


def test_failure_before_any_response_is_answered_and_one_after_it_began_is_not(api: Starlette) -> None:
    async def ask(app: Any) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/"}
        await HttpMiddleware(Starlette(), api=app)(scope, None, send)  # type: ignore[arg-type]
        return sent

    async def break_at_once(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    for app in (break_at_once, break_late):
        app.state = api.state  # type: ignore[attr-defined]
    early, late = asyncio.run(ask(break_at_once)), asyncio.run(ask(break_late))
    assert [message.get("status") for message in early] == [500, None]
    assert FAILED.encode() in early[1]["body"]
    assert [message.get("status") for message in late] == [200]


def test_what_is_no_request_goes_to_the_application_behind(api: Starlette) -> None:
    seen: list[str] = []

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    asyncio.run(HttpMiddleware(behind, api=api)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert (seen, count(api)) == (["lifespan"], [])


@pytest.mark.parametrize(
    ("seconds", "bucket"), [(0.0, 0), (SECONDS[0], 0), (SECONDS[0] + 1e-9, 1), (SECONDS[-1], -2), (60.0, -1)]
)
def test_request_is_counted_in_the_bucket_that_ends_at_its_time_or_later(seconds: float, bucket: int) -> None:
    latency = RequestLatency()
    latency.observe("GET", "/", 200, seconds)
    (histogram,) = latency._times.values()
    assert [place for place, count in enumerate(histogram.counts) if count] == [bucket % len(histogram.counts)]
    assert histogram.buckets()[-1] == ("+Inf", 1)
