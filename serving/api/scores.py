"""The routes that score deals: one, many, with other answers, or with the questions to ask next."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from icp_fit.features.deal_reader import AnswerError
from icp_fit.models.what_if import what_if as change_answers
from icp_fit.serving.access.access import Caller
from icp_fit.serving.api.responses.batch import build_batch_response
from icp_fit.serving.api.responses.encoding import json_response, write_json
from icp_fit.serving.api.responses.scores import (
    build_predict_response,
    build_questions_response,
    build_what_if_response,
    write_explain_response,
)
from icp_fit.serving.api.table_requests import TableBatch, read_csv, read_rows
from icp_fit.serving.http.bodies import CSV, JSON, media_type, parse_json
from icp_fit.serving.http.problems import refuse_answers
from icp_fit.serving.http.requests import DealRequest, read_batch, read_deal, read_what_if
from icp_fit.serving.runtime import Runtime
from icp_fit.serving.scoring.batch_predictions import ScoredBatch, read_numbers
from icp_fit.serving.scoring.predictions import Origin, ScoredDeal
from icp_fit.serving.scoring.served_model import ServedModel

# Bytes of a request for one deal: while it is parsed, nobody else is answered.
DEAL_BYTES = 256 * 1024


async def predict(request: Request, runtime: Runtime, caller: Caller) -> Response:
    scored = await _score(request, runtime, Origin("predict", caller.key_id))
    return json_response(write_json(build_predict_response(scored)))


async def explain(request: Request, runtime: Runtime, caller: Caller) -> Response:
    scored = await _score(request, runtime, Origin("explain", caller.key_id))
    return json_response(write_explain_response(scored))


async def batch(request: Request, runtime: Runtime, caller: Caller) -> Response:
    model = runtime.model
    body = await runtime.bodies.read(request, kinds=(JSON, CSV))
    read = read_csv if media_type(request) == CSV else _read_batch
    async with runtime.batches:
        found = await asyncio.to_thread(read, body, model, runtime.settings.max_batch)
        scored = await runtime.scorer.score_batch(model, found.deals, found.numbers, Origin("batch", caller.key_id))
        return json_response(await asyncio.to_thread(_write_batch, scored, found))


async def what_if(request: Request, runtime: Runtime, caller: Caller) -> Response:
    model = runtime.model
    deal, changes = read_what_if(await read_one(request, runtime), model.profile)
    numbers = model.reader.read(deal.answers)
    try:
        changed = change_answers(model.compiled, numbers, changes)
    except AnswerError as error:
        raise refuse_answers(error.problems, within="changes") from None
    # What would be is no part of a deal's history: it is stored without naming the deal.
    tried = DealRequest({**deal.answers, **changes})
    scored = await runtime.scorer.score(model, tried, Origin("what_if", caller.key_id))
    return json_response(write_json(build_what_if_response(scored.prediction, changed, deal.deal_id)))


async def questions(request: Request, runtime: Runtime, caller: Caller) -> Response:
    model = runtime.model
    deal = read_deal(await read_one(request, runtime), model.profile)
    scored = await runtime.scorer.score(model, DealRequest(deal.answers), Origin("questions", caller.key_id))
    return json_response(write_json(await asyncio.to_thread(build_questions_response, scored, deal.deal_id)))


async def read_one(request: Request, runtime: Runtime) -> Any:
    """The JSON of a request about one deal."""
    return parse_json(await runtime.bodies.read(request, DEAL_BYTES))


async def _score(request: Request, runtime: Runtime, origin: Origin) -> ScoredDeal:
    model = runtime.model
    deal = read_deal(await read_one(request, runtime), model.profile)
    return await runtime.scorer.score(model, deal, origin)


def _read_batch(body: bytes, model: ServedModel, most: int) -> TableBatch:
    document = parse_json(body)
    if isinstance(document, dict) and list(document) == ["rows"]:
        return read_rows(document["rows"], model, most)
    deals = read_batch(document, model.profile, most)
    return TableBatch(deals, read_numbers(model, deals))


def _write_batch(scored: ScoredBatch, found: TableBatch) -> bytes:
    return write_json(build_batch_response(scored, found.rejected, found.unseen, found.closed, found.notes))
