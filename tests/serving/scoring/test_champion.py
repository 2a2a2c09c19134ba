"""A promotion reaches the service within seconds, mixes no answer, and no broken bundle ever answers."""

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import skops.io

from icp_fit.features.deal_reader import DealReader
from icp_fit.models.bundle import FORMAT, MANIFEST, MODEL
from icp_fit.models.compiled import compile_model
from icp_fit.models.explain import explain_numbers
from icp_fit.models.fit import FitClassifier
from icp_fit.models.store_paths import StorePaths
from icp_fit.serving.scoring import champion as champions
from icp_fit.serving.scoring.champion import Champion
from icp_fit.serving.scoring.served_model import load_model, profile_alone
from tests.support.champions import install_champion
from tests.support.running_service import ANSWERS, RunningService, build_settings, run_service, wait_for
from tests.support.small_profile import fit_small_model


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(champions, "POLL", 0.05)
    monkeypatch.setattr(champions, "RETRY", 0.1)


def test_promotion_under_load_is_picked_up_and_no_answer_mixes_two_models(tmp_path: Path) -> None:
    install_champion(tmp_path, "1", fit_small_model(300))
    expected = {
        "1": _probability(fit_small_model(300)),
        "2": _probability(fit_small_model(12)),
        "3": _probability(fit_small_model(0)),
    }
    told: list[tuple[int, str, float]] = []
    with run_service(build_settings(tmp_path, timeout=60.0)) as service, ThreadPoolExecutor(4) as pool:
        stop: list[bool] = []
        asking = [pool.submit(_ask_until, service, stop, told) for _ in range(4)]
        wait_for(lambda: told, "version 1 to be asked")
        for version, model in (("2", fit_small_model(12)), ("3", fit_small_model(0))):
            install_champion(tmp_path, version, model)
            wait_for(lambda v=version: told[-1][1] == v, version, 60)
        stop.append(True)
    assert [future.exception() for future in asking] == [None] * 4
    assert {status for status, _, _ in told} == {200}
    assert set(Counter(version for _, version, _ in told)) == {"1", "2", "3"}
    assert all(probability == pytest.approx(expected[version], abs=1e-4) for _, version, probability in told)


