"""Commands as documents show them: blocks of the language `console`, with what the commands print.

A line of three dots stands for any lines. Python blocks that begin with the name of a file are that file.
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
from tests.support.running_service import RunningService

HOST = "localhost:3000"
PRETTY = " | python3 -m json.tool"
# What differs from run to run, and bars, whose length is that of a number beside them.
CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d(T[\d:.]+Z)?( \d\d:\d\d)?|[─-▟]+| {2,}")
NUMBER = re.compile(r"\d[\d,]*\.?\d*")


class Step(NamedTuple):
    """A command, and the lines that a document shows below it."""

    command: str
    output: list[str]

    @property
    def asks_service(self) -> bool:
        return self.command.startswith(("curl ", "python "))

    def compare(self, printed: str) -> list[str]:
        """What is to be said where the command printed something else than the document shows; nothing where not."""
        same = matches(self.output, printed.rstrip("\n").splitlines())
        return [] if same else [f"$ {self.command}\nnow prints:\n{printed}"]


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
    """What any other command prints, after what it says of its progress."""
    name, *arguments = shlex.split(command)
    if name == "icp-fit":
        result = CliRunner().invoke(app, arguments)
        return result.stdout or result.stderr
    assert name == "head", f"A document has a command that this test does not know: {command}"
    if not (folder / arguments[1]).exists():
        return f"There is no {arguments[1]}."  # the command that writes it has failed, and is named with this one
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
