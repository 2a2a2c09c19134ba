"""What the pages of one process share, built when the first page is requested."""

import asyncio
from threading import Lock
from typing import NamedTuple

from starlette.requests import Request

from icp_fit.serving.pages.dimension_fit import DimensionReach, measure_reach
from icp_fit.serving.pages.imports import DealImports
from icp_fit.serving.pages.sessions import PageKeys, Sessions, read_secret
from icp_fit.serving.runtime import Runtime, runtime_of
from icp_fit.serving.scoring.served_model import ServedModel

MOST_SUMMARIES = 10_000


class DealSummary(NamedTuple):
    """What the list of deals shows of a deal beside its score; None where nothing is strong enough.

    `is_strength` is whether the reason is one of the deal's strengths or one of its risks.
    """

    reason: str | None
    question: str | None
    is_strength: bool | None


class SummaryCache:
    """Summaries by the ids of their predictions, which never change; the oldest makes room."""

    def __init__(self) -> None:
        self._by_id: dict[str, DealSummary] = {}
        self._lock = Lock()

    def find(self, id: str) -> DealSummary | None:
        return self._by_id.get(id)

    def add(self, id: str, summary: DealSummary) -> DealSummary:
        with self._lock:
            self._by_id[id] = summary
            if len(self._by_id) > MOST_SUMMARIES:
                del self._by_id[next(iter(self._by_id))]
        return summary


class PageState:
    """Sessions, the keys that they belong to, imports that wait to be scored, and summaries for the list of deals.

    `summarising` lets one page of the list be summarised at a time: it takes a core for some seconds.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.keys = PageKeys(runtime.keys)
        self.sessions = Sessions(read_secret(runtime.settings.store_paths.folder))
        self.imports = DealImports()
        self.summaries = SummaryCache()
        self.summarising = asyncio.Lock()
        self._reach: tuple[ServedModel, DimensionReach] | None = None

    def reach(self, model: ServedModel) -> DimensionReach:
        """How far the answers of each dimension can move a deal, by this model."""
        if self._reach is None or self._reach[0] is not model:
            self._reach = model, measure_reach(model.compiled)
        return self._reach[1]


def page_state_of(request: Request) -> PageState:
    app_state, runtime = request.app.state, runtime_of(request)
    state = getattr(app_state, "pages", None)
    if not isinstance(state, PageState) or state.runtime is not runtime:
        state = app_state.pages = PageState(runtime)
    return state
