"""The service in a process of its own, as `icp-fit serve` runs it, so that it can be killed.

Processes are forked from one that has imported the service already: to import it takes longer than to start it.
"""

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from icp_fit.serving.settings import ServingSettings

Prepare = Callable[[], None]
PATIENCE = 60.0  # seconds, of a test whose machine has much else to do


@dataclass(frozen=True)
class ServiceProcess:
    """A process that answers at `url`, `ready_in` seconds after it was started."""

    process: BaseProcess
    url: str
    ready_in: float

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 0)

    @property
    def memory(self) -> int:
        """Bytes of memory that the process has taken up at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(status.partition("VmHWM:")[2].split()[0])

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=PATIENCE, **options)

    def post(self, path: str, document: Any, **options: Any) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=document, timeout=PATIENCE, **options)

    def limit_files(self, size: int) -> None:
        """Let no file of the process grow beyond so many bytes: -1 for no limit."""
        resource.prlimit(int(self.process.pid or 0), resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


@contextmanager
def run_process(
    settings: ServingSettings, prepare: Prepare | None = None, log: Path | None = None
) -> Iterator[ServiceProcess]:
    """A service that is ready; asked to end after the block, which it must do without an error."""
    service = start_process(settings, prepare, log)
    try:
        yield service
        service.process.terminate()
        service.process.join(PATIENCE)
        # uvicorn ends with the signal that it was asked by, once everything is closed
        assert service.process.exitcode in (0, -signal.SIGTERM), f"ended with {service.process.exitcode}"
    finally:
        service.kill()


def start_process(settings: ServingSettings, prepare: Prepare | None = None, log: Path | None = None) -> ServiceProcess:
    """Start a process and wait until it says that it answers; `prepare` is called in it before it opens anything."""
    receiver, sender = _context().Pipe(duplex=False)
    log = log or settings.store_paths.folder / "service.log"
    process = _context().Process(target=_serve, args=(settings, sender, prepare, log))
    began = time.monotonic()
    process.start()
    sender.close()
    try:
        assert receiver.poll(PATIENCE), f"the service was not ready within {PATIENCE:g} s; see {log}"
        said = str(receiver.recv())
    except EOFError:
        raise AssertionError(f"the service ended before it was ready; see {log}") from None
    return ServiceProcess(process, said.split()[3], time.monotonic() - began)


@cache
def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(["icp_fit.serving.service", __name__])
    first = context.Process(target=_nothing)
    first.start()
    first.join()  # else the first service would wait for the imports
    return context


def _nothing() -> None:
    pass


def _serve(settings: ServingSettings, say: Connection, prepare: Prepare | None, log: Path) -> None:
    from icp_fit.serving.server import serve

    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    if prepare is not None:
        prepare()
    serve(settings, say.send)
