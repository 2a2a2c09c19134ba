"""Time and memory of whole commands, as the operating system accounts them."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

COMMAND = Path(sys.executable).with_name("icp-fit")
TARGETS = {2_000: "at most 15 s", 50_000: "at most 90 s, under 2 GB", 1_000_000: "finishes; no worse than n log n"}


def measure_speed(console: Console, sizes: tuple[int, ...] = tuple(TARGETS)) -> None:
    """Print wall time and peak memory of `--help` and of training with evaluation on example deals."""
    table = Table("command", "wall s", "CPU s", "peak GB", "target", box=None)
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"ICP_FIT_HOME": str(Path(folder) / "home")}
        _run(["--help"], environment)
        best = min((_run(["--help"], environment) for _ in range(5)), key=lambda run: run[0])
        table.add_row("icp-fit --help", *_cells(best), "at most 0.5 s")
        deals = str(Path(folder) / "deals.parquet")
        _run(["sample", deals, "--rows", "400"], environment)
        first = _run(["train", deals], environment)[0]
        console.print(f"First training on a machine, which makes MLflow's database: {first:.1f} s", highlight=False)
        for rows in sizes:
            _run(["sample", deals, "--rows", str(rows)], environment)
            run = _run(["train", deals], environment)
            table.add_row(f"icp-fit train, {rows:,} deals", *_cells(run), TARGETS[rows])
            console.print(f"{rows:,} deals: {run[0]:.1f} s", highlight=False)
    console.print(table)


def _run(arguments: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak gigabytes of one command; its failure is an error."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([COMMAND, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"icp-fit {' '.join(arguments)} ended with {process.returncode}: {said.read().decode()}")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6


def _cells(run: tuple[float, float, float]) -> list[str]:
    return [f"{figure:.2f}" for figure in run]
