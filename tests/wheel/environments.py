"""Environments outside the checkout with icp-fit installed from its wheel, as a stranger would have them.

Versions are those of the lock, so that a release of somebody else's turns no test red; which libraries are installed is
what the wheel's metadata asks for.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.checkout import CHECKOUT
from tests.support.running_service import wait_for

OURS = ("features", "models", "training", "serving")
UV = str(shutil.which("uv") or Path(sys.executable).with_name("uv"))
SECONDS = 900  # until a process ends or is ready, on a machine that is busy with other tests
FOREIGN = ("ICP_FIT_", "MLFLOW_", "BENTOML_", "PYTHON", "VIRTUAL_ENV", "JUPYTER_")


@dataclass(frozen=True)
class Environment:
    """An environment's folder, and `home`, where its commands run and keep what they store."""

    folder: Path
    home: Path

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    @property
    def variables(self) -> dict[str, str]:
        """Those of this process without what could lead back to the checkout, with a home of its own."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"], str(self.folder / "tools")])
        return clean | {"HOME": str(self.home), "PATH": path, "BENTOML_DO_NOT_TRACK": "True"}

    def run(self, *command: object) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, in its home."""
        return subprocess.run(
            [str(self.folder / "bin" / str(command[0])), *map(str, command[1:])],
            cwd=self.home, env=self.variables, capture_output=True, text=True, check=False, timeout=SECONDS,
        )  # fmt: skip

    def icp_fit(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run a command of icp-fit in a way that puts the folder it runs in first on Python's path."""
        return self.run("python", "-m", "icp_fit", *arguments)

    def must(self, *arguments: object) -> str:
        """What a command of icp-fit prints that must succeed."""
        ran = self.icp_fit(*arguments)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def evaluate(self, code: str) -> Any:
        """What a program prints as JSON."""
        ran = self.run("python", "-c", code)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    @contextmanager
    def running(self, *command: object) -> Iterator[Path]:
        """Run a program until SIGTERM ends it, and yield the file of what it prints; it must end without complaint."""
        printed = self.home / f"{command[0]}.log"
        with printed.open("w") as file:
            process = subprocess.Popen(
                [str(self.folder / "bin" / str(command[0])), *map(str, command[1:])],
                cwd=self.home, env=self.variables, stdout=file, stderr=file,
            )  # fmt: skip
        try:
            yield printed
            assert process.poll() is None, printed.read_text()
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) in (0, -signal.SIGTERM)
            assert "Traceback" not in printed.read_text()
        finally:
            process.kill()
            process.wait()


def build_archives(folder: Path) -> tuple[Path, Path]:
    """Build the source archive and, out of that, the wheel."""
    run_uv("build", "--quiet", "--out-dir", folder)
    (wheel,), (archive,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, archive


def create_environment(folder: Path, *requirements: str) -> Environment:
    """An environment with these requirements, and a home with folders of the user's own that are named like ours."""
    constraints, home = folder / "constraints.txt", folder / "home"
    for name in OURS:
        (home / name).mkdir(parents=True)
        (home / name / "__init__.py").write_text("raise ImportError('This is not part of icp-fit.')\n")
    run_uv("venv", "--quiet", "--python", sys.executable, folder / "venv")
    (folder / "venv" / "tools").mkdir()
    (folder / "venv" / "tools" / "uv").symlink_to(Path(UV).absolute())  # BentoML would install it with pip
    locked = ("--frozen", "--all-groups", "--all-extras", "--no-hashes", "--no-emit-project", "--output-file")
    run_uv("export", "--quiet", *locked, constraints)
    run_uv(
        "pip", "install", "--quiet", "--python", folder / "venv", "--constraints", constraints, *requirements
    )  # fmt: skip
    return Environment(folder / "venv", home)


def run_uv(*arguments: object) -> None:
    ran = subprocess.run([UV, *map(str, arguments)], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def wait_for_line(printed: Path, text: str) -> str:
    """The line of a process's output that holds a text, once it is there."""

    def lines() -> list[str]:
        return [line for line in printed.read_text().splitlines() if text in line]

    wait_for(lines, f"`{text}` in {printed.name}", SECONDS)
    return lines()[0]
