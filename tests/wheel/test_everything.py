"""icp-fit with all extras: the service, the bento that is built from the installed package, and the notebooks."""

import re
import shutil
import socket
from pathlib import Path

import httpx
import pytest

from tests.support.champions import install_champion
from tests.support.checkout import CHECKOUT
from tests.support.running_service import ANSWERS, wait_for
from tests.wheel.environments import SECONDS, Environment, create_environment, wait_for_line

NOTEBOOKS = sorted((CHECKOUT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def champion(everything: Environment) -> str:
    store = everything.home / ".icp-fit"
    store.mkdir()
    return install_champion(store, "3")


def test_service_answers_with_the_champion_and_ends_when_it_is_told(everything: Environment, champion: str) -> None:
    with everything.running("icp-fit", "serve", "--port", "0") as printed:
        found = re.search(r"http://\S+", wait_for_line(printed, "icp-fit answers on"))
        assert found, printed.read_text()
        explained = httpx.post(f"{found[0]}/explain", json={"deal_id": "D-1", "answers": ANSWERS}, timeout=60).json()
        assert (explained["deal_id"], explained["model_version"]) == ("D-1", "3")
        assert httpx.get(f"{found[0]}/", timeout=60).status_code == 200


def test_bento_of_the_installed_package_is_served_where_icp_fit_is_not_installed(
    everything: Environment, champion: str, tmp_path: Path
) -> None:
    built = everything.run("python", "-m", "icp_fit.serving.bento")
    assert built.returncode == 0, built.stderr
    found = re.search(r"Built icp-fit:\w+, [\d.]+ MB, in (\S+)", built.stdout)
    assert found, built.stdout
    bento = tmp_path / "bento"
    shutil.move(found[1], bento)
    assert [path.name for path in (bento / "src").iterdir() if path.is_dir()] == ["icp_fit"]

    elsewhere = create_environment(tmp_path, "-r", str(bento / "env" / "python" / "requirements.txt"))
    assert elsewhere.run("python", "-c", "import icp_fit").returncode == 1
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with elsewhere.running("bentoml", "serve", bento, "--host", "127.0.0.1", "--port", port):
        wait_for(lambda: is_ready(port), "the bento to be ready", SECONDS)
        explained = httpx.post(f"http://127.0.0.1:{port}/explain", json={"answers": ANSWERS}, timeout=60).json()
        assert explained["model_version"] == "3"
    assert (elsewhere.home / ".icp-fit" / "champion").readlink().name == champion


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_with_nothing_but_the_installed_package(everything: Environment, notebook: Path) -> None:
    shutil.copy(notebook, everything.home)
    ran = everything.run("jupyter", "execute", notebook.name)
    assert ran.returncode == 0, ran.stderr[-5_000:]


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx.TransportError:
        return False
