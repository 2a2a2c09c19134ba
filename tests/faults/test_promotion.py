"""Champions change under load, sound ones and forged ones: no request is dropped, and no answer mixes two models."""

import hashlib
import json
import os
from functools import partial
from pathlib import Path

import pytest
import skops.io

from icp_fit.features.deal_reader import DealReader
from icp_fit.models.bundle import MANIFEST, MODEL
from icp_fit.models.compiled import compile_model
from icp_fit.models.explain import explain_numbers
from icp_fit.models.fit import FitClassifier
from icp_fit.models.store_paths import StorePaths
from tests.faults.load import Load, check_stored, database_url
from tests.faults.process import ServiceProcess, run_process
from tests.support.champions import install_champion
from tests.support.running_service import ANSWERS, build_settings, wait_for
from tests.support.small_profile import fit_small_model

PICKED_UP = 10.0  # seconds


def test_promotions_under_load_drop_no_request_and_mix_no_answer(tmp_path: Path) -> None:
    models = {
        "1": fit_small_model(300),
        "2": fit_small_model(12),
        "3": fit_small_model(0),
        "4": fit_small_model(300, seed=1),
    }
    install_champion(tmp_path, "1", models["1"])
    with run_process(build_settings(tmp_path)) as service, Load(service.url).running() as load:
        for version in ("2", "3", "4"):
            load.wait_for_more()
            install_champion(tmp_path, version, models[version])
            wait_for(lambda v=version: version_of(service) == v, f"version {version}", PICKED_UP)
        load.wait_for_more()
    assert (load.refused, load.broken) == ([], [])
    expected = {version: probability(model) for version, model in models.items()}
    assert {response["model_version"] for response in load.responses} == set(models)
    for response in load.responses:
        for scored in response.get("predictions", [response]):
            assert scored["win_probability"] == pytest.approx(expected[response["model_version"]], abs=1e-4)
    check_stored(database_url(tmp_path), load)


@pytest.mark.parametrize("broken", ["cut short", "other bytes", "no manifest", "other types", "forged"])
def test_broken_champion_under_load_is_refused_and_the_last_good_one_answers(tmp_path: Path, broken: str) -> None:
    install_champion(tmp_path, "1", fit_small_model(300))
    log, proof = tmp_path / "service.log", tmp_path / "proof"
    with run_process(build_settings(tmp_path)) as service, Load(service.url).running(3) as load:
        name = promote_broken(tmp_path, broken, proof)
        wait_for(lambda: "The champion is refused" in log.read_text(), "the refusal", PICKED_UP)
        load.wait_for_more()
        assert version_of(service) == "1"
        install_champion(tmp_path, "3", fit_small_model(12))
        wait_for(lambda: version_of(service) == "3", "version 3", PICKED_UP)
    assert (load.refused, load.broken) == ([], [])
    assert {response["model_version"] for response in load.responses} <= {"1", "3"}
    line = next(line for line in log.read_text().splitlines() if "The champion is refused" in line)
    assert json.loads(line)["level"] == "error"
    assert name in line
    assert not proof.exists()


def promote_broken(home: Path, how: str, proof: Path) -> str:
    """Lead the link to a bundle that was never sound, in one step; a forged one would leave `proof` when it is read."""
    champion = StorePaths(home).champion_name
    name = install_champion(home, "2", fit_small_model(12))
    StorePaths(home).point_champion(str(champion))
    bundle = StorePaths(home).bundles / name
    model, manifest = bundle / MODEL, bundle / MANIFEST
    whole = model.read_bytes()
    if how == "cut short":
        model.write_bytes(whole[: len(whole) // 2])
    elif how == "other bytes":
        model.write_bytes(os.urandom(len(whole)))
    elif how == "no manifest":
        manifest.unlink()
    else:
        content = {"model": 3} if how == "other types" else partial(os.system, f"touch {proof}")
        model.write_bytes(skops.io.dumps(content))
        document = json.loads(manifest.read_text())
        document["files"][MODEL] = hashlib.sha256(model.read_bytes()).hexdigest()
        manifest.write_text(json.dumps(document))
    StorePaths(home).point_champion(name)
    return name


def version_of(service: ServiceProcess) -> str:
    return str(service.get("/model").json()["model_version"])


def probability(model: FitClassifier) -> float:
    compiled = compile_model(model)
    return float(explain_numbers(compiled, DealReader(compiled.profile).read(ANSWERS)[None]).win_probability[0])
