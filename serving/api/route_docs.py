"""What the OpenAPI document says of each route, and of each status that it may answer with."""

from collections.abc import Mapping
from dataclasses import dataclass

_OPEN = (503,)
_KEYED = (401, 403, 429, 503)
_POSTED = (400, 401, 403, 408, 413, 415, 422, 429, 503)
STATUSES: Mapping[int, str] = {
    400: "The body is not valid JSON, or holds a key twice.",
    401: "There is no key, or the key is unknown or revoked.",
    403: "The key's role does not allow this; or there are no keys yet and the request comes from another machine.",
    404: "There is no such deal.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The body is not sent as application/json (`/batch`: or text/csv), or is compressed.",
    422: "A field or an answer cannot be used; `errors` names each.",
    429: "Too many requests for this key; Retry-After says when to try again.",
    503: "No model is loaded yet, or predictions cannot be saved now; Retry-After says when to try again.",
}


@dataclass(frozen=True)
class RouteDoc:
    """What the document says of a route; `response` and `request` are names of schemas, or a media type."""

    summary: str
    text: str
    response: str
    request: str | None = None
    statuses: tuple[int, ...] = _KEYED
    is_open: bool = False
    takes_csv: bool = False


ROUTES: Mapping[tuple[str, str], RouteDoc] = {
    ("POST", "/predict"): RouteDoc(
        "Score a deal", "The score alone. The prediction is saved with its explanation, and joins the deal's history.",
        "PredictResponse", "DealRequest", _POSTED,
    ),
    ("POST", "/explain"): RouteDoc(
        "Score a deal and explain the score",
        "Everything that a seller reads about a deal. The prediction is saved, and joins the deal's history.",
        "ExplainResponse", "DealRequest", _POSTED,
    ),
    ("POST", "/batch"): RouteDoc(
        "Score and explain many deals",
        "Send `deals` with answers by factor: all are scored or, if one cannot be used, none. Or send a table of the "
        "CRM: its export as `text/csv`, or its rows as `rows`, objects by its own column names. A table is read by the "
        "mapping that the model was trained with: open deals are scored, rows that cannot be used are listed in "
        "`rejected` (more than 5% of them refuse the table), and a word that the model does not know counts as "
        "unanswered (`unseen`). A deal's points are a list in the order of `factors`.",
        "BatchResponse", "BatchRequest", statuses=_POSTED, takes_csv=True,
    ),
    ("POST", "/what_if"): RouteDoc(
        "Score a deal with other answers",
        "The score before and after the changes; null takes an answer away. It does not join the deal's history.",
        "WhatIfResponse", "WhatIfRequest", _POSTED,
    ),
    ("POST", "/questions"): RouteDoc(
        "List what to ask and do next",
        "The open questions, ranked by value of information. It does not join the deal's history.",
        "QuestionsResponse", "DealRequest", _POSTED,
    ),
    ("POST", "/outcomes"): RouteDoc(
        "Record a deal's outcome", "The outcome recorded last counts. The deal need not have been scored.",
        "OutcomeResponse", "OutcomeRequest", _POSTED,
    ),
    ("GET", "/profile"): RouteDoc("Get the profile: its questions and their directions", "", "ProfileResponse"),
    ("GET", "/model"): RouteDoc("Get the model that answers now", "", "ModelResponse"),
    ("GET", "/deals/{deal_id}/history"): RouteDoc(
        "Get a deal's history", "Predictions of all model versions, outcomes and overrides, oldest first.",
        "HistoryResponse", statuses=(401, 403, 404, 422, 429, 503),
    ),
    ("GET", "/livez"): RouteDoc("Check that the process is alive", "", "AliveResponse", statuses=(), is_open=True),
    ("GET", "/readyz"): RouteDoc(
        "Check that predictions can be made and saved", "", "ReadyResponse", statuses=_OPEN, is_open=True
    ),
    ("GET", "/metrics"): RouteDoc("Get metrics for Prometheus", "", "text/plain"),
    ("GET", "/openapi.json"): RouteDoc("Get this document", "", "Document"),
    ("GET", "/docs"): RouteDoc("Read this document as a page", "", "text/html"),
}  # fmt: skip
