"""The desk: what the pages of one process share, made when the first page is asked for."""

import asyncio
from threading import Lock
from typing import NamedTuple

from starlette.requests import Request

from icp_fit.serving.pages.dimension_fit import DimensionReach, measure_reach
from icp_fit.serving.pages.imports import Imports
from icp_fit.serving.pages.sessions import PageKeys, Sessions, read_secret
from icp_fit.serving.runtime import Runtime, runtime_of
from icp_fit.serving.scoring.champion import ServedModel

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


class PageState:
    """Sessions, the keys that they belong to, imports that wait to be scored, and what the list of deals has said."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.keys = PageKeys(runtime.keys)
        self.sessions = Sessions(read_secret(runtime.settings.store_paths.folder))
        self.imports = Imports()
        self.said = Memory()
        self.thinking = asyncio.Lock()
        self._reach: tuple[ServedModel, DimensionReach] | None = None

    def reach(self, model: ServedModel) -> DimensionReach:
        """How far the answers of each dimension can move a deal, by this model."""
        if self._reach is None or self._reach[0] is not model:
            self._reach = model, measure_reach(model.compiled)
        return self._reach[1]


def page_state_of(request: Request) -> PageState:
    state, runtime = request.app.state, runtime_of(request)
    desk = getattr(state, "desk", None)
    if not isinstance(desk, PageState) or desk.runtime is not runtime:
        desk = state.desk = PageState(runtime)
    return desk
