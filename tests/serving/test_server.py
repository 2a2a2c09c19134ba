"""The service as it is started: one line when it is ready, a clean end, and a bento that needs nothing of training."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from icp_fit.models.store_paths import StorePaths
from icp_fit.serving.bento import folder_size, pin_requirements
from icp_fit.serving.bundled_champion import install_bundled_champion
from icp_fit.serving.store.database import Database
from tests.support.champions import install_champion
from tests.support.checkout import CHECKOUT
from tests.support.running_service import ANSWERS, wait_for
from tests.support.small_profile import fit_small_model

COMMAND = Path(sys.executable).with_name("icp-fit")
TRAINING = ("mlflow", "shap", "matplotlib")
SECONDS = 120  # until a process is ready, on a machine that is busy with other tests


@contextmanager
def started(command: list[str], home: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Start a process with a home of its own; yields it with the file of what it says, and ends it."""
    said = home / "said.txt"
    own = {"ICP_FIT_HOME": str(home), "BENTOML_HOME": str(home / "bentoml"), "BENTOML_DO_NOT_TRACK": "True"}
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ICP_FIT_", "BENTOML_"))}
    with said.open("w") as file:
        process = subprocess.Popen(
            command, env=clean | own | environment, stdout=file, stderr=file, text=True, cwd=home
        )
    try:
        yield process, said
    finally:
        process.kill()
        process.wait()


def test_serve_says_where_it_answers_and_ends_without_losing_what_it_acknowledged(tmp_path: Path) -> None:
    install_champion(tmp_path, "1")
    with started([str(COMMAND), "serve", "--port", "0"], tmp_path) as (process, said):
        wait_for(lambda: "answers on" in said.read_text() or process.poll() is not None, "the service", SECONDS)
        found = re.search(r"icp-fit answers on (http://127\.0\.0\.1:\d+) with model version 1\.", said.read_text())
        assert found, said.read_text()
        told = httpx.post(f"{found[1]}/explain", json={"deal_id": "D-1", "answers": ANSWERS}).json()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)
    assert "Traceback" not in said.read_text()
    again = _recompute(tmp_path, told["prediction_id"])
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["matches"] is True


def test_serve_on_the_database_of_another_name_ends_with_2_and_says_whose_it_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    with closing(Database(url, "emea")) as database:
        database.prepare()
    with started([str(COMMAND), "serve", "--port", "0"], tmp_path, ICP_FIT_DATABASE_URL=url) as (process, said):
        assert process.wait(SECONDS) == 2
    assert "belongs to the name `emea`, and ICP_FIT_NAME is `icp-fit`" in said.read_text()
    assert "answers on" not in said.read_text()
    assert "Traceback" not in said.read_text()


def test_recompute_of_an_unknown_prediction_ends_with_2(tmp_path: Path) -> None:
    again = _recompute(tmp_path, "nothing")
    assert again.returncode == 2
    assert "There is no prediction `nothing`" in again.stderr.replace("\n", " ")


def test_serving_imports_nothing_of_training() -> None:
    code = (
        f"import icp_fit.serving.service, sys; sys.exit(', '.join(n for n in {TRAINING!r} if n in sys.modules) or None)"
    )
    environment = os.environ | {"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": os.devnull}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=CHECKOUT)


def test_bento_answers_with_the_champion_it_carries_where_training_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, elsewhere, absent = tmp_path / "home", tmp_path / "elsewhere", tmp_path / "absent"
    name = install_champion(home, "1")
    elsewhere.mkdir()
    absent.mkdir()
    for library in TRAINING:
        (absent / f"{library}.py").write_text("raise ImportError('it is not in the bento')")
    bento = _build(home, tmp_path / "bentos")
    package = bento / "src" / "icp_fit"
    assert [path.name for path in (bento / "src").iterdir() if path.is_dir()] == ["icp_fit"]
    assert not any((package / path).exists() for path in ("training", "models/store"))
    assert [path.name for path in (package / "champion").iterdir()] == [name]
    assert folder_size(bento) < 20e6
    port = _free_port()
    command = [sys.executable, "-m", "bentoml", "serve", str(bento), "--port", str(port)]
    with started(command, elsewhere, PYTHONPATH=str(absent)) as (process, said):
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: _answers(url) or process.poll() is not None, "the bento to answer", SECONDS)
        assert process.poll() is None, said.read_text()
        assert httpx.post(f"{url}/predict", json={"answers": ANSWERS}).json()["model_version"] == "1"
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert StorePaths(elsewhere).champion_name == name


def test_bento_requires_no_library_of_training() -> None:
    required = " ".join(pin_requirements())
    assert "bentoml==" in required
    assert not any(library in required for library in TRAINING)


def test_carried_champion_is_promoted_once_so_that_a_rollback_survives_a_restart(tmp_path: Path) -> None:
    name = install_champion(tmp_path / "built", "2", fit_small_model(12))
    install_champion(tmp_path / "home", "1")
    home, folder = StorePaths(tmp_path / "home"), StorePaths(tmp_path / "built").bundles
    assert install_bundled_champion(home, folder) == name
    assert home.champion_name == name
    home.point_champion("1-test")
    assert install_bundled_champion(home, folder) is None
    assert home.champion_name == "1-test"


def _build(home: Path, bentos: Path) -> Path:
    """Build a bento in a process of its own: BentoML keeps where its store is from its first import on."""
    environment = {"ICP_FIT_HOME": str(home), "BENTOML_HOME": str(bentos), "BENTOML_DO_NOT_TRACK": "True"}
    command = [sys.executable, "-m", "icp_fit.serving.bento"]
    built = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, cwd=CHECKOUT, check=True
    )
    found = re.search(r"Built icp-fit:\w+, [\d.]+ MB, in (\S+)", built.stdout)
    assert found, built.stdout + built.stderr
    return Path(found[1])


def _recompute(home: Path, prediction_id: str) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), "recompute", prediction_id, "--json"]
    environment = os.environ | {"ICP_FIT_HOME": str(home)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _free_port() -> int:

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
