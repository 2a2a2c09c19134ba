"""The HTTP API: its routes, each with the role that it takes, as a Starlette application.

Every score is stored before it is sent (`serving.scoring.scorer`). What goes wrong is answered with problem details
(`serving.http.problems`).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from icp_fit.serving.access.access import ANYBODY_HERE, Caller
from icp_fit.serving.access.roles import Act
from icp_fit.serving.api import about, deals, scores
from icp_fit.serving.api.document import CachedDocument
from icp_fit.serving.http.latency import RequestLatency
from icp_fit.serving.http.middleware import ROUTE
from icp_fit.serving.http.problems import HANDLERS
from icp_fit.serving.runtime import Runtime, runtime_of

Handler = Callable[[Request, Runtime, Caller], Awaitable[Response]]


@dataclass(frozen=True)
class Endpoint:
    """One route: `act` is what a caller must be allowed to do, None for a route that is open to all."""

    method: str
    path: str
    handler: Handler
    act: Act | None = None

    @property
    def route(self) -> Route:
        return Route(self.path, partial(_respond, self), methods=[self.method], name=self.handler.__name__)


ENDPOINTS = (
    Endpoint("POST", "/predict", scores.predict, "predict"),
    Endpoint("POST", "/explain", scores.explain, "explain"),
    Endpoint("POST", "/batch", scores.batch, "batch"),
    Endpoint("POST", "/what_if", scores.what_if, "what_if"),
    Endpoint("POST", "/questions", scores.questions, "questions"),
    Endpoint("POST", "/outcomes", deals.outcomes, "outcomes"),
    Endpoint("GET", "/profile", about.profile, "profile"),
    Endpoint("GET", "/model", about.model, "model"),
    Endpoint("GET", "/deals/{deal_id:path}/history", deals.history, "history"),
    Endpoint("GET", "/livez", about.livez),
    Endpoint("GET", "/readyz", about.readyz),
    Endpoint("GET", "/metrics", about.metrics, "metrics"),
    Endpoint("GET", "/openapi.json", about.openapi, "profile"),
    Endpoint("GET", "/docs", about.docs, "profile"),
)


def build_api(pages: Sequence[BaseRoute] = ()) -> Starlette:
    """The application; before its first request, `state.runtime` must be an open Runtime. `pages` come last."""
    routes: list[BaseRoute] = [endpoint.route for endpoint in ENDPOINTS]
    api = Starlette(routes=[*routes, *pages], exception_handlers=HANDLERS)
    api.state.latency = RequestLatency()
    api.state.document = CachedDocument(pages)
    return api


async def _respond(endpoint: Endpoint, request: Request) -> Response:
    runtime = runtime_of(request)
    request.scope[ROUTE] = endpoint.path
    caller = await runtime.access.admit(request, endpoint.act) if endpoint.act else ANYBODY_HERE
    return await endpoint.handler(request, runtime, caller)
