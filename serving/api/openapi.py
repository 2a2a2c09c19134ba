"""The OpenAPI document, made from the profile of the model that answers: requests, responses and an example of each.

It is written here and not by BentoML, which forgets null and the routes that it does not make itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.routing import BaseRoute, Route

from icp_fit.features.deal_reader import answer_of
from icp_fit.features.factors import Factor, Profile
from icp_fit.serving.api.responses.about import AliveResponse, ModelResponse, ProfileResponse, ReadyResponse
from icp_fit.serving.api.responses.batch import BatchResponse
from icp_fit.serving.api.responses.deals import HistoryResponse, OutcomeResponse
from icp_fit.serving.api.responses.encoding import build_schemas
from icp_fit.serving.api.responses.scores import ExplainResponse, PredictResponse, QuestionsResponse, WhatIfResponse
from icp_fit.serving.api.route_docs import ROUTES, STATUSES, RouteDoc
from icp_fit.serving.http.problems import MEDIA_TYPE, FieldProblem, ProblemDetails, Refusal
from icp_fit.serving.http.requests import ABOUT_DEAL, OUTCOME, Field

VERSION = "3.1.0"
LARGEST = 2**1024 - 2**970 - 1  # what a float is made of: a number beyond it is rounded to infinity
# A text that says something, without control characters. Blanks are listed: what `\s` means differs by language.
_BLANKS = r"\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_PRINTABLE = rf"^[^\u0000-\u001f\u007f]*[^\u0000-\u001f\u007f{_BLANKS}][^\u0000-\u001f\u007f]*$"
RESPONSES = (
    PredictResponse, ExplainResponse, BatchResponse, WhatIfResponse, QuestionsResponse, OutcomeResponse,
    HistoryResponse, ModelResponse, ProfileResponse, AliveResponse, ReadyResponse, ProblemDetails,
)  # fmt: skip


def build_document(
    profile: Profile,
    examples: Mapping[str, Any],
    *,
    most_deals: int,
    most_history: int,
    keyed: bool,
    pages: Sequence[BaseRoute] = (),
) -> dict[str, Any]:
    """The document of a service with this profile; `examples` has a response for each path.

    `keyed` is whether callers need a key.
    """
    paths: dict[str, dict[str, Any]] = {}
    for (method, path), described in ROUTES.items():
        operation = _operation(described, path, examples, profile, keyed, most_history)
        paths.setdefault(path, {})[method.lower()] = operation
    for route in pages:
        if isinstance(route, Route) and route.include_in_schema:
            paths.setdefault(route.path_format, {}).update(_page_operations(route))
    return {
        "openapi": VERSION,
        "info": {
            "title": "ICP fit",
            "version": profile.version,
            "description": f"How well deals fit the profile “{profile.label}”, and why. {profile.summary}",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": {**_requests(profile, most_deals), **build_schemas(RESPONSES, "#/components/schemas/{model}")},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def example_answers(profile: Profile) -> dict[str, Any]:
    """Answers to every second question, from the middle of its scale."""
    open_factors = [factor for factor in profile.factors if factor.known_at == "qualification"]
    return {factor.id: _example(factor) for factor in open_factors[::2]}


def example_requests(profile: Profile) -> dict[str, Any]:
    """An example of each request, by schema."""
    answers = example_answers(profile)
    deal = {**{field.name: field.example for field in ABOUT_DEAL}, "answers": answers}
    first = next(iter(answers), None)
    return {
        "DealRequest": deal,
        "BatchRequest": {"deals": [deal, {"deal_id": "D-0043", "answers": {}}]},
        "WhatIfRequest": {"deal_id": deal["deal_id"], "answers": answers, "changes": {first: None} if first else {}},
        "OutcomeRequest": {field.name: field.example for field in OUTCOME},
    }


def example_csv(profile: Profile) -> str:
    """The start of a table as it may be sent."""
    answers = dict(list(example_answers(profile).items())[:3])
    words = ["yes" if answer is True else "no" if answer is False else str(answer) for answer in answers.values()]
    return f"deal_id,{','.join(answers)}\nD-0042,{','.join(words)}\n"


def _operation(
    described: RouteDoc, path: str, examples: Mapping[str, Any], profile: Profile, keyed: bool, most_history: int
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": described.summary,
        "operationId": path.strip("/").replace("/{deal_id}/", "_").replace(".", "_"),
        "responses": {
            "200": {"description": "The response.", "content": _content(described.response, examples.get(path))},
            **{str(status): _problem(status) for status in described.statuses},
        },
        "security": [] if described.is_open else [{"bearer": []}, {"key": []}, *([] if keyed else [{}])],
    }
    if described.text:
        operation["description"] = described.text
    if described.request:
        example = example_requests(profile)[described.request]
        csv = _content("text/csv", example_csv(profile)) if described.takes_csv else {}
        content = {**_content(described.request, example), **csv}
        operation["requestBody"] = {"required": True, "content": content}
    if "{deal_id}" in path:
        operation["parameters"] = list(_history_parameters(most_history))
    return operation


def _content(schema: str, example: Any) -> dict[str, Any]:
    if schema.startswith("text/"):
        return {schema: {"schema": {"type": "string"}, **_if(example)}}
    return {"application/json": {"schema": _ref(schema), **_if(example)}}


def _if(example: Any) -> dict[str, Any]:
    return {} if example is None else {"example": example}


def _problem(status: int) -> dict[str, Any]:
    errors = [FieldProblem("answers.users", "`users` must be a whole number of at least 0, got -1.")]
    example = Refusal(status, STATUSES[status], errors if status == 422 else ()).to_dict()
    response: dict[str, Any] = {
        "description": f"{HTTPStatus(status).phrase}. {STATUSES[status]}",
        "content": {MEDIA_TYPE: {"schema": _ref("ProblemDetails"), "example": example}},
    }
    if status in (429, 503):
        seconds = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
        response["headers"] = {"Retry-After": seconds}
    return response


def _history_parameters(most: int) -> Iterable[dict[str, Any]]:
    schema = {"type": "string", "minLength": 1, "maxLength": ABOUT_DEAL[0].most, "pattern": _PRINTABLE}
    yield {"name": "deal_id", "in": "path", "required": True, "schema": schema, "example": ABOUT_DEAL[0].example}
    limit = {"type": "integer", "minimum": 1, "maximum": most, "default": most}
    yield {"name": "limit", "in": "query", "description": "How many predictions at most.", "schema": limit}


def _page_operations(route: Route) -> dict[str, Any]:
    summary = (route.endpoint.__doc__ or route.name or "A page").strip().partition("\n")[0]
    responses = {
        "200": {"description": "A page.", "content": {"text/html": {"schema": {"type": "string"}}}},
        "default": {"description": "A redirect, or a page that says what is wrong."},
    }
    names = list(route.param_convertors)
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    operation = {"summary": summary, "tags": ["pages"], "responses": responses, "parameters": parameters}
    return {method.lower(): dict(operation) for method in sorted(route.methods or ()) if method != "HEAD"}


def _requests(profile: Profile, most_deals: int) -> dict[str, Any]:
    """The schemas of requests."""
    about = {field.name: _text(field) for field in ABOUT_DEAL}
    answers = {factor.id: _answer(factor) for factor in profile.factors}
    deal = _object({**about, "answers": _ref("Answers")}, ["answers"], "A deal to score.")
    changed = {**about, "answers": _ref("Answers"), "changes": _ref("Answers")}
    rows = {
        "type": "array",
        "items": {"type": "object", "additionalProperties": True, "minProperties": 1},
        "minItems": 1,
        "maxItems": most_deals,
        "description": "Rows of the CRM, by its own column names, read by the mapping of the model.",
    }
    many = {"type": "array", "items": _ref("DealRequest"), "minItems": 1, "maxItems": most_deals}
    return {
        "Answers": _object(answers, [], "Answers by factor; null, or left out, while a question is open."),
        "DealRequest": deal,
        "BatchRequest": {
            **_object({"deals": many, "rows": rows}, [], "Deals to score together: either `deals` or `rows`."),
            "oneOf": [{"required": ["deals"]}, {"required": ["rows"]}],
        },
        "WhatIfRequest": _object(changed, ["answers", "changes"], "A deal, and the answers to change in it."),
        "OutcomeRequest": _object(
            {field.name: _text(field) for field in OUTCOME},
            [field.name for field in OUTCOME if field.required],
            "What became of a deal.",
        ),
        "Document": {"type": "object", "required": ["openapi", "info", "paths"]},
    }


def _object(properties: dict[str, Any], required: list[str], description: str) -> dict[str, Any]:
    schema = {"type": "object", "description": description, "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def _text(field: Field) -> dict[str, Any]:
    if field.choices:
        return {"type": "string", "enum": list(field.choices), "description": field.meaning}
    types: Any = "string" if field.required else ["string", "null"]
    shape = {"type": types, "minLength": 1, "maxLength": field.most, "pattern": _PRINTABLE}
    return {**shape, "description": field.meaning}


def _answer(factor: Factor) -> dict[str, Any]:
    """The schema of an answer, null while the question is open; choices are understood in other spellings too."""
    described = {"title": factor.label, "description": factor.question}
    if factor.kind == "yes_no":
        return {**described, "enum": [True, False, "yes", "no", None]}
    if factor.choices:
        return {**described, "enum": [*factor.choices, None]}
    lowest = -LARGEST if factor.lowest is None else factor.lowest
    kind = "integer" if factor.kind == "count" else "number"
    return {**described, "type": [kind, "null"], "minimum": lowest, "maximum": LARGEST}


def _example(factor: Factor) -> Any:
    if factor.choices or factor.kind == "yes_no":
        return answer_of(factor, float(len(factor.choices) // 2 if factor.choices else 1))
    low, high = factor.scale or (0, 10 if factor.kind == "count" else 100_000)
    return answer_of(factor, float(round((low + high) / 2)))


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
