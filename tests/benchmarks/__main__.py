"""Measure: `python -m tests.benchmarks [PART ...]`, all parts where none is named."""

import subprocess
import sys
from importlib import import_module

from rich.console import Console

PARTS = ("accuracy", "learning", "questions", "reading", "explaining", "scoring", "serving", "pages", "speed")


def measure(name: str) -> None:
    console = Console()
    console.rule(name, align="left")
    getattr(import_module(f"tests.benchmarks.{name}"), f"measure_{name}")(console)


if __name__ == "__main__":
    names = sys.argv[1:] or PARTS
    if unknown := set(names).difference(PARTS):
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
    if len(names) == 1:
        measure(names[0])
    for name in names if len(names) > 1 else ():
        # Each in a process of its own: Linux counts a parent's memory as the peak of the commands that it starts.
        subprocess.run([sys.executable, "-m", "tests.benchmarks", name], check=True)
