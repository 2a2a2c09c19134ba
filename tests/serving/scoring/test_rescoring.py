"""After a promotion open deals are scored anew, none is lost, and nothing that is said meanwhile is overruled."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from icp_fit.cli import app
from icp_fit.cli import serving as commands
from icp_fit.features.factors import Profile
from icp_fit.models.fit import fit_nothing
from icp_fit.models.store_paths import StorePaths
from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.scoring import rescoring
from icp_fit.serving.scoring.predictions import Origin, score_deal
from icp_fit.serving.scoring.recompute import compare
from icp_fit.serving.scoring.rescoring import Rescored, rescore_open_deals
from icp_fit.serving.scoring.served_model import ServedModel, build_served, load_champion, profile_alone
from icp_fit.serving.store.audit import read_trail
from icp_fit.serving.store.ids import Ids, next_id
from icp_fit.serving.store.ranking import rank_deals
from icp_fit.serving.store.records import Outcome, Prediction
from icp_fit.serving.store.store import Store
from tests.support.champions import install_champion
from tests.support.databases import open_database
from tests.support.running_service import ANSWERS, build_settings, run_service, wait_for
from tests.support.small_profile import CONTEXT, NEEDS, PROFILE, fit_small_model

OLD = build_served(fit_small_model(0), "1", bundle_hash="one")
NEW = build_served(fit_small_model(300), "2", bundle_hash="two")


def predict_deal(store: Store, deal_id: str, model: ServedModel = OLD, **answers: object) -> Prediction:
    """A prediction as the service makes one, which is not stored yet."""
    deal = DealRequest(answers or ANSWERS, deal_id, f"Deal {deal_id}", "Ana", "EMEA")
    return score_deal(model, deal, store.new_id(), Origin("explain", "k1")).prediction


def rescore(store: Store, model: ServedModel = NEW) -> Rescored:
    return rescore_open_deals(store, model, lambda rows, share: None)


def asking(*, without: str = "", levels: tuple[str, ...] | None = None) -> ServedModel:
    """A model of the small profile without a question, or with other levels of security."""
    factors = tuple(
        replace(factor, levels=levels) if levels and factor.levels else factor
        for factor in NEEDS.factors
        if factor.id != without
    )
    profile = Profile("small", "2", "Small", "For tests.", 0.4, (replace(NEEDS, factors=factors), CONTEXT))
    return build_served(fit_nothing(profile), "3", bundle_hash="three")


def test_open_deals_are_scored_anew_and_keep_what_they_are_called(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescoring, "AT_ONCE", 2)
    store.add([predict_deal(store, f"D-{number}", systems=number) for number in range(5)])
    store.add_outcome(Outcome("D-4", "won", datetime.now(UTC)))
    shares: list[float] = []
    found = rescore_open_deals(store, NEW, lambda rows, share: shares.append(share))
    assert (found.open_deals, found.rescored, found.already, found.refused) == (4, 4, 0, [])
    assert shares == [0.5, 1.0]
    before, after = store.history("D-3")
    assert (after.route, after.model_version, after.answers, after.key_id) == ("rescore", "2", before.answers, None)
    assert (after.name, after.owner, after.region) == ("Deal D-3", "Ana", "EMEA")
    assert compare(after, NEW).matches
    assert len(store.history("D-4")) == 1
    assert {deal.model_version for deal in rank_deals(store.database).deals} == {"2"}


def test_what_the_model_has_scored_is_passed_over(store: Store) -> None:
    store.add([predict_deal(store, "D-1"), predict_deal(store, "D-2", NEW)])
    assert (rescore(store).rescored, rescore(store).rescored) == (1, 0)
    assert rescore(store).already == 2
    assert [len(store.history(deal_id)) for deal_id in ("D-1", "D-2")] == [2, 1]


def test_rescoring_is_counted_by_changes_of_grade(store: Store) -> None:
    store.add([replace(predict_deal(store, "D-1"), grade="D"), predict_deal(store, "D-2")])
    grade = rank_deals(store.database).deals[0].grade
    found = rescore(store)
    now = {deal.deal_id: deal.grade for deal in rank_deals(store.database).deals}
    assert found.regraded == (now["D-1"] != "D") + (now["D-2"] != grade)


def test_deal_whose_answers_the_profile_does_not_accept_is_named_and_keeps_its_score(store: Store) -> None:
    store.add([predict_deal(store, "D-1", security="high"), predict_deal(store, "D-2", security="low")])
    found = rescore(store, asking(levels=("low", "top")))
    assert found.rescored == 1
    assert [refused.deal_id for refused in found.refused] == ["D-1"]
    assert '`security` must be one of "low", "top", got "high"' in found.refused[0].reason
    assert len(store.history("D-1")) == 1


def test_answer_to_a_factor_that_the_profile_no_longer_has_is_left_out_and_counted(store: Store) -> None:
    store.add([predict_deal(store, "D-1", systems=3, rivals=1)])
    found = rescore(store, asking(without="rivals"))
    assert (found.rescored, found.removed_factors) == (1, {"rivals": 1})
    assert [json.loads(past.answers) for past in store.history("D-1")] == [{"systems": 3, "rivals": 1}, {"systems": 3}]


def test_answer_given_meanwhile_counts_whichever_is_stored_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add([predict_deal(store, "D-1"), predict_deal(store, "D-2")])
    first, last = (
        predict_deal(store, "D-1", systems=1),
        predict_deal(store, "D-2", systems=1),
    )  # asked before, stored in between
    add = store.add

    def slowly(added: list[Prediction]) -> None:
        add([first])
        add(added)
        add([last])

    monkeypatch.setattr(store, "add", slowly)
    rescore(store)
    assert {deal.prediction_id for deal in rank_deals(store.database).deals} == {first.id, last.id}


def test_two_rescorings_at_once_store_one_row(store: Store) -> None:
    store.add([predict_deal(store, "D-1")])
    latest = store.latest_of_open("", 10)
    again = score_deal(NEW, DealRequest(ANSWERS, "D-1"), next_id(latest[0].id), Origin("rescore")).prediction
    rescore(store)
    store.add([again])
    assert len(store.history("D-1")) == 2


def test_next_id_stands_before_all_that_are_made_later() -> None:
    ids = Ids()
    made = [ids.new() for _ in range(1000)]
    assert sorted([*made, *map(next_id, made)]) == [id for one in made for id in (one, next_id(one))]


def test_command_scores_anew_and_names_what_it_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICP_FIT_HOME", str(tmp_path))
    monkeypatch.delenv("ICP_FIT_DATABASE_URL", raising=False)
    monkeypatch.setattr(commands, "MOST_NAMED", 1)
    none = CliRunner().invoke(app, ["rescore"])
    assert none.exit_code == 2
    assert "There is no champion" in none.stderr.replace("\n", " ")
    install_champion(tmp_path, "1")
    with open_database("sqlite", tmp_path) as database:
        store = Store(database)
        store.prepare()
        alone = profile_alone(PROFILE)
        wrong = [replace(predict_deal(store, id, alone), answers='{"security": "grim"}') for id in ("D-2", "D-3")]
        store.add([predict_deal(store, "D-1", alone), *wrong])
        told = CliRunner().invoke(app, ["rescore"])
        assert told.exit_code == 0, told.output
        assert "Rescored 1 of 3 open deals with model version 1" in told.stdout
        assert "  D-2: `security` must be one of" in told.stdout
        assert "  and 1 more; `icp-fit rescore --json` names them all." in told.stdout
        counts = json.loads(CliRunner().invoke(app, ["rescore", "--json"]).stdout)
        assert (counts["open_deals"], counts["rescored"], counts["already"]) == (3, 0, 1)
        assert [refused["deal_id"] for refused in counts["refused"]] == ["D-2", "D-3"]
        assert load_champion(StorePaths(tmp_path)).matches(*_made_by(store, "D-1"))


def test_history_of_a_running_service_tells_the_new_model_and_the_trail_who_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("icp_fit.serving.scoring.champion.POLL", 0.05)
    monkeypatch.setenv("ICP_FIT_HOME", str(tmp_path))
    first = install_champion(tmp_path, "1", fit_small_model(12))
    with run_service(build_settings(tmp_path)) as service:
        service.post("/explain", {"deal_id": "D-1", "answers": ANSWERS})
        install_champion(tmp_path, "2")
        wait_for(lambda: service.get("/readyz").json()["model_version"] == "2", "version 2")
        assert CliRunner().invoke(app, ["rescore"]).exit_code == 0
        past = service.get("/deals/D-1/history").json()["predictions"]
        assert [(one["model_version"], one["route"]) for one in past] == [("1", "explain"), ("2", "rescore")]
        ids = {"before": past[0]["prediction_id"], "after": past[1]["prediction_id"]}
        assert "New model, version 2 instead of 1" in service.get("/change/D-1", params=ids).text
        StorePaths(tmp_path).point_champion(first)
        wait_for(lambda: len(_changes(service.runtime.store)) == 2, "the trail")
        assert _changes(service.runtime.store) == [("service", "1"), ("service", "2")]


def test_model_changes_while_the_store_is_down_and_the_log_says_that_the_trail_misses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("icp_fit.serving.scoring.champion.POLL", 0.05)
    install_champion(tmp_path, "1", fit_small_model(12))
    with run_service(build_settings(tmp_path)) as service:
        with service.runtime.database.write() as connection:
            connection.exec_driver_sql("drop table audit")
        install_champion(tmp_path, "2")
        wait_for(lambda: "The change to version 2 is not in the audit trail" in caplog.text, "the log")
        assert service.post("/predict", {"answers": {}}).json()["model_version"] == "2"


def _made_by(store: Store, deal_id: str) -> tuple[str | None, str]:
    latest = store.history(deal_id)[-1]
    return latest.bundle_hash, latest.profile_digest


def _changes(store: Store) -> list[tuple[str | None, str | None]]:
    return [(entry.by, entry.subject) for entry in read_trail(store.database) if entry.act == "model changed"]
