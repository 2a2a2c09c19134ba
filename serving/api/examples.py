"""Examples for the OpenAPI document: the responses to an example deal, by the model that answers."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from icp_fit.models.store_paths import DEFAULT_NAME
from icp_fit.models.what_if import what_if
from icp_fit.serving.api.openapi import example_requests
from icp_fit.serving.api.responses.about import (
    AliveResponse,
    ReadyResponse,
    build_model_response,
    build_profile_response,
)
from icp_fit.serving.api.responses.batch import build_batch_response
from icp_fit.serving.api.responses.deals import build_history_response, build_outcome_response
from icp_fit.serving.api.responses.encoding import write_json
from icp_fit.serving.api.responses.scores import (
    build_explain_response,
    build_predict_response,
    build_questions_response,
    build_what_if_response,
)
from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.scoring.batch_predictions import read_numbers, score_batch
from icp_fit.serving.scoring.predictions import Origin, score_deal
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.records import Outcome

IDS = ("01a20fa6-8f8d-7f46-8292-b758d7d62122", "01a20fa6-8f8d-7f46-8292-b7e0bb4e128d")
MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def build_examples(model: ServedModel) -> dict[str, Any]:
    """A response for each path; nothing is stored."""
    requests = example_requests(model.profile)
    scored = score_deal(model, DealRequest(**requests["DealRequest"]), IDS[0], Origin("explain"))
    prediction = replace(scored.prediction, scored_at=MOMENT)
    scored = replace(scored, prediction=prediction)
    deal_id = str(prediction.deal_id)
    changed = what_if(model.compiled, scored.numbers, requests["WhatIfRequest"]["changes"])
    deals = [DealRequest(**deal) for deal in requests["BatchRequest"]["deals"]]
    batch = replace(score_batch(model, deals, read_numbers(model, deals), IDS, Origin("batch")), scored_at=MOMENT)
    responses = {
        "/predict": build_predict_response(scored),
        "/explain": build_explain_response(prediction, model.narrator.view(changed.before)),
        "/batch": build_batch_response(batch),
        "/what_if": build_what_if_response(prediction, changed, deal_id),
        "/questions": build_questions_response(scored, deal_id),
        "/outcomes": build_outcome_response(model, Outcome(deal_id, "won", MOMENT), prediction),
        "/profile": build_profile_response(model),
        "/model": replace(build_model_response(model, DEFAULT_NAME), metrics=None),  # they fill pages
        "/deals/{deal_id}/history": build_history_response(model, deal_id, [prediction], [], []),
        "/livez": AliveResponse(),
        "/readyz": ReadyResponse(**model.stamp),
    }
    return {path: json.loads(write_json(response)) for path, response in responses.items()}
