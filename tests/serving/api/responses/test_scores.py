"""The text that is written quickly is the response that its type describes, whatever the deal and the model."""

import json
from dataclasses import fields
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.models.explain import explain_numbers
from icp_fit.models.what_if import what_if
from icp_fit.serving.api.openapi import RESPONSES
from icp_fit.serving.api.responses.batch import BatchPrediction, build_batch_response
from icp_fit.serving.api.responses.encoding import build_schemas, write_json
from icp_fit.serving.api.responses.scores import (
    ExplainResponse,
    build_explain_response,
    build_predict_response,
    build_questions_response,
    build_what_if_response,
    write_explain_response,
)
from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.scoring.batch_predictions import read_numbers, score_batch
from icp_fit.serving.scoring.predictions import Origin, score_deal
from icp_fit.serving.scoring.served_model import ServedModel, build_served
from tests.support.running_service import ANSWERS
from tests.support.small_profile import fit_small_model

ID = "01a20fa6-8f8d-7f46-8292-b758d7d62122"
MODELS = {deals: build_served(fit_small_model(deals), str(deals)) for deals in (0, 12, 300)}

answers = st.fixed_dictionaries(
    {},
    optional={
        "portal": st.booleans() | st.none(),
        "systems": st.integers(0, 10**6),
        "rivals": st.integers(0, 20),
        "security": st.sampled_from(["low", "high", "top"]),
        "amount": st.floats(0, 1e12),
        "industry": st.sampled_from(["bank", "retail", "state"]) | st.none(),
    },
)
models = st.sampled_from(sorted(MODELS)).map(MODELS.__getitem__)
names = st.none() | st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20)


def read(response: object) -> Any:
    return json.loads(write_json(response))


@given(models, answers, names)
@settings(deadline=None)
def test_text_of_explain_is_the_json_of_its_type(
    model: ServedModel, given: dict[str, Any], deal_id: str | None
) -> None:
    scored = score_deal(model, DealRequest(given, deal_id), ID, Origin("explain"))
    view = model.narrator.view(explain_numbers(model.compiled, scored.numbers[None]))
    written = json.loads(write_explain_response(scored))
    assert written == read(build_explain_response(scored.prediction, view))
    assert written.keys() == {field.name for field in fields(ExplainResponse)}


@given(models, st.lists(answers, min_size=1, max_size=5))
@settings(deadline=None)
def test_batch_says_of_each_deal_what_it_would_say_of_it_alone(model: ServedModel, given: list[dict[str, Any]]) -> None:
    deals = [DealRequest(one, f"D-{place}") for place, one in enumerate(given)]
    batch = score_batch(model, deals, read_numbers(model, deals), [ID] * len(deals), Origin("batch"))
    response = read(build_batch_response(batch))
    for deal, found in zip(deals, response["predictions"], strict=True):
        scored = score_deal(model, deal, ID, Origin("explain"))
        alone = read(build_predict_response(scored))
        assert {name: found[name] for name in found.keys() & alone.keys()} == {
            name: alone[name] for name in found.keys() & alone.keys()
        }
        points = dict(zip(response["factors"], found["points"], strict=True))
        reasons = json.loads(write_explain_response(scored))
        assert all(
            points[reason["factor"]] == reason["points"]
            for side in ("strengths", "risks", "details")
            for reason in reasons[side]
        )
        assert found.keys() == {field.name for field in fields(BatchPrediction)}


@pytest.mark.parametrize("kind", RESPONSES, ids=lambda kind: kind.__name__)
def test_schema_has_the_fields_of_the_type_and_no_other(kind: type) -> None:
    schema = build_schemas([kind], "#/{model}")[kind.__name__]
    assert schema["properties"].keys() == get_type_hints(kind).keys() - {"__pydantic_config__"}
    assert schema["description"]


def test_what_if_adds_up_and_echoes_the_deal_that_it_is_stored_without() -> None:
    model = MODELS[300]
    tried = score_deal(model, DealRequest({**ANSWERS, "systems": 1}), ID, Origin("what_if"))
    changed = what_if(model.compiled, model.reader.read(ANSWERS), {"systems": 1})
    response = build_what_if_response(tried.prediction, changed, "D-1")
    assert (tried.prediction.deal_id, response.deal_id) == (None, "D-1")
    assert sum(factor.points for factor in response.factors) == pytest.approx(response.points, abs=0.15)
    difference = response.after.win_probability - response.before.win_probability
    assert 100 * difference == pytest.approx(response.points, abs=0.06)


def test_questions_are_those_that_are_open() -> None:
    scored = score_deal(MODELS[300], DealRequest({"portal": True}), ID, Origin("questions"))
    response = build_questions_response(scored, None)
    assert response.questions
    assert "portal" not in {question.factor for question in response.questions}
