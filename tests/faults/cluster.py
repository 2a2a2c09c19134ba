"""A PostgreSQL of one's own, which can be stopped: its data in a folder of its own, on a port of this machine."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

BINARIES = Path("/usr/lib/postgresql")
USER = "postgres"  # PostgreSQL refuses to run as root


@dataclass(frozen=True)
class Cluster:
    """A server that can be started and stopped."""

    folder: Path
    binaries: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self, mode: str) -> None:
        """`fast` ends what is under way, `immediate` leaves it as a crash does."""
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """A server whose connections stay open and say nothing."""
        leader = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        processes = [leader, *_children(leader)]
        try:
            for process in processes:
                os.kill(process, signal.SIGSTOP)
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def initialise(self) -> None:
        self._run("initdb", "--auth", "trust", "-U", USER, "--no-sync")

    def _run(self, name: str, *arguments: str) -> None:
        command = [str(self.binaries / name), *arguments, "-D", str(self.folder / "data")]
        if os.geteuid() == 0:
            command = ["runuser", "-u", USER, "--", *command]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, timeout=60)


@contextmanager
def open_cluster() -> Iterator[Cluster]:
    """A server that runs; skips the test where there is none to run."""
    found = sorted(BINARIES.glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if not found:
        pytest.skip(f"no PostgreSQL is installed in {BINARIES}")
    if os.geteuid() == 0 and not shutil.which("runuser"):
        pytest.skip("PostgreSQL does not run as root, and there is no runuser to become another user")
    # not in a folder of pytest's, into which the other user cannot look
    folder = Path(tempfile.mkdtemp(prefix="icp-fit-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        cluster = Cluster(folder, found[-1], _free_port())
        cluster.initialise()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")
    finally:
        shutil.rmtree(folder)


def _children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
