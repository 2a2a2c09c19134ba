"""What the OpenAPI document says of each route, and of each status that it may answer with."""

from collections.abc import Mapping
from dataclasses import dataclass

_OPEN = (503,)
_KEYED = (401, 403, 429, 503)
_POSTED = (400, 401, 403, 408, 413, 415, 422, 429, 503)
SAID: Mapping[int, str] = {
    400: "The body is not JSON that says one thing only.",
    401: "No key, or one that is not known or was revoked.",
    403: "The key's role may not do this; or, without keys, the caller is not on this machine.",
    404: "There is nothing of this name.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The body is not sent as application/json, or is compressed.",
    422: "A field or an answer cannot be used; `errors` names each.",
    429: "The key asks too often; Retry-After says when to come back.",
    503: "No model answers yet, or predictions cannot be stored; nothing was acknowledged.",
}


@dataclass(frozen=True)
class Described:
    """What the document says of a route."""

    summary: str
    text: str
    answer: str
    asked: str | None = None
    refused: tuple[int, ...] = _KEYED
    is_open: bool = False


DESCRIBED: Mapping[tuple[str, str], Described] = {
    ("POST", "/predict"): Described(
        "Score a deal", "The score alone. It is stored with its explanation, and joins the deal's history.",
        "Score", "Deal", _POSTED,
    ),
    ("POST", "/explain"): Described(
        "Score a deal and say why", "Everything that a seller is told. It is stored, and joins the deal's history.",
        "Explained", "Deal", _POSTED,
    ),
    ("POST", "/batch"): Described(
        "Score and explain many deals",
        "All of them or, where one cannot be used, none. The points of a deal are one list, in the order of `factors`.",
        "Batch", "Deals", _POSTED,
    ),
    ("POST", "/what_if"): Described(
        "Score a deal with other answers", "Null takes an answer away. It joins no deal's history.",
        "WhatIfAnswer", "WhatIf", _POSTED,
    ),
    ("POST", "/questions"): Described(
        "What to ask and do next", "The open questions that are worth most first. It joins no deal's history.",
        "Questions", "Deal", _POSTED,
    ),
    ("POST", "/outcomes"): Described(
        "Say what became of a deal", "The last outcome recorded counts. The deal need not have been scored.",
        "OutcomeAnswer", "Outcome", _POSTED,
    ),
    ("GET", "/profile"): Described("The questions, and which way each should point", "", "Profile"),
    ("GET", "/model"): Described("The model that answers", "", "ModelAnswer"),
    ("GET", "/deals/{deal_id}/history"): Described(
        "What was said of a deal", "Predictions of all model versions, outcomes and overrides.",
        "History", refused=(401, 403, 404, 422, 429, 503),
    ),
    ("GET", "/livez"): Described("Whether the process lives", "", "Alive", refused=(), is_open=True),
    ("GET", "/readyz"): Described(
        "Whether predictions are given and stored", "", "Ready", refused=_OPEN, is_open=True
    ),
    ("GET", "/metrics"): Described("Metrics for Prometheus", "", "text/plain"),
    ("GET", "/openapi.json"): Described("This document", "", "Document"),
    ("GET", "/docs"): Described("This document for people", "", "text/html"),
}  # fmt: skip
