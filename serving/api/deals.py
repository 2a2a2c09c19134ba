"""The routes about what became of a deal: its outcome, recorded, and its history."""

import asyncio
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from icp_fit.serving.access.access import Caller
from icp_fit.serving.api.responses.deals import HistoryResponse, build_history_response, build_outcome_response
from icp_fit.serving.api.responses.encoding import json_response, write_json
from icp_fit.serving.api.scores import read_one
from icp_fit.serving.http.problems import FieldProblem, Refusal, refuse_fields
from icp_fit.serving.http.requests import MOST_HISTORY, read_deal_id, read_outcome
from icp_fit.serving.runtime import Runtime
from icp_fit.serving.store.records import Outcome, Prediction


async def outcomes(request: Request, runtime: Runtime, caller: Caller) -> Response:
    recorded = read_outcome(await read_one(request, runtime))
    model = runtime.model
    outcome = Outcome(recorded.deal_id, recorded.outcome, datetime.now(UTC), by=caller.key_id, note=recorded.note)
    latest = await asyncio.to_thread(_add_outcome, runtime, outcome)
    return json_response(write_json(build_outcome_response(model, outcome, latest)))


async def history(request: Request, runtime: Runtime, caller: Caller) -> Response:
    deal_id = read_deal_id(request.path_params["deal_id"])
    limit = _read_limit(request.query_params.get("limit"))
    found = await asyncio.to_thread(_find_history, runtime, deal_id, limit)
    if found is None:
        raise Refusal(404, f"There is no deal `{deal_id}`. Score it with its `deal_id` first.")
    return json_response(write_json(found))


def _add_outcome(runtime: Runtime, outcome: Outcome) -> Prediction | None:
    """Record an outcome; returns the deal's latest prediction, if there is one."""
    runtime.store.add_outcome(outcome)
    latest = runtime.store.history(outcome.deal_id, limit=1)
    return latest[-1] if latest else None


def _find_history(runtime: Runtime, deal_id: str, limit: int) -> HistoryResponse | None:
    store = runtime.store
    predictions, became, overrides = store.history(deal_id, limit), store.outcomes(deal_id), store.overrides(deal_id)
    if not (predictions or became or overrides):
        return None
    return build_history_response(runtime.model, deal_id, predictions, became, overrides)


def _read_limit(text: str | None) -> int:
    if text is None:
        return MOST_HISTORY
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_HISTORY):
        detail = f"`limit` must be a whole number from 1 to {MOST_HISTORY:,}, got `{text[:60]}`. Leave it out for all."
        raise refuse_fields([FieldProblem("limit", detail)])
    return int(text)
