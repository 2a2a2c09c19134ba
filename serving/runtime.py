"""What runs in one process of the service: champion, store, access and metrics, opened and closed together."""

import asyncio
import logging

from starlette.requests import HTTPConnection

from icp_fit.serving.access.access import Access
from icp_fit.serving.access.keyring import KeyRing
from icp_fit.serving.access.keys import Keys
from icp_fit.serving.access.limits import RateLimit
from icp_fit.serving.errors import RecordError, StoreError
from icp_fit.serving.http.bodies import BodyReader
from icp_fit.serving.http.problems import refuse_temporarily
from icp_fit.serving.logs import Journal
from icp_fit.serving.scoring.champion import Champion
from icp_fit.serving.scoring.metrics import PredictionMetrics
from icp_fit.serving.scoring.scorer import DealScorer
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.settings import ServingSettings
from icp_fit.serving.store.audit import record
from icp_fit.serving.store.database import Database
from icp_fit.serving.store.mappings import SavedMappings
from icp_fit.serving.store.metrics import StoreMetrics
from icp_fit.serving.store.retention import forget_old
from icp_fit.serving.store.store import Store
from icp_fit.serving.store.writer import Writer

NO_MODEL = "No model is loaded yet."

log = logging.getLogger("icp_fit.runtime")


class Runtime:
    """`open` it in an event loop before the first request, and `close` it after the last."""

    def __init__(self, settings: ServingSettings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url, settings.name)
        self.store = Store(self.database)
        self.mappings = SavedMappings(self.database)
        self.writer = Writer(self.store)
        self.champion = Champion(settings.store_paths, self._record_change)
        self.keys = Keys(self.database)
        self.access = Access(KeyRing(self.keys), RateLimit(settings.rate_limit, settings.rate_burst))
        self.bodies = BodyReader(settings.max_body, settings.timeout)
        self.journal = Journal()
        predictions = PredictionMetrics(self.champion)
        self.metrics = (predictions, StoreMetrics(self.writer))
        self.scorer = DealScorer(self.store, self.writer, predictions, self.journal, settings.timeout)
        self.batches = asyncio.Semaphore(1)  # a batch takes a core and some 100 MB
        self._retention: asyncio.Task[None] | None = None

    @property
    def model(self) -> ServedModel:
        """The model that answers now: take it once a request. Raises Refusal until the first one is loaded."""
        model = self.champion.model
        if model is None:
            raise refuse_temporarily(f"{NO_MODEL} Try again in a second; the log says why.")
        return model

    @property
    def not_ready(self) -> str | None:
        """Why predictions cannot be given and stored now; None where they can."""
        if self.champion.model is None:
            return NO_MODEL
        refusal = self.writer.refusal
        return None if refusal is None else str(refusal)

    async def open(self) -> None:
        self.writer.start()
        self.champion.start()
        if self.settings.retention_days is not None:
            self._retention = asyncio.create_task(forget_old(self.store, self.settings.retention_days))

    async def close(self) -> None:
        """Store what waits, then let go of everything."""
        if self._retention is not None:
            self._retention.cancel()
        await asyncio.to_thread(self.writer.close)
        await asyncio.to_thread(self.champion.close)
        self.journal.flush()
        self.database.close()

    def _record_change(self, model: ServedModel) -> None:
        """Record in the audit trail which model answers from now on; while the store is down, the log alone says so."""
        try:
            with self.database.write() as connection:
                record(connection, "model changed", by="service", subject=model.model_version)
        except (RecordError, StoreError) as error:
            log.warning("The change to version %s is not in the audit trail: %s", model.model_version, error)


def runtime_of(connection: HTTPConnection) -> Runtime:
    """The runtime that a request, or a page, is answered by."""
    runtime = connection.app.state.runtime
    assert isinstance(runtime, Runtime)
    return runtime
