"""The HTTP API: its routes, each with the role that it takes, as a Starlette application.

Every answer that holds a score is stored before it is sent. What goes wrong is told as problem details
(`serving.http.problems`).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from icp_fit.features.deal_reader import AnswerError
from icp_fit.models.what_if import what_if as change_answers
from icp_fit.serving.access.access import ANYBODY_HERE, Caller
from icp_fit.serving.access.roles import Act
from icp_fit.serving.api.docs import PAGE_POLICY, draw_document
from icp_fit.serving.api.examples import build_documents
from icp_fit.serving.http.bodies import parse_json
from icp_fit.serving.http.middleware import ROUTE
from icp_fit.serving.http.problems import HANDLERS, FieldProblem, Refusal, refuse_answers, refuse_fields
from icp_fit.serving.http.requests import (
    MOST_HISTORY,
    DealRequest,
    read_batch,
    read_deal,
    read_deal_id,
    read_outcome,
    read_what_if,
)
from icp_fit.serving.runtime import Runtime, runtime_of
from icp_fit.serving.scoring.champion import ServedModel
from icp_fit.serving.scoring.descriptions import (
    describe_history,
    describe_model,
    describe_next_steps,
    describe_outcome,
    describe_profile,
    describe_what_if,
    stamp,
)
from icp_fit.serving.scoring.predictions import (
    Provenance,
    ScoredBatch,
    ScoredDeal,
    read_numbers,
    score_batch,
    tell_deal,
)
from icp_fit.serving.store.records import Outcome, Prediction

# Bytes of a request for one deal: while it is parsed, nobody else is answered.
DEAL_BYTES = 256 * 1024

Answer = Callable[[Request, Runtime, Caller], Awaitable[Response]]


@dataclass(frozen=True)
class Endpoint:
    """One route: `act` is what a caller must be allowed to do, None for a route that is open to all."""

    method: str
    path: str
    answer: Answer
    act: Act | None = None

    @property
    def route(self) -> Route:
        return Route(self.path, partial(_respond, self), methods=[self.method], name=self.answer.__name__)


async def predict(request: Request, runtime: Runtime, caller: Caller) -> Response:
    scored = await _score(request, runtime, caller, "predict")
    return json_response(scored.summary())


async def explain(request: Request, runtime: Runtime, caller: Caller) -> Response:
    scored = await _score(request, runtime, caller, "explain")
    return json_response(scored.body())


async def batch(request: Request, runtime: Runtime, caller: Caller) -> Response:
    model = runtime.model
    body = await runtime.bodies.read(request)
    async with runtime.batches:
        scored = await asyncio.to_thread(_score_batch, runtime, model, body, caller)
        explanation = scored.explanation
        runtime.metrics.scored(model, explanation.numbers, explanation.score.tolist(), explanation.grade)
        await runtime.store_predictions(scored.predictions)
    runtime.journal.add(event="scored", route="batch", deals=len(scored.predictions), key=caller.key_id, **model.stamp)
    return json_response(scored.body)


async def what_if(request: Request, runtime: Runtime, caller: Caller) -> Response:
    model = runtime.model
    deal, changes = read_what_if(await _read_one(request, runtime), model.profile)
    numbers = model.reader.read(deal.answers)
    try:
        changed = change_answers(model.compiled, numbers, changes)
    except AnswerError as error:
        raise refuse_answers(error.problems, within="changes") from None
    # What would be is no part of a deal's history: it is kept without naming the deal.
    answers = {**deal.answers, **changes}
    scored = await _keep(runtime, model, DealRequest(answers), "what_if", caller)
    return json_response({**stamp(scored.prediction), "deal_id": deal.deal_id, **describe_what_if(changed)})


async def questions(request: Request, runtime: Runtime, caller: Caller) -> Response:
    model = runtime.model
    deal = read_deal(await _read_one(request, runtime), model.profile)
    scored = await _keep(runtime, model, DealRequest(deal.answers), "questions", caller)
    steps = await asyncio.to_thread(describe_next_steps, model.compiled, scored.numbers)
    return json_response({**scored.summary(), "deal_id": deal.deal_id, **steps})


async def outcomes(request: Request, runtime: Runtime, caller: Caller) -> Response:
    asked = read_outcome(await _read_one(request, runtime))
    model = runtime.model
    outcome = Outcome(asked.deal_id, asked.outcome, datetime.now(UTC), by=caller.key_id, note=asked.note)
    latest = await asyncio.to_thread(_add_outcome, runtime, outcome)
    return json_response(describe_outcome(model, outcome, latest))


async def profile(request: Request, runtime: Runtime, caller: Caller) -> Response:
    return json_response(describe_profile(runtime.model))


async def model(request: Request, runtime: Runtime, caller: Caller) -> Response:
    return json_response(describe_model(runtime.model))


async def history(request: Request, runtime: Runtime, caller: Caller) -> Response:
    deal_id = read_deal_id(request.path_params["deal_id"])
    limit = _read_limit(request.query_params.get("limit"))
    found = await asyncio.to_thread(_history, runtime, deal_id, limit)
    if found is None:
        raise Refusal(404, f"There is no deal `{deal_id}`. Score it with its `deal_id` first.")
    return json_response({**runtime.model.stamp, **found})


async def livez(request: Request, runtime: Runtime, caller: Caller) -> Response:
    return json_response(b'{"status":"alive"}')


async def readyz(request: Request, runtime: Runtime, caller: Caller) -> Response:
    reason = runtime.not_ready
    if reason is not None:
        raise Refusal(503, reason, headers={"Retry-After": "1"})
    return json_response({"status": "ready", **runtime.model.stamp})


async def openapi(request: Request, runtime: Runtime, caller: Caller) -> Response:
    return json_response(await _document(request, runtime))


async def docs(request: Request, runtime: Runtime, caller: Caller) -> Response:
    page = draw_document(json.loads(await _document(request, runtime)))
    return HTMLResponse(page, headers={"Content-Security-Policy": PAGE_POLICY})


async def metrics(request: Request, runtime: Runtime, caller: Caller) -> Response:
    return PlainTextResponse(runtime.metrics.text(), media_type="text/plain; version=0.0.4")


ENDPOINTS = (
    Endpoint("POST", "/predict", predict, "predict"),
    Endpoint("POST", "/explain", explain, "explain"),
    Endpoint("POST", "/batch", batch, "batch"),
    Endpoint("POST", "/what_if", what_if, "what_if"),
    Endpoint("POST", "/questions", questions, "questions"),
    Endpoint("POST", "/outcomes", outcomes, "outcomes"),
    Endpoint("GET", "/profile", profile, "profile"),
    Endpoint("GET", "/model", model, "model"),
    Endpoint("GET", "/deals/{deal_id:path}/history", history, "history"),
    Endpoint("GET", "/livez", livez),
    Endpoint("GET", "/readyz", readyz),
    Endpoint("GET", "/metrics", metrics, "metrics"),
    Endpoint("GET", "/openapi.json", openapi, "profile"),
    Endpoint("GET", "/docs", docs, "profile"),
)


def build_api(pages: Sequence[BaseRoute] = ()) -> Starlette:
    """The application; before its first request, `state.runtime` must be an open Runtime. `pages` come last."""
    routes: list[BaseRoute] = [endpoint.route for endpoint in ENDPOINTS]
    api = Starlette(routes=[*routes, *pages], exception_handlers=HANDLERS)
    api.state.pages = pages
    return api


def json_response(content: dict[str, Any] | bytes) -> Response:
    body = content if isinstance(content, bytes) else _encode(content).encode()
    return Response(body, media_type="application/json")


async def _respond(endpoint: Endpoint, request: Request) -> Response:
    runtime = runtime_of(request)
    request.scope[ROUTE] = endpoint.path
    caller = await runtime.access.admit(request, endpoint.act) if endpoint.act else ANYBODY_HERE
    return await endpoint.answer(request, runtime, caller)


async def _document(request: Request, runtime: Runtime) -> bytes:
    """The OpenAPI document of the model that answers now, made once."""
    model, keyed = runtime.model, await runtime.access.has_keys()
    if runtime.document is None or runtime.document[0] is not model or runtime.document[1] is not keyed:
        build = partial(build_documents, model, runtime.settings, keyed, request.app.state.pages)
        runtime.document = model, keyed, await asyncio.to_thread(build)
    return runtime.document[2]


async def _read_one(request: Request, runtime: Runtime) -> Any:
    """What a request about one deal says."""
    return parse_json(await runtime.bodies.read(request, DEAL_BYTES))


async def _score(request: Request, runtime: Runtime, caller: Caller, route: str) -> ScoredDeal:
    model = runtime.model
    deal = read_deal(await _read_one(request, runtime), model.profile)
    return await _keep(runtime, model, deal, route, caller)


async def _keep(runtime: Runtime, model: ServedModel, deal: DealRequest, route: str, caller: Caller) -> ScoredDeal:
    """Score a deal, and store that before anybody hears of it."""
    numbers = model.reader.read(deal.answers)
    with runtime.writer.coming():
        explained = await runtime.explainer.explain(model, numbers)
        scored = tell_deal(model, deal, numbers, explained, Provenance(runtime.store.new_id(), route, caller.key_id))
    await runtime.store_predictions([scored.prediction])
    view = scored.view
    runtime.metrics.scored(model, scored.numbers[None], (view.score,), (view.grade,))
    runtime.journal.add(
        event="scored", route=route, prediction_id=scored.prediction.id, key=caller.key_id, **model.stamp
    )
    return scored


def _score_batch(runtime: Runtime, model: ServedModel, body: bytes, caller: Caller) -> ScoredBatch:
    deals = read_batch(parse_json(body), model.profile, runtime.settings.max_batch)
    numbers = read_numbers(model, deals)
    ids = [runtime.store.new_id() for _ in deals]
    return score_batch(model, deals, numbers, ids, caller.key_id)


def _add_outcome(runtime: Runtime, outcome: Outcome) -> Prediction | None:
    """Record an outcome; returns the deal's latest prediction, if there is one."""
    runtime.store.add_outcome(outcome)
    latest = runtime.store.history(outcome.deal_id, limit=1)
    return latest[-1] if latest else None


def _history(runtime: Runtime, deal_id: str, limit: int) -> dict[str, Any] | None:
    store = runtime.store
    scored, outcomes, overrides = store.history(deal_id, limit), store.outcomes(deal_id), store.overrides(deal_id)
    return describe_history(deal_id, scored, outcomes, overrides) if scored or outcomes or overrides else None


def _read_limit(text: str | None) -> int:
    if text is None:
        return MOST_HISTORY
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_HISTORY):
        detail = f"`limit` must be a whole number from 1 to {MOST_HISTORY:,}, got `{text[:60]}`. Leave it out for all."
        raise refuse_fields([FieldProblem("limit", detail)])
    return int(text)


_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False, allow_nan=False).encode
