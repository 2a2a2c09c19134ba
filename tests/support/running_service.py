"""The service, answering on a port of this machine, in a thread of the test."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette

from icp_fit.models.store_paths import StorePaths
from icp_fit.serving.api.routes import build_api
from icp_fit.serving.http.middleware import HttpMiddleware
from icp_fit.serving.pages import routes
from icp_fit.serving.runtime import Runtime
from icp_fit.serving.server import Server, build_config
from icp_fit.serving.settings import ServingSettings

PATIENCE = 60.0  # seconds, of a test whose machine has much else to do
# A deal of the small profile.
ANSWERS = {"portal": True, "systems": 12, "rivals": 1, "security": "high", "amount": 90_000.0, "industry": None}


@dataclass(frozen=True)
class RunningService:
    """A service that answers; `url` is where."""

    runtime: Runtime
    url: str

    @cached_property
    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=PATIENCE)

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 0)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def post(self, path: str, document: Any = None, **options: Any) -> httpx.Response:
        return self.client.post(path, json=document, **options)


def build_settings(home: Path, **changes: Any) -> ServingSettings:
    database = f"sqlite:///{home / 'predictions.db'}"
    return ServingSettings(StorePaths(home), **{"database_url": database, "port": 0, "timeout": PATIENCE, **changes})


@contextmanager
def run_service(settings: ServingSettings, ready: bool = True) -> Iterator[RunningService]:
    """Start the service, wait until it is ready, and stop it at the end."""
    runtime, api = Runtime(settings), build_api(routes)
    said: list[str] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> Any:
        await runtime.open()
        yield
        await runtime.close()

    api.state.runtime = runtime
    app = HttpMiddleware(Starlette(lifespan=lifespan), api=api)
    server = Server(build_config(app, "127.0.0.1", 0), lambda: runtime, said.append)
    thread = Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        wait_for(lambda: said if ready else server.started, "the service to answer")
        host, port = server.servers[0].sockets[0].getsockname()
        service = RunningService(runtime, f"http://{host}:{port}")
        with service.client:
            yield service
    finally:
        server.should_exit = True
        thread.join()


def wait_for(condition: Any, what: str, seconds: float = PATIENCE) -> None:
    """Wait until a condition holds; fail if it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds:g} s in vain for {what}"
        time.sleep(0.01)


def copy_store(home: Path, to: Path) -> Path:
    return Path(shutil.copytree(home, to, symlinks=True))
