"""Requests a second of the service, beside endpoints that do nothing, the obvious service and MLflow's own.

All on this machine, one worker each, one after the other in one run. Ours explains each deal and stores it first.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
from rich.console import Console
from rich.table import Table

from icp_fit.features.deal_reader import answer_of
from icp_fit.features.encoder import answer_numbers
from icp_fit.features.profile import read_profile
from icp_fit.features.simulation.sample import sample_deals
from icp_fit.models.bundle import save_bundle
from icp_fit.models.fit import FitClassifier
from icp_fit.models.store_paths import StorePaths
from tests.benchmarks.driving import WRK, Drive, as_lines, drive
from tests.benchmarks.services import fit_peer, plain_answers, save_peer

PROFILE = read_profile("liferay")
CONNECTIONS = (8, 64)
SECONDS = 6.0
BATCH = 10_000
MANY = 200_000  # requests over which memory must stay flat
PYTHON = sys.executable
PATIENCE = 180.0  # seconds for a service to start


@dataclass(frozen=True)
class Process:
    """A service that answers, where, and how many seconds it took to be ready."""

    url: str
    pid: int
    ready: float

    @property
    def megabytes(self) -> float:
        """What the process holds in memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1e3


def measure_serving(console: Console) -> None:
    """Print requests a second and latencies of all services, then batches, start and memory of ours."""
    if WRK is None:
        console.print("`wrk` is not installed (apt-get install wrk): a slower client of ours asks instead.")
    deals = sample_deals(PROFILE, 2_000, 7)
    bodies = _bodies(deals)
    table = Table("service", "connections", "requests/s", "median ms", "99% ms", "failed", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    with tempfile.TemporaryDirectory() as folder:
        home = _home(Path(folder), deals)
        save_peer(fit_peer(PROFILE, deals), PROFILE, home / "peer.joblib")
        with _ours(home) as ours:
            livez = _race(table, "ours, a route that does nothing (/livez)", f"{ours.url}/livez")
            mine = _race(table, "ours, explained and stored (/explain)", f"{ours.url}/explain", bodies)
            _race(table, "ours, scored and stored (/predict)", f"{ours.url}/predict", bodies)
            batch = _time_batch(ours, deals)
            memory = _watch_memory(ours, bodies)
        with _bento(home, "Nothing") as process:
            nothing = _race(table, "BentoML endpoint that does nothing", f"{process.url}/nothing", [b"{}"])
        with _bento(home, "Obvious") as process:
            obvious = _race(table, "the obvious service", f"{process.url}/explain", bodies, seconds=3.0)
        with _mlflow(home, deals) as process:
            asked = [_frame(deals)]
            mlflow = _race(table, "mlflow models serve, score only", f"{process.url}/invocations", asked, seconds=3.0)
    console.print(table)
    _print_ratios(
        console, mine, {"BentoML's endpoint": nothing, "/livez": livez}, {"obvious": obvious, "MLflow": mlflow}
    )
    console.print(
        f"Batch of {BATCH:,} deals, explained and stored: {batch:.2f} s (target: at most 1 s)", highlight=False
    )
    console.print(f"Ready after {ours.ready:.1f} s (target: at most 5 s)", highlight=False)
    console.print(memory, highlight=False)


def _print_ratios(
    console: Console, mine: list[Drive], nothing: dict[str, list[Drive]], peers: dict[str, list[Drive]]
) -> None:
    for name, drives in nothing.items():
        shares = ", ".join(
            f"{own.rate / other.rate:.0%} at {count}"
            for own, other, count in zip(mine, drives, CONNECTIONS, strict=True)
        )
        console.print(f"Of {name} that does nothing: {shares} connections (target: at least 70%)", highlight=False)
    tail = mine[0].late / mine[0].median
    console.print(
        f"99th percentile at {CONNECTIONS[0]}: {tail:.1f} times the median (target: at most 3)", highlight=False
    )
    for name, drives in peers.items():
        times = min(own.rate / max(other.rate, 1e-9) for own, other in zip(mine, drives, strict=True))
        console.print(f"At least {times:.1f} times {name} (target: at least 10 times)", highlight=False)


def _race(
    table: Table, name: str, url: str, bodies: list[bytes] | None = None, seconds: float = SECONDS
) -> list[Drive]:
    """Drive a service with few and with many connections, after a warm-up."""
    drive(url, CONNECTIONS[0], 2.0, bodies)
    drives = [drive(url, count, seconds, bodies) for count in CONNECTIONS]
    for count, run in zip(CONNECTIONS, drives, strict=True):
        cells = (f"{run.rate:,.0f}", f"{1e3 * run.median:.2f}", f"{1e3 * run.late:.2f}", f"{run.failed:,}")
        table.add_row(name, str(count), *cells)
    return drives


def _time_batch(ours: Process, deals: pd.DataFrame) -> float:
    """Seconds of the quickest of three batches."""
    documents = _documents(deals)
    body = json.dumps({"deals": [documents[i % len(documents)] for i in range(BATCH)]})
    took = []
    for _ in range(3):
        started = time.perf_counter()
        answer = httpx.post(f"{ours.url}/batch", content=body, headers={"content-type": "application/json"}, timeout=60)
        took.append(time.perf_counter() - started)
        assert len(answer.json()["predictions"]) == BATCH
    return min(took)


def _watch_memory(ours: Process, bodies: list[bytes]) -> str:
    """What memory did over very many requests, in tenths of them."""
    held, asked = [ours.megabytes], 0
    while asked < MANY:
        asked += drive(f"{ours.url}/explain", CONNECTIONS[1], 5.0, bodies).requests
        held.append(ours.megabytes)
    half = held[len(held) // 2]
    return (
        f"Memory over {asked:,} requests: {held[0]:.0f} MB before, {half:.0f} MB half way, "
        f"{held[-1]:.0f} MB at the end (target: flat)"
    )


@contextmanager
def _ours(home: Path) -> Iterator[Process]:
    command = [str(Path(PYTHON).with_name("icp-fit")), "serve", "--port", "0"]
    with _started(command, home, "answers on (http://[^ ]+)") as process:
        yield process


@contextmanager
def _bento(home: Path, name: str) -> Iterator[Process]:
    port = _free_port()
    command = [PYTHON, "-m", "bentoml", "serve", f"tests.benchmarks.services:{name}", "--port", str(port)]
    with _answering(command, home, port, "/readyz") as process:
        yield process


@contextmanager
def _mlflow(home: Path, deals: pd.DataFrame) -> Iterator[Process]:
    import mlflow.sklearn

    path, port = home / "mlflow-model", _free_port()
    mlflow.sklearn.save_model(fit_peer(PROFILE, deals), path, serialization_format="cloudpickle", pip_requirements=[])
    command = [str(Path(PYTHON).with_name("mlflow")), "models", "serve", "-m", str(path), "--env-manager", "local"]
    with _answering([*command, "-p", str(port)], home, port, "/ping") as process:
        yield process


@contextmanager
def _answering(command: list[str], home: Path, port: int, path: str) -> Iterator[Process]:
    """Start a service that does not say when it is ready."""
    url = f"http://127.0.0.1:{port}"
    with _running(command, home) as (pid, said):
        started = time.perf_counter()
        while not _is_up(url + path):
            assert time.perf_counter() - started < PATIENCE, said.read_text()[-2_000:]
            time.sleep(0.1)
        yield Process(url, pid, time.perf_counter() - started)


@contextmanager
def _started(command: list[str], home: Path, pattern: str) -> Iterator[Process]:
    """Start a service that says where it answers."""
    with _running(command, home) as (pid, said):
        started = time.perf_counter()
        while not (found := re.search(pattern, said.read_text())):
            assert time.perf_counter() - started < PATIENCE, said.read_text()[-2_000:]
            time.sleep(0.02)
        yield Process(found[1], pid, time.perf_counter() - started)


@contextmanager
def _running(command: list[str], home: Path) -> Iterator[tuple[int, Path]]:
    said = home / "said.txt"
    own = {
        "ICP_FIT_HOME": str(home),
        "ICP_FIT_PEER": str(home / "peer.joblib"),
        "BENTOML_HOME": str(home / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        "OMP_NUM_THREADS": "1",  # one worker each: threads of one request would only wait for each other
        "PATH": f"{Path(PYTHON).parent}:{os.environ['PATH']}",
    }
    with said.open("w") as file:
        process = subprocess.Popen(command, env=os.environ | own, stdout=file, stderr=file)
    try:
        yield process.pid, said
    finally:
        process.terminate()
        process.wait(60)


def _home(folder: Path, deals: pd.DataFrame) -> Path:
    """A home with a champion learned from example deals."""
    closed = deals[deals["outcome"].notna()]
    model = FitClassifier(PROFILE, random_state=0).fit(closed, closed["outcome"] == "won")
    save_bundle(model, StorePaths(folder).bundles / "1-bench", {}, model_version="1")
    StorePaths(folder).point_champion("1-bench")
    return folder


def _documents(deals: pd.DataFrame) -> list[dict[str, Any]]:
    """Deals as JSON."""
    from icp_fit.features.answers import read_answers

    answers, _ = read_answers(PROFILE, deals[list(PROFILE.factor_ids)])
    rows = answer_numbers(PROFILE, answers).tolist()
    return [
        {
            "deal_id": f"D-{row}",
            "answers": {f.id: answer_of(f, number) for f, number in zip(PROFILE.factors, numbers, strict=True)},
        }
        for row, numbers in enumerate(rows)
    ]


def _bodies(deals: pd.DataFrame) -> list[bytes]:
    return as_lines(_documents(deals)[:1_000])


def _frame(deals: pd.DataFrame) -> bytes:
    """One deal as MLflow's server wants it."""
    row = plain_answers(PROFILE, deals).head(1)
    return json.dumps({"dataframe_split": json.loads(row.to_json(orient="split", index=False))}).encode()


def _is_up(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
