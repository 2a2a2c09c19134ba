"""`make mutate`: put small faults into modules, one at a time, and see whether the module's own tests turn red.

python -m tests.mutation [--jobs N] [--list] [MODULE ...], where a module is named by a part of its path. Each survivor
is either killed by a new test or listed in survivors.toml with the reason; a listing that no survivor needs is named.
"""

import argparse
import os
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from icp_fit.training.settings import quieten_mlflow
from tests.mutation.modules import MODULES, find_tests
from tests.mutation.operators import Mutant, find_mutants
from tests.mutation.runs import BROKEN, Baseline, end_run, import_libraries, measure_baseline, start_run
from tests.support.checkout import CHECKOUT

LISTED = Path(__file__).with_name("survivors.toml")
ENOUGH = 0.85  # of the mutants killed, listed ones not counted as such
CONSOLE = Console(highlight=False, markup=False, soft_wrap=True)
SLOW, SPARE = 5.0, 30.0  # a run may take so many times as long as unharmed, and so many seconds more


@dataclass
class Score:
    """What became of the mutants of a module."""

    module: str
    mutants: int = 0
    survivors: list[Mutant] = field(default_factory=list)

    @property
    def share(self) -> float:
        return 1 - len(self.survivors) / self.mutants if self.mutants else 1.0


def mutate_module(module: str, tests: tuple[str, ...], jobs: int) -> Score:
    """Run the tests of a module on each of its mutants."""
    score = Score(module)
    with tempfile.TemporaryDirectory() as folder:
        baseline = measure_baseline(module, tests, Path(folder))
    import_libraries(baseline.imported)
    source = (CHECKOUT / module).read_text()
    if os.waitpid(start_run(module, list(tests), source), 0)[1]:
        raise RuntimeError(f"the tests of {module} fail on unharmed code when it is put in like a mutant")
    running: dict[int, tuple[Mutant, float]] = {}
    for mutant in find_mutants(source):
        score.mutants += 1
        selected = baseline.select(mutant.first, mutant.last)
        if not selected:
            score.survivors.append(mutant)
            continue
        while len(running) >= jobs:
            _await_one(running, score)
        pid = start_run(module, selected, mutant.source)
        running[pid] = mutant, time.monotonic() + _limit(baseline, selected)
    while running:
        _await_one(running, score)
    score.survivors.sort(key=lambda mutant: (mutant.first, mutant.change))
    return score


def _limit(baseline: Baseline, tests: list[str]) -> float:
    return SLOW * sum(baseline.seconds[test] for test in tests) + SPARE


def _await_one(running: dict[int, tuple[Mutant, float]], score: Score) -> None:
    """Wait until a run has ended; one that takes too long counts as red."""
    while True:
        for pid, (mutant, end) in running.items():
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended and time.monotonic() > end:
                end_run(pid)
                os.waitpid(pid, 0)
            elif not ended:
                continue
            elif os.waitstatus_to_exitcode(status) == BROKEN:
                raise RuntimeError(f"pytest could not be run on {score.module}, {mutant}")
            elif status == 0:
                score.survivors.append(mutant)
            del running[pid]
            return
        time.sleep(0.02)


def report(score: Score, listed: dict[str, str]) -> bool:
    """Print what survived; whether enough were killed and every survivor is listed, with no listing to spare."""
    unlisted = [mutant for mutant in score.survivors if mutant.change not in listed]
    spare = set(listed) - {mutant.change for mutant in score.survivors}
    killed = score.mutants - len(score.survivors)
    killed_share = f"{killed} of {score.mutants} killed, {score.share:.0%}"
    CONSOLE.print(f"{score.module}: {killed_share}; {len(unlisted)} survivors unlisted")
    for mutant in unlisted:
        CONSOLE.print(f"  survived, {mutant}")
    for change in sorted(spare):
        CONSOLE.print(f"  listed, and killed by now: {change}")
    return score.share >= ENOUGH and not unlisted and not spare


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="parts of paths; all modules where none is given")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--list", action="store_true", help="print the mutants, and run nothing")
    chosen = parser.parse_args()
    quieten_mlflow()
    os.environ["LOKY_MAX_CPU_COUNT"] = "1"
    listed = tomllib.loads(LISTED.read_text())
    sound, killed, mutants = True, 0, 0
    for module in MODULES:
        if chosen.modules and not any(part in module for part in chosen.modules):
            continue
        if chosen.list:
            CONSOLE.print(module, *find_mutants((CHECKOUT / module).read_text()), sep="\n  ")
            continue
        score = mutate_module(module, find_tests(module), chosen.jobs)
        sound &= report(score, listed.get(module, {}))
        killed, mutants = killed + score.mutants - len(score.survivors), mutants + score.mutants
    if mutants:
        CONSOLE.print(f"in all {killed:,} of {mutants:,} killed, {killed / mutants:.0%}")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
