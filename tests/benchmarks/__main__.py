"""Measure: `python -m tests.benchmarks [PART ...]`, all parts where none is named."""

import sys
from importlib import import_module

from rich.console import Console

PARTS = ("accuracy", "learning", "questions", "explaining", "scoring", "serving", "speed")

if __name__ == "__main__":
    unknown = set(sys.argv[1:]).difference(PARTS)
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
    console = Console()
    for name in sys.argv[1:] or PARTS:
        console.rule(name, align="left")
        getattr(import_module(f"tests.benchmarks.{name}"), f"measure_{name}")(console)
