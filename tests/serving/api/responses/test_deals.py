"""A deal's history is told as it was stored, with the sentences of that time where there were any."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from icp_fit.serving.api.responses.deals import build_history_response, build_outcome_response
from icp_fit.serving.api.responses.encoding import write_json
from icp_fit.serving.scoring.served_model import build_served
from icp_fit.serving.store.records import Outcome, Override
from icp_fit.serving.store.store import Store
from tests.support.databases import build_prediction, open_database
from tests.support.small_profile import fit_small_model

MODEL = build_served(fit_small_model(0), "1")
MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (None, None),
        (
            {"baseline": 30.0, "points": {"portal": 1.5}},
            {"baseline": 30.0, "points": {"portal": 1.5}, "strengths": [], "risks": []},
        ),
        (
            {"baseline": 30.0, "points": {}, "strengths": ["Up."], "risks": ["Down."]},
            {"baseline": 30.0, "points": {}, "strengths": ["Up."], "risks": ["Down."]},
        ),
    ],
    ids=["none", "of a batch", "with sentences"],
)
def test_explanation_is_the_one_that_was_stored(tmp_path: Path, stored: object, expected: object) -> None:
    with open_database("sqlite", tmp_path) as database:
        past = build_prediction(Store(database), explanation=stored and json.dumps(stored))
    response = json.loads(write_json(build_history_response(MODEL, "D-1", [past], [], [])))
    (prediction,) = response["predictions"]
    assert prediction["explanation"] == expected
    assert prediction["answers"] == json.loads(past.answers)
    assert prediction["scored_at"] == "2025-06-01T12:00:00.000Z"


def test_history_names_outcomes_and_overrides_with_their_times() -> None:
    outcomes, overrides = (
        [Outcome("D-1", "won", MOMENT, note="Signed.")],
        [Override("D-1", 90, "They know us.", MOMENT)],
    )
    response = json.loads(write_json(build_history_response(MODEL, "D-1", [], outcomes, overrides)))
    moment = "2026-03-02T09:30:00.000Z"
    assert response["outcomes"] == [{"outcome": "won", "recorded_at": moment, "note": "Signed."}]
    assert response["overrides"] == [{"score": 90, "reason": "They know us.", "at": moment}]
    assert response["trend"] == "not enough information"


def test_outcome_names_the_latest_prediction_where_there_is_one(tmp_path: Path) -> None:
    outcome = Outcome("D-1", "lost", MOMENT)
    with open_database("sqlite", tmp_path) as database:
        latest = build_prediction(Store(database))
    with_one, without = (build_outcome_response(MODEL, outcome, one) for one in (latest, None))
    assert (with_one.prediction_id, with_one.score) == (latest.id, 70)
    assert (without.prediction_id, without.scored_at, without.score) == (None, None, None)
