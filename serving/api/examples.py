"""Examples for the OpenAPI document: what the model that answers says of an example deal, as a client would be told."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from starlette.routing import BaseRoute

from icp_fit.models.what_if import what_if
from icp_fit.serving.api.openapi import build_document, example_requests
from icp_fit.serving.http.requests import MOST_HISTORY, DealRequest
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
from icp_fit.serving.scoring.predictions import read_numbers, score_batch, score_deal
from icp_fit.serving.settings import ServingSettings
from icp_fit.serving.store.records import Outcome

IDS = ("01a20fa6-8f8d-7f46-8292-b758d7d62122", "01a20fa6-8f8d-7f46-8292-b7e0bb4e128d")
MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def build_documents(model: ServedModel, settings: ServingSettings, keyed: bool, pages: Sequence[BaseRoute]) -> bytes:
    """The OpenAPI document, with an example of each answer."""
    document = build_document(
        model.profile,
        build_examples(model),
        most_deals=settings.max_batch,
        most_history=MOST_HISTORY,
        keyed=keyed,
        pages=pages,
    )
    return json.dumps(document).encode()


def build_examples(model: ServedModel) -> dict[str, Any]:
    """An answer for each path; nothing is stored."""
    asked = example_requests(model.profile)
    scored = score_deal(model, DealRequest(**asked["Deal"]), IDS[0], "explain", None)
    prediction = replace(scored.prediction, scored_at=MOMENT)
    scored = replace(scored, prediction=prediction)
    changed = what_if(model.compiled, scored.numbers, asked["WhatIf"]["changes"])
    deals = [DealRequest(**deal) for deal in asked["Deals"]["deals"]]
    batch = score_batch(model, deals, read_numbers(model, deals), IDS, None)
    return {
        "/predict": scored.summary(),
        "/explain": json.loads(scored.body()),
        "/batch": json.loads(batch.body),
        "/what_if": {**stamp(prediction), **describe_what_if(changed)},
        "/questions": {**scored.summary(), **describe_next_steps(model.compiled, scored.numbers)},
        "/outcomes": describe_outcome(model, Outcome(str(prediction.deal_id), "won", MOMENT), prediction),
        "/profile": describe_profile(model),
        "/model": describe_model(model) | {"metrics": None},  # they fill pages
        "/deals/{deal_id}/history": {**model.stamp, **describe_history(str(prediction.deal_id), [prediction], [], [])},
        "/livez": {"status": "alive"},
        "/readyz": {"status": "ready", **model.stamp},
    }
