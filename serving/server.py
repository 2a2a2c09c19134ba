"""The server: the BentoML service in this process, which starts quickest and stops without losing what it acknowledged.

On SIGTERM or SIGINT it takes no more connections, answers the requests that it has, stores what waits, and ends.
"""

import asyncio
import os
import resource
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from icp_fit.serving.access.keys import Keys
from icp_fit.serving.errors import OtherNameError, StoreError
from icp_fit.serving.http.connections import PatientProtocol, close_late
from icp_fit.serving.http.middleware import HttpMiddleware
from icp_fit.serving.runtime import Runtime
from icp_fit.serving.settings import ServingSettings
from icp_fit.serving.store.database import Database

KEEP_ALIVE = 30  # seconds that an idle connection stays open: clients of a CRM come back
GRACE = 20  # seconds that requests have to end before the process does
OPEN_FILES = 65_536

Say = Callable[[str], None]


class Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready and hangs up on who takes too long."""

    def __init__(self, config: uvicorn.Config, runtime: Callable[[], Runtime], say: Say) -> None:
        super().__init__(config)
        self._runtime = runtime
        self._say = say
        self._tasks: list[asyncio.Task[None]] = []
        self.refusal: OtherNameError | None = None

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            watch = close_late(self.server_state.connections)
            self._tasks = [asyncio.create_task(self._announce()), asyncio.create_task(watch)]

    async def shutdown(self, sockets: Any = None) -> None:
        for task in self._tasks:
            task.cancel()
        await super().shutdown(sockets)

    async def _announce(self) -> None:
        runtime = self._runtime()
        while runtime.not_ready is not None:
            if isinstance(runtime.writer.refusal, OtherNameError):
                self.refusal, self.should_exit = runtime.writer.refusal, True
                return
            await asyncio.sleep(0.02)
        model = runtime.model
        which = (
            f"model version {model.model_version}"
            if model.bundle_hash
            else "the profile alone, for no model was promoted"
        )
        self._say(f"icp-fit answers on {self._address()} with {which}.")

    def _address(self) -> str:
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(settings: ServingSettings, say: Say) -> None:
    """Answer until a signal ends it; `say` gets the address once a model is loaded and the store is open.

    A database that is down is waited for; raises OtherNameError for one that belongs to another name.
    """
    host = choose_host(settings, say)
    _allow_open_files()
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
    from icp_fit.serving.service import api, service, use_settings

    use_settings(replace(settings, host=host))
    # BentoML's own middleware costs as much as a request that does nothing; behind ours it only starts and stops.
    config = build_config(HttpMiddleware(service.to_asgi(), api=api), host, settings.port)
    server = Server(config, lambda: api.state.runtime, say)
    server.run()
    if server.refusal is not None:
        raise server.refusal


def build_config(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=PatientProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
        backlog=4096,
    )


def choose_host(settings: ServingSettings, say: Say) -> str:
    """Where to listen: without any key on this machine alone."""
    if settings.is_loopback or _has_keys(settings):
        return settings.host
    say(
        f"There are no keys, so icp-fit listens on 127.0.0.1 instead of {settings.host}. "
        "Create one with `icp-fit keys create`, and start again."
    )
    return "127.0.0.1"


def _has_keys(settings: ServingSettings) -> bool:
    """Whether there are keys; where that is not known, yes: the service then lets nobody in without one."""
    database = Database(settings.database_url, settings.name)
    try:
        database.prepare()
        return Keys(database).any()
    except StoreError:
        return True
    finally:
        database.close()


def _allow_open_files() -> None:
    """As many connections as the system allows: the usual 1,024 files are fewer than a crowd of slow clients."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
