"""The desk: what the pages of one process share, made when the first page is asked for."""

import asyncio
from threading import Lock
from typing import NamedTuple

from starlette.requests import Request

from serving.champion import ServedModel
from serving.pages.fits import Reach, measure_reach
from serving.pages.imports import Imports
from serving.pages.sessions import PageKeys, Sessions, read_secret
from serving.runtime import Runtime, runtime_of

MOST_SAID = 10_000


class Said(NamedTuple):
    """What the list of deals tells of a deal beside its score; None where nothing is strong enough.

    `is_for` is whether the reason speaks for the deal or against it.
    """

    reason: str | None
    question: str | None
    is_for: bool | None


class Memory:
    """What was said of predictions, which never change; what has been known longest is forgotten first."""

    def __init__(self) -> None:
        self._said: dict[str, Said] = {}
        self._lock = Lock()

    def find(self, id: str) -> Said | None:
        return self._said.get(id)

    def keep(self, id: str, said: Said) -> Said:
        with self._lock:
            self._said[id] = said
            if len(self._said) > MOST_SAID:
                del self._said[next(iter(self._said))]
        return said


class Desk:
    """Sessions, the keys that they belong to, imports that wait to be scored, and what the list of deals has said."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.keys = PageKeys(runtime.keys)
        self.sessions = Sessions(read_secret(runtime.settings.home.folder))
        self.imports = Imports()
        self.said = Memory()
        self.thinking = asyncio.Lock()
        self._reach: tuple[ServedModel, Reach] | None = None

    def reach(self, model: ServedModel) -> Reach:
        """How far the answers of each dimension can move a deal, by this model."""
        if self._reach is None or self._reach[0] is not model:
            self._reach = model, measure_reach(model.fast)
        return self._reach[1]


def desk_of(request: Request) -> Desk:
    state, runtime = request.app.state, runtime_of(request)
    desk = getattr(state, "desk", None)
    if not isinstance(desk, Desk) or desk.runtime is not runtime:
        desk = state.desk = Desk(runtime)
    return desk
