"""Thousands of requests drawn from the service's own OpenAPI document, right ones and wrong ones (schemathesis)."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.faults.process import run_process
from tests.support.champions import install_champion
from tests.support.running_service import ANSWERS, build_settings

CASES = 5_000
SEEDS = ("7", "8")  # of how many are found for a route, chance has a part
# How many of a route at most, beside those that go through each of its fields one by one. Forms of the
# pages are refused without the token of a session, whatever stands in them. The document cannot say which columns a
# table must have for the model of the day, so that a table of any columns is right by it.
SETTINGS = """
generation.max-examples = 400
[[operations]]
include-path = "/batch"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx"]
[[operations]]
include-tag = "pages"
generation.max-examples = 30
"""


def test_any_request_is_answered_as_the_document_says(tmp_path: Path) -> None:
    install_champion(tmp_path, "1")
    with run_process(build_settings(tmp_path)) as service:
        service.post("/predict", {"deal_id": "D-0042", "answers": ANSWERS})
        rounds = [run_schemathesis(f"{service.url}/openapi.json", tmp_path, seed) for seed in SEEDS]
    statuses = Counter(read_statuses(tmp_path))
    told = f"{statuses.total():,} cases: {dict(sorted(statuses.items()))}"
    print(told)  # noqa: T201
    for ended in rounds:
        assert ended.returncode == 0, ended.stdout[-20_000:]
    assert statuses.total() >= CASES, told
    assert 200 <= min(statuses) <= max(statuses) < 500, told
    # a share of each kind, so that neither refusing everything nor accepting everything would pass
    assert min(statuses[200], statuses[422]) > CASES / 10, told
    assert '"level": "error"' not in (tmp_path / "service.log").read_text()


def run_schemathesis(url: str, folder: Path, seed: str) -> "subprocess.CompletedProcess[str]":
    """Its command, with every check that it has; what it sent and was told goes into a file of the folder."""
    (folder / "schemathesis.toml").write_text(SETTINGS)
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", url, "--phases", "examples,coverage,fuzzing",
        "--workers", "2", "--seed", seed, "--generation-database", "none",
        "--continue-on-failure", "--warnings", "off", "--no-color",
        "--report", "ndjson", "--report-ndjson-path", str(folder / f"{seed}.ndjson"),
    ]  # fmt: skip
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=400)


def read_statuses(folder: Path) -> Iterator[int]:
    """The status of each answer, 0 where there was none."""
    for line in "".join(file.read_text() for file in folder.glob("*.ndjson")).splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for interaction in recorder.get("interactions", {}).values():
            yield interaction.get("response", {}).get("status_code", 0)