@pytest.mark.parametrize("broken", ["a changed byte", "a missing file", "a newer format", "another profile", "forged"])
def test_broken_bundle_is_refused_with_a_reason_and_the_last_good_one_answers(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    champion = _champion(tmp_path, "1")
    name = install_champion(tmp_path, "2", fit_small_model(12))
    _break(StorePaths(tmp_path).bundles / name, broken)
    with caplog.at_level(logging.ERROR, "icp_fit.champion"):
        champion.look()
        champion.look()
    assert champion.model is not None
    assert champion.model.model_version == "1"
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 1  # once, not at every look
    assert lines[0].startswith("The champion is refused, and version 1 goes on answering:")
    install_champion(tmp_path, "3", fit_small_model(0))
    champion.look()
    assert champion.model.model_version == "3"


def test_refused_bundle_is_taken_once_it_is_whole(tmp_path: Path) -> None:
    champion = _champion(tmp_path, "1")
    name = install_champion(tmp_path, "2", fit_small_model(12))
    model = StorePaths(tmp_path).bundles / name / MODEL
    whole = model.read_bytes()
    model.write_bytes(whole[:-1])
    champion.look()
    model.write_bytes(whole)

    def is_taken() -> bool:
        champion.look()
        return champion.model is not None and champion.model.model_version == "2"

    wait_for(is_taken, "version 2")


def test_broken_bundle_at_the_start_answers_nothing_rather_than_the_profile(tmp_path: Path) -> None:
    (StorePaths(tmp_path).bundles / install_champion(tmp_path, "1") / MODEL).write_bytes(b"")
    champion = Champion(StorePaths(tmp_path))
    champion.look()
    assert champion.model is None


def test_first_promotion_replaces_the_profile_alone(tmp_path: Path) -> None:
    champion = Champion(StorePaths(tmp_path))
    champion.look()
    assert champion.model is not None
    assert champion.model.model_version == "profile"
    install_champion(tmp_path, "1")
    champion.look()
    assert champion.model.model_version == "1"


def test_champion_goes_on_when_its_link_is_removed(tmp_path: Path) -> None:
    champion = _champion(tmp_path, "1")
    StorePaths(tmp_path).champion.unlink()
    champion.look()
    assert champion.model is not None
    assert champion.model.model_version == "1"


def test_model_of_an_old_prediction_is_found_by_its_bundle(tmp_path: Path) -> None:
    champion = _champion(tmp_path, "1")
    first = champion.model
    assert first is not None
    install_champion(tmp_path, "2", fit_small_model(12))
    champion.look()
    again = champion.model_of(first.bundle_hash, first.profile.digest)
    assert again is not None
    assert again.model_version == "1"
    assert champion.model_of("0" * 64, first.profile.digest) is None


def test_model_is_found_only_for_predictions_by_its_own_profile(tmp_path: Path) -> None:
    champion = _champion(tmp_path, "1")
    now = champion.model
    assert now is not None
    assert champion.model_of(now.bundle_hash, now.profile.digest) is now
    assert champion.model_of(now.bundle_hash, "0" * 16) is None
    install_champion(tmp_path, "2", fit_small_model(12))
    champion.look()
    assert champion.model_of(now.bundle_hash, "0" * 16) is None


def test_profile_alone_is_found_for_predictions_of_the_same_profile_alone(tmp_path: Path) -> None:
    champion = _champion(tmp_path, "1")
    alone = champion.model_of(None, profile_alone().profile.digest)
    assert alone is not None
    assert alone.model_version == "profile"
    assert champion.model_of(None, "0" * 16) is None


def test_profile_alone_is_what_the_profile_says() -> None:
    model = profile_alone()
    blank = explain_numbers(model.compiled, np.full((1, len(model.profile.factors)), np.nan))
    assert blank.win_probability[0] == pytest.approx(model.profile.win_rate)


def test_loaded_model_never_changes(tmp_path: Path) -> None:
    model = load_model(StorePaths(tmp_path).bundles / install_champion(tmp_path, "1"))
    with pytest.raises(AttributeError):
        model.model_version = "2"  # type: ignore[misc]


def _champion(home: Path, version: str) -> Champion:
    install_champion(home, version)
    champion = Champion(StorePaths(home))
    champion.look()
    assert champion.model is not None
    return champion


def _break(bundle: Path, how: str) -> None:
    model, manifest = bundle / MODEL, bundle / MANIFEST
    if how == "a changed byte":
        data = bytearray(model.read_bytes())
        data[len(data) // 2] ^= 1
        model.write_bytes(data)
    elif how == "a missing file":
        model.unlink()
    elif how == "a newer format":
        manifest.write_text(manifest.read_text().replace(f'"format": {FORMAT}', f'"format": {FORMAT + 1}'))
    elif how == "another profile":
        text = manifest.read_text()
        digest = fit_small_model(12).profile_.digest
        manifest.write_text(text.replace(digest, "0" * len(digest)))
    else:
        forged = skops.io.dumps([print])
        import hashlib
        import json

        document = json.loads(manifest.read_text())
        document["files"][MODEL] = hashlib.sha256(forged).hexdigest()
        manifest.write_text(json.dumps(document))
        model.write_bytes(forged)


def _probability(model: FitClassifier) -> float:
    compiled = compile_model(model)
    return float(explain_numbers(compiled, DealReader(compiled.profile).read(ANSWERS)[None]).win_probability[0])


def _ask_until(service: RunningService, stop: list[bool], told: list[tuple[int, str, float]]) -> None:
    while not stop:
        answer = service.post("/predict", {"answers": ANSWERS})
        said = answer.json()
        told.append((answer.status_code, said.get("model_version", ""), said.get("win_probability", 0.0)))
