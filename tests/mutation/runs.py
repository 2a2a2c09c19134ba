"""One run of the tests in a process of its own, forked from one that has imported the libraries already."""

import importlib
import importlib.abc
import importlib.util
import json
import os
import sys
import traceback
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import coverage
import pytest

from tests.support.checkout import CHECKOUT

OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "--hypothesis-seed=0", "-W",
           "ignore::DeprecationWarning", "-W", "ignore::pytest.PytestAssertRewriteWarning")  # fmt: skip
BROKEN = 70  # the status of a run that did not come to run tests


@dataclass
class Baseline:
    """The unharmed run: which tests enter each line, how long each takes, and what was imported for them."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    tests_of_line: dict[int, set[str]] = field(default_factory=dict)
    imported: list[str] = field(default_factory=list)

    def select(self, first: int, last: int) -> list[str]:
        """The tests that enter any of these lines; all of them where a line runs on import."""
        entered: set[str] = set().union(*(self.tests_of_line.get(line, set()) for line in range(first, last + 1)))
        if any("" in self.tests_of_line.get(line, ()) for line in range(first, last + 1)):
            entered = set(self.seconds)
        return [test for test in self.seconds if test in entered or test.partition("::")[0] in entered]


class _Source(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Gives one module another source than the file has."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        self._name, self._path, self._source = name, path, source

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> Any:
        if name != self._name:
            return None
        spec = importlib.util.spec_from_loader(name, self, origin=str(self._path))
        assert spec is not None
        spec.has_location = True
        return spec

    def get_source(self, fullname: str) -> str:
        return self._source

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, str(self._path), "exec"), module.__dict__)


class _Recorder:
    """A plugin of pytest that notes which test runs, and for how long."""

    def __init__(self, measured: coverage.Coverage, baseline: Baseline) -> None:
        self._measured, self._baseline = measured, baseline

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._measured.switch_context(item.nodeid.partition("::")[0])  # a fixture may serve all tests of a file

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        self._measured.switch_context(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._baseline.seconds[report.nodeid] += report.duration


def start_run(module: str, tests: list[str], source: str | None = None, output: Path | None = None) -> int:
    """Fork a process that runs the tests, on another source of a module if one is given; returns its id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setpgid(0, 0)
        _silence(output)
        if source is not None:
            name = "icp_fit." + module.removesuffix(".py").replace("/", ".")
            sys.meta_path.insert(0, _Source(name, CHECKOUT / module, source))
        os._exit(int(pytest.main([*OPTIONS, *tests])))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(BROKEN)


def measure_baseline(module: str, tests: tuple[str, ...], folder: Path) -> Baseline:
    """Run the tests of a module as it is; raises RuntimeError where they fail."""
    result = folder / "baseline.json"
    pid = os.fork()
    if not pid:
        try:
            _silence(folder / "baseline.log")
            os._exit(_record(module, tests, result))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(BROKEN)
    if os.waitpid(pid, 0)[1]:
        raise RuntimeError(
            f"the tests of {module} fail on unharmed code:\n{(folder / 'baseline.log').read_text()[-4000:]}"
        )
    found = json.loads(result.read_text())
    lines = {int(line): set(entered) for line, entered in found["lines"].items()}
    return Baseline(found["seconds"], lines, found["imported"])


def _record(module: str, tests: tuple[str, ...], result: Path) -> int:
    baseline = Baseline()
    path = str(CHECKOUT / module)
    measured = coverage.Coverage(data_file=None, include=[path, f"*/icp_fit/{module}"], config_file=False)
    measured.start()
    code = int(pytest.main([*OPTIONS, *tests], plugins=[_Recorder(measured, baseline)]))
    measured.stop()
    data = measured.get_data()
    lines: dict[int, set[str]] = defaultdict(set)
    for file in data.measured_files():
        for line, entered in data.contexts_by_lineno(file).items():
            lines[line] |= set(entered)
    imported = [name for name in sys.modules if name.partition(".")[0] not in ("icp_fit", "tests", "__main__")]
    document = {"seconds": baseline.seconds, "lines": {line: sorted(found) for line, found in lines.items()},
                "imported": imported}  # fmt: skip
    result.write_text(json.dumps(document))
    return code


def import_libraries(names: list[str]) -> None:
    """Import what the tests need of others, so that no run waits for it."""
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # some cannot be imported on their own: then each run does it
            continue


def end_run(pid: int) -> None:
    """Kill a run that takes too long, with all that it started."""
    os.killpg(pid, 9)


def _silence(output: Path | None) -> None:
    sink = os.open(output or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
