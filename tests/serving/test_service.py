"""Each route answers what it promises, from one model, and what it answers is stored."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from icp_fit.features.deal_reader import DealReader, answer_of
from icp_fit.features.encoder import answer_numbers
from icp_fit.models.compiled import compile_model
from icp_fit.models.explain import explain_numbers
from icp_fit.serving.errors import RecomputeError
from icp_fit.serving.scoring.recompute import recompute
from tests.support.champions import install_champion
from tests.support.running_service import ANSWERS, RunningService, build_settings, run_service
from tests.support.small_profile import PROFILE, draw_answers, fit_small_model

STAMP = ("prediction_id", "scored_at", "model_version", "profile_version")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    home = tmp_path_factory.mktemp("home")
    install_champion(home, "7")
    with run_service(build_settings(home)) as service:
        yield service


def test_predict_says_what_the_model_says(served: RunningService) -> None:
    answer = served.post("/predict", {"deal_id": "D-1", "answers": ANSWERS})
    assert answer.status_code == 200
    numbers = DealReader(PROFILE).read(ANSWERS)
    said, found = answer.json(), explain_numbers(compile_model(fit_small_model(300)), numbers[None])
    assert said["win_probability"] == pytest.approx(found.win_probability[0], abs=1e-4)
    assert (said["score"], said["grade"]) == (found.score[0], found.grade[0])
    assert said["model_version"] == "7"
    assert said["profile_version"] == PROFILE.version
    assert said["completeness"] == pytest.approx(5 / 6, abs=1e-4)


def test_explain_tells_everything_that_a_seller_sees(served: RunningService) -> None:
    said = served.post("/explain", {"deal_id": "D-2", "answers": ANSWERS}).json()
    points = sum(reason["points"] for part in ("strengths", "risks", "details") for reason in said[part])
    assert said["baseline"] + points == pytest.approx(100 * said["win_probability"], abs=0.5)
    assert all(reason["sentence"] for reason in said["strengths"])


@pytest.mark.parametrize("route", ["/predict", "/explain", "/questions"])
def test_every_score_carries_model_profile_time_and_id(served: RunningService, route: str) -> None:
    said = served.post(route, {"answers": {}}).json()
    assert all(said[name] for name in STAMP)
    assert said["deal_id"] is None


def test_what_is_answered_is_stored_and_matches_when_computed_again(served: RunningService) -> None:
    said = served.post("/explain", {"deal_id": "D-3", "name": "Portal", "owner": "Ana", "answers": ANSWERS}).json()
    stored = served.runtime.store.prediction(said["prediction_id"])
    assert stored is not None
    assert (stored.deal_id, stored.name, stored.owner, stored.route) == ("D-3", "Portal", "Ana", "explain")
    assert json.loads(stored.answers) == ANSWERS
    assert json.loads(stored.explanation or "")["strengths"] == [reason["sentence"] for reason in said["strengths"]]
    again = recompute(served.runtime.store, served.runtime.champion, said["prediction_id"])
    assert again.matches, again.differences


def test_recomputing_notices_what_was_changed(served: RunningService) -> None:
    said = served.post("/predict", {"answers": ANSWERS}).json()
    with served.runtime.database.write() as connection:
        connection.exec_driver_sql(f"update predictions set score = 1 where id = '{said['prediction_id']}'")
    again = recompute(served.runtime.store, served.runtime.champion, said["prediction_id"])
    assert again.differences == (f"score: stored 1, now {said['score']}",)


def test_recomputing_what_was_never_made_says_so(served: RunningService) -> None:
    with pytest.raises(RecomputeError, match="There is no prediction `nothing`"):
        recompute(served.runtime.store, served.runtime.champion, "nothing")


def test_batch_explains_each_deal_as_it_would_be_alone(served: RunningService) -> None:
    deals = [{"deal_id": f"B-{i}", "answers": answers} for i, answers in enumerate(_draw(40))]
    said = served.post("/batch", {"deals": deals}).json()
    assert [told["deal_id"] for told in said["predictions"]] == [deal["deal_id"] for deal in deals]
    for deal, told in zip(deals[:5], said["predictions"], strict=False):
        alone = served.post("/explain", deal).json()
        for name in ("score", "grade", "win_probability", "low", "high", "percentile", "completeness"):
            assert told[name] == alone[name], name
        points = dict(zip(said["factors"], told["points"], strict=True))
        reasons = alone["strengths"] + alone["risks"] + alone["details"]
        assert all(points[reason["factor"]] == reason["points"] for reason in reasons)
        assert set(told["strengths"]) >= {reason["factor"] for reason in alone["strengths"][:3]}


def test_batch_is_stored_whole_and_each_deal_matches_when_computed_again(served: RunningService) -> None:
    said = served.post("/batch", {"deals": [{"deal_id": "W-1", "answers": answers} for answers in _draw(20)]}).json()
    for told in said["predictions"]:
        again = recompute(served.runtime.store, served.runtime.champion, told["prediction_id"])
        assert again.matches, again.differences


def test_what_if_splits_the_change_and_is_no_part_of_history(served: RunningService) -> None:
    asked = {"deal_id": "D-4", "answers": ANSWERS, "changes": {"systems": 2, "portal": None}}
    said = served.post("/what_if", asked).json()
    assert said["points"] == pytest.approx(sum(part["points"] for part in said["factors"]), abs=0.2)
    assert {part["factor"] for part in said["factors"]} >= {"systems", "portal"}
    assert said["before"]["score"] > said["after"]["score"]
    assert said["deal_id"] == "D-4"
    assert served.get("/deals/D-4/history").status_code == 404


def test_questions_are_those_that_nobody_answered(served: RunningService) -> None:
    said = served.post("/questions", {"answers": {"portal": False, "systems": 3}}).json()
    assert {question["factor"] for question in said["questions"]} <= {"rivals", "security", "amount", "industry"}
    values = [question["value_of_information"] for question in said["questions"]]
    assert values == sorted(values, reverse=True)
    assert "actions" in said


def test_history_keeps_predictions_and_outcomes_in_order(served: RunningService) -> None:
    for systems in (1, 20):
        scored = served.post("/predict", {"deal_id": "H/1 é", "answers": {"systems": systems}}).json()
    recorded = served.post("/outcomes", {"deal_id": "H/1 é", "outcome": "won", "note": "Signed."}).json()
    said = served.get("/deals/H%2F1%20%C3%A9/history").json()
    assert [past["answers"]["systems"] for past in said["predictions"]] == [1, 20]
    assert [became["outcome"] for became in said["outcomes"]] == ["won"]
    assert recorded["prediction_id"] == said["predictions"][-1]["prediction_id"]
    assert said["trend"] == "not enough information"
    assert said["predictions"][-1]["win_probability"] == scored["win_probability"]
    assert len(served.get("/deals/H%2F1%20%C3%A9/history?limit=1").json()["predictions"]) == 1


def test_outcome_of_a_deal_that_was_never_scored_is_kept(served: RunningService) -> None:
    said = served.post("/outcomes", {"deal_id": "O-1", "outcome": "lost"}).json()
    assert said["prediction_id"] is None
    assert served.get("/deals/O-1/history").json()["outcomes"][0]["outcome"] == "lost"


def test_profile_is_the_one_that_the_model_was_learned_with(served: RunningService) -> None:
    said = served.get("/profile").json()
    assert said["digest"] == PROFILE.digest
    assert [factor["id"] for part in said["dimensions"] for factor in part["factors"]] == list(PROFILE.factor_ids)


def test_model_says_what_it_learned_from(served: RunningService) -> None:
    said = served.get("/model").json()
    assert (said["name"], said["model_version"], said["deals_trained_on"]) == ("icp-fit", "7", 300)
    assert said["metrics"] == {"verdict": "usable"}


def test_metrics_tell_latency_grades_blanks_model_and_store(served: RunningService) -> None:
    served.post("/predict", {"answers": {}})
    said = served.get("/metrics").text
    for name in (
        'icp_fit_request_seconds_count{method="POST",route="/predict",status="200"}',
        'icp_fit_predictions_total{grade="',
        'icp_fit_unanswered_share{factor="systems"}',
        'icp_fit_model_info{model_version="7",profile="small",profile_version="1"} 1.0',
        "icp_fit_model_age_seconds",
        "icp_fit_store_up 1.0",
        "icp_fit_store_lag_seconds",
    ):
        assert name in said, name


def test_every_answer_carries_security_headers(served: RunningService) -> None:
    for path in ("/livez", "/profile", "/nothing"):
        headers = served.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers


def test_ready_names_the_model(served: RunningService) -> None:
    assert served.get("/readyz").json() == {"status": "ready", "model_version": "7", "profile_version": "1"}
    assert served.get("/livez").json() == {"status": "alive"}


def test_without_a_champion_the_profile_answers_and_says_so(tmp_path: Path) -> None:
    with run_service(build_settings(tmp_path)) as service:
        said = service.post("/explain", {"answers": {"integrations": 9}}).json()
        assert said["model_version"] == "profile"
        assert said["percentile"] is None
        assert "has not been trained on any deals" in said["basis"]
        again = recompute(service.runtime.store, service.runtime.champion, said["prediction_id"])
        assert again.matches, again.differences


def test_service_is_not_ready_while_its_store_is_down(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'file' / 'predictions.db'}"
    (tmp_path / "file").touch()  # where a folder must be
    install_champion(tmp_path, "1")
    with run_service(build_settings(tmp_path, database_url=database), ready=False) as service:
        for path in ("/readyz", "/predict"):
            answer = service.post(path, {"answers": {}}) if path == "/predict" else service.get(path)
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "1"
        assert service.get("/livez").status_code == 200


def _draw(count: int) -> list[dict[str, object]]:
    """Deals as JSON."""
    numbers = answer_numbers(PROFILE, draw_answers(count, seed=5))
    return [
        {factor.id: answer_of(factor, number) for factor, number in zip(PROFILE.factors, row, strict=True)}
        for row in np.asarray(numbers).tolist()
    ]
