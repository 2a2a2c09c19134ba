"""Each problem has a code that stays the same when its sentence changes: its error's own, or its status'."""

import asyncio
import json

import pytest
from starlette.requests import Request

from icp_fit.features.answers import Problem
from icp_fit.serving.api.route_docs import STATUSES
from icp_fit.serving.errors import RecordError, StoreError
from icp_fit.serving.http.problems import (
    CODES,
    FieldProblem,
    Refusal,
    answer_record_error,
    answer_store_error,
    refuse_answers,
    refuse_fields,
)

REQUEST = Request({"type": "http"})


def test_every_status_of_the_document_has_a_code() -> None:
    assert set(STATUSES) <= set(CODES)


@pytest.mark.parametrize(("status", "code"), [(401, "unauthenticated"), (422, "invalid_request"), (418, "refused")])
def test_refusal_has_the_code_of_its_status(status: int, code: str) -> None:
    assert Refusal(status, "No.").to_dict()["code"] == code


def test_refusal_for_an_error_of_ours_has_its_code() -> None:
    store = asyncio.run(answer_store_error(REQUEST, StoreError("It is down.")))
    record = asyncio.run(answer_record_error(REQUEST, RecordError("`score` must be from 0 to 100.")))
    assert [json.loads(bytes(one.body))["code"] for one in (store, record)] == ["store_unavailable", "invalid_record"]
    assert store.headers["retry-after"] == "1"


def test_answers_that_cannot_be_used_have_the_code_of_their_error() -> None:
    problem = Problem(1, "D-1", "systems", "`systems` must be a whole number.")
    assert refuse_answers([problem]).code == "invalid_answers"
    assert refuse_fields([FieldProblem("owner", "`owner` is blank.")]).code == "invalid_request"
