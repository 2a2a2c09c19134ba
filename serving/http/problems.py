"""Problem details (RFC 9457): the one shape of every error, which names field, value and remedy."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from icp_fit.features.answers import Problem
from icp_fit.features.deal_reader import AnswerError
from icp_fit.serving.errors import RecordError, StoreError

MEDIA_TYPE = "application/problem+json"
MOST_LISTED = 100
RETRY_SECONDS = 1
FAILED = "The service failed; its log says why. What was sent may or may not have been saved; repeating is safe."
# The code of a problem where its error has none of its own: it stays the same when sentences change.
CODES = {
    400: "malformed_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    409: "conflict",
    411: "length_required",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    429: "too_many_requests",
    431: "too_large",
    500: "internal_error",
    503: "unavailable",
}
# What clients can do about it, where nothing more can be said.
_REMEDIES = {
    404: "There is nothing at this address. /openapi.json lists the routes.",
    405: "This address does not take this method. The header Allow names those that it takes.",
}


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field; of a batch, `deal` says with which deal, counted from 1."""

    field: str
    detail: str
    deal: int | None = None
    deal_id: str | None = None


@dataclass(frozen=True)
class ProblemDetails:
    """Why a request is not answered, and what to do about it (RFC 9457); `code` stays when sentences change."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: tuple[FieldProblem, ...]

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON; of a field's problem, what is None is left out."""
        errors = [{name: value for name, value in vars(error).items() if value is not None} for error in self.errors]
        return {**vars(self), "errors": errors}


class Refusal(Exception):
    """A request that cannot be answered, and what to do about it."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Iterable[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.code = code or CODES.get(status, "refused")

    def to_dict(self) -> dict[str, Any]:
        """The problem details, with the first errors and a word on how many more there are."""
        left_out = len(self.errors) - MOST_LISTED
        more = f" {left_out:,} more are not listed." if left_out > 0 else ""
        title = HTTPStatus(self.status).phrase
        errors = self.errors[:MOST_LISTED]
        return ProblemDetails("about:blank", title, self.status, self.code, self.detail + more, errors).to_dict()

    def response(self) -> Response:
        # What a client sent may hold half of a character: it goes back escaped.
        body = json.dumps(self.to_dict()).encode()
        return Response(body, self.status, self.headers, MEDIA_TYPE)


def refuse_answers(problems: Iterable[Problem], *, within: str = "answers", is_batch: bool = False) -> Refusal:
    """The refusal of answers that cannot be used, which a reader of deals listed."""
    errors = [
        FieldProblem(f"{within}.{problem.column}", problem.message, problem.row if is_batch else None, problem.deal_id)
        for problem in problems
    ]
    return refuse_fields(errors, code=AnswerError.code)


def refuse_fields(errors: Iterable[FieldProblem], code: str | None = None) -> Refusal:
    """The refusal of a request whose fields are not what they must be."""
    listed = tuple(errors)
    first = listed[0]
    where = "" if first.deal is None else f"Deal {first.deal:,}: "
    others = f" ({len(listed) - 1:,} more in `errors`.)" if len(listed) > 1 else ""
    return Refusal(422, f"{where}{first.detail}{others}", listed, code=code)


def refuse_temporarily(detail: str, seconds: float = RETRY_SECONDS) -> Refusal:
    """The refusal of a request that may succeed in so many seconds."""
    return Refusal(503, detail, headers=retry_after(seconds))


def retry_after(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, ceil(seconds)))}


async def answer_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return error.response()


async def answer_http_error(request: Request, error: Exception) -> Response:
    """What Starlette's router refuses, in the same shape."""
    assert isinstance(error, HTTPException)
    detail = _REMEDIES.get(error.status_code, str(error.detail))
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
    return Refusal(error.status_code, f"{request.method} {request.url.path}: {detail}", headers=headers).response()


def _allowed(request: Request) -> str:
    """The methods of an address: where several routes have it, Starlette names those of the first alone."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    fitting = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    if not fitting:
        return "GET, HEAD"  # files
    nearest = min(fitting, key=lambda route: len(route.param_convertors)).path
    return ", ".join(sorted({method for route in fitting if route.path == nearest for method in route.methods or ()}))


async def answer_store_error(request: Request, error: Exception) -> Response:
    detail = f"{error} Nothing was stored."
    return Refusal(503, detail, headers=retry_after(RETRY_SECONDS), code=StoreError.code).response()


async def answer_record_error(request: Request, error: Exception) -> Response:
    return Refusal(422, str(error), code=RecordError.code).response()


async def answer_answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AnswerError)
    return refuse_answers(error.problems).response()


async def answer_failure(request: Request, error: Exception) -> Response:
    """What nobody expected: the middleware logs it."""
    return Refusal(500, FAILED).response()


HANDLERS: dict[Any, Any] = {
    Refusal: answer_refusal,
    HTTPException: answer_http_error,
    StoreError: answer_store_error,
    RecordError: answer_record_error,
    AnswerError: answer_answer_error,
    Exception: answer_failure,
}
