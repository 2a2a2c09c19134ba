"""The routes about the service itself: its model, its profile, its state and its documents."""

import json

from prometheus_client import CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from icp_fit.serving.access.access import Caller
from icp_fit.serving.api.docs import PAGE_POLICY, draw_document
from icp_fit.serving.api.responses.about import (
    AliveResponse,
    ReadyResponse,
    build_model_response,
    build_profile_response,
)
from icp_fit.serving.api.responses.encoding import json_response, write_json
from icp_fit.serving.http.problems import refuse_temporarily
from icp_fit.serving.runtime import Runtime


async def profile(request: Request, runtime: Runtime, caller: Caller) -> Response:
    return json_response(write_json(build_profile_response(runtime.model)))


async def model(request: Request, runtime: Runtime, caller: Caller) -> Response:
    return json_response(write_json(build_model_response(runtime.model, runtime.settings.name)))


async def livez(request: Request, runtime: Runtime, caller: Caller) -> Response:
    return json_response(write_json(AliveResponse()))


async def readyz(request: Request, runtime: Runtime, caller: Caller) -> Response:
    reason = runtime.not_ready
    if reason is not None:
        raise refuse_temporarily(reason)
    return json_response(write_json(ReadyResponse(**runtime.model.stamp)))


async def metrics(request: Request, runtime: Runtime, caller: Caller) -> Response:
    registry = CollectorRegistry()
    for collector in (request.app.state.latency, *runtime.metrics):
        registry.register(collector)
    return PlainTextResponse(generate_latest(registry), media_type="text/plain; version=0.0.4")


async def openapi(request: Request, runtime: Runtime, caller: Caller) -> Response:
    return json_response(await _document(request, runtime))


async def docs(request: Request, runtime: Runtime, caller: Caller) -> Response:
    page = draw_document(json.loads(await _document(request, runtime)))
    return HTMLResponse(page, headers={"Content-Security-Policy": PAGE_POLICY})


async def _document(request: Request, runtime: Runtime) -> bytes:
    """The OpenAPI document of the model that answers now, as JSON."""
    is_keyed = await runtime.access.has_keys()
    document: bytes = await request.app.state.document.find(runtime.model, runtime.settings, is_keyed)
    return document
