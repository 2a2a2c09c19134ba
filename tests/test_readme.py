"""What the README shows is what happens: its commands are run on example deals, and its output is compared.

Blocks of the language `console` hold commands after `$` and what they print; a line of three dots stands for any lines.
Python blocks that begin with the name of a file are that file.
"""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from icp_fit.cli import app
from icp_fit.features.deals import read_deals
from icp_fit.features.mapping import Mapping
from icp_fit.features.profile import read_profile
from icp_fit.features.simulation.sample import as_crm, sample_deals
from icp_fit.models.bundle import save_bundle
from icp_fit.models.store_paths import StorePaths
from icp_fit.training.train import fit_model, in_order
from tests.support.checkout import CHECKOUT
from tests.support.running_service import RunningService, build_settings, run_service

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
HOST = "localhost:3000"
PRETTY = " | python3 -m json.tool"
# What differs from run to run, and bars, whose length is that of a number beside them.
CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d(T[\d:.]+Z)?|[─-▟]+| {2,}")
NUMBER = re.compile(r"\d[\d,]*\.?\d*")


class Step(NamedTuple):
    command: str
    output: list[str]


def read_steps(text: str) -> Iterator[Step]:
    for block in re.findall(r"^```console\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
        lines = block.splitlines()
        starts = [*(i for i, line in enumerate(lines) if line.startswith("$ ")), len(lines)]
        for start, end in pairwise(starts):
            yield Step(lines[start].removeprefix("$ "), lines[start + 1 : end])


def read_files(text: str) -> dict[str, str]:
    return dict(re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL))


def ask(command: str, folder: Path, service: RunningService) -> str:
    """What a command prints that asks the service."""
    name, *arguments = shlex.split(command.removesuffix(PRETTY))
    if name == "curl":
        answer = service.post(arguments[1].removeprefix(HOST), json.loads(arguments[3])).text
        return json.dumps(json.loads(answer), indent=4) if command.endswith(PRETTY) else answer
    ran = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


def run(command: str, folder: Path) -> str:
    """What any other command prints."""
    name, *arguments = shlex.split(command)
    if name == "icp-fit":
        return CliRunner().invoke(app, arguments).output
    assert name == "head", f"The README has a command that this test does not know: {command}"
    return "\n".join((folder / arguments[1]).read_text().splitlines()[: -int(arguments[0])])


def matches(shown: list[str], printed: list[str]) -> bool:
    """Whether lines are as shown, where a line of three dots stands for any lines."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(matches(shown[1:], printed[skipped:]) for skipped in range(len(printed) + 1))
    return bool(printed) and is_like(shown[0], printed[0]) and matches(shown[1:], printed[1:])


def is_like(shown: str, printed: str) -> bool:
    """Whether two lines say the same; another processor may round a number elsewhere."""
    one, other = (CHANGING.sub(" ", line).strip() for line in (shown, printed))
    if NUMBER.sub("#", one) != NUMBER.sub("#", other):
        return False
    numbers = zip(*(map(to_number, NUMBER.findall(line)) for line in (one, other)), strict=True)
    return all(a == pytest.approx(b, rel=0.02, abs=1.01 if max(a, b) >= 1 else 0.02) for a, b in numbers)


def to_number(text: str) -> float:
    return float(text.replace(",", ""))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the README takes for granted: a table with mistakes, and a champion."""
    profile = read_profile("liferay")
    deals = as_crm(sample_deals(profile, 2000, 7), profile, Mapping())
    broken = deals.astype(object)
    broken.loc[16, "integrations"] = "many"
    broken.loc[340, "closed_on"] = "2020-01-01"
    broken.to_csv(tmp_path / "broken.csv", index=False)
    home = StorePaths(tmp_path / "home")
    model = fit_model(in_order(read_deals(deals, profile)).closed, profile, seed=0)
    save_bundle(model, home.bundles / "v1", {}, model_version="1")
    home.point_champion("v1")
    monkeypatch.setenv("ICP_FIT_HOME", str(home.folder))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_readme_shows_what_its_commands_print(folder: Path) -> None:
    asking = [step for step in read_steps(README) if step.command.startswith(("curl ", "python "))]
    for step in read_steps(README):
        if step not in asking:
            check(step, run(step.command, folder))
    with run_service(build_settings(folder / "home")) as service:
        for name, code in read_files(README).items():
            (folder / name).write_text(code.replace(f"http://{HOST}", service.url), encoding="utf-8")
        for step in asking:
            check(step, ask(step.command, folder, service))


def check(step: Step, output: str) -> None:
    printed = output.rstrip("\n").splitlines()
    assert matches(step.output, printed), f"$ {step.command}\nnow prints:\n{output}"


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (["a", "...", "d"], ["a", "b", "c", "d"], True),
        (["..."], [], True),
        (["a", "..."], ["b", "c"], False),
        (["Score 63 of 2,000"], ["Score 64 of 2,000"], True),
        (["Score 63"], ["Score 73"], False),
        (["low 0.31"], ["low 0.41"], False),
        (["kept 2026-11-24."], ["kept 2027-01-02."], True),
        (["grade B"], ["grade C"], False),
        (["a", "b"], ["a"], False),
    ],
)
def test_output_is_compared_but_for_what_changes(shown: list[str], printed: list[str], same: bool) -> None:
    assert matches(shown, printed) is same
