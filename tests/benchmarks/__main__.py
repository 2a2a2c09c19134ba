"""Measure: `python -m tests.benchmarks [accuracy] [learning] [speed]`, all of them where none is named."""

import sys

from rich.console import Console

from tests.benchmarks.accuracy import measure_accuracy
from tests.benchmarks.learning import measure_learning
from tests.benchmarks.speed import measure_speed

PARTS = {"accuracy": measure_accuracy, "learning": measure_learning, "speed": measure_speed}

if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - set(PARTS)
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
    console = Console()
    for name in sys.argv[1:] or PARTS:
        console.rule(name, align="left")
        PARTS[name](console)
