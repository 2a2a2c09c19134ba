"""Predictions are written by one thread, many in one transaction, so that storing them costs a request little.

`write` returns after the commit and not before. While the database is down it fails at once instead of letting
requests pile up, and the thread finds out by itself when the database is back.
"""

import asyncio
import logging
import time
from contextlib import AbstractContextManager
from threading import Thread

from icp_fit.serving.errors import RecordError, StoreError
from icp_fit.serving.store.records import Prediction
from icp_fit.serving.store.store import Store
from icp_fit.serving.store.write_queue import Write, WriteQueue, finish

CAPACITY = 20_000  # predictions that may wait, about 100 MB of them
AT_ONCE = 1_000  # predictions in a transaction, unless one request brings more
PROBE = 0.5  # seconds between looks at a database that is down
SYNC = 1.0  # seconds of predictions that a power cut may cost on SQLite

log = logging.getLogger("icp_fit.store")


class Writer:
    """Writes predictions for the event loops of one process; `start` before the first write, `close` after the last.

    It is up while its queue takes writes, and down while that refuses them: before the store is open for the first
    time, and from an error of the database on until the store opens again.
    """

    def __init__(self, store: Store, *, capacity: int = CAPACITY, at_once: int = AT_ONCE) -> None:
        self._store = store
        self._at_once = at_once
        self._queue = WriteQueue(capacity)
        self._thread = Thread(target=self._run, name="icp-fit-writer", daemon=True)
        # The rest is the thread's alone. Whether the log says that the database is down, and not yet that it is back.
        self._is_outage_logged = False
        # When the oldest commit that is not synced was made, in seconds of the monotonic clock; None: all is synced.
        self._unsynced_since: float | None = None

    @property
    def refusal(self) -> StoreError | None:
        """Why predictions are refused now, or None: what `/readyz` says."""
        return self._queue.refusal

    @property
    def waiting(self) -> int:
        """How many predictions wait to be written."""
        return self._queue.waiting

    @property
    def lag(self) -> float:
        """For how many seconds the oldest of them has been waiting."""
        return self._queue.lag

    def start(self) -> None:
        """Open the store in the background; `refusal` is None once it is."""
        self._thread.start()

    def close(self) -> None:
        """Write what waits, and end; blocks."""
        self._queue.close()
        self._thread.join()

    def preparing(self) -> AbstractContextManager[None]:
        """Around what a request does before its `write`: see `WriteQueue.preparing`."""
        return self._queue.preparing()

    async def write(self, *predictions: Prediction) -> None:
        """Store predictions, all or none, and return once they are stored.

        Raises StoreError where they are not, or where too many wait already; RecordError for one that cannot be stored.
        """
        loop = asyncio.get_running_loop()
        write = Write(predictions, loop, loop.create_future())
        self._queue.put(write)
        await write.done

    def _run(self) -> None:
        self._open()
        while not self._queue.is_finished:
            if self._queue.refusal is None:
                self._write(self._queue.take(self._at_once, SYNC))
                self._sync()
            elif not self._queue.wait_closed(PROBE):
                self._open()
        self._sync()  # the queue may have been closed right after the last look

    def _open(self) -> None:
        try:
            self._store.prepare()
        except StoreError as error:
            self._refuse(error)
            return
        self._queue.accept()
        if self._is_outage_logged:
            self._is_outage_logged = False
            log.info("The store answers again.", extra={"event": "store_up"})

    def _refuse(self, error: StoreError) -> None:
        """Let nobody wait for a database that is down: neither those who wait already nor those who come."""
        if not self._is_outage_logged:
            self._is_outage_logged = True
            log.error("Nothing can be stored: %s", error, extra={"event": "store_down"})
        self._queue.refuse(error)

    def _write(self, writes: list[Write]) -> None:
        if not writes:
            return
        try:
            self._add([prediction for write in writes for prediction in write.predictions])
        except RecordError as error:
            self._write_each(writes, error)
        except StoreError as error:
            self._refuse(error)  # first, so that whoever hears of it finds the writer down
            finish(writes, error)
        except Exception as error:  # the thread must outlive whatever it meets, for nobody else writes
            log.exception("Storing failed.", extra={"event": "store_failed"})
            finish(writes, StoreError(f"The store failed: {type(error).__name__}. Report it; trying again may help."))
        else:
            finish(writes, None)

    def _write_each(self, writes: list[Write], error: RecordError) -> None:
        """Store every write but the one with the wrong record, which alone hears of it."""
        if len(writes) == 1:
            finish(writes, error)
            return
        for write in writes:
            self._write([write])

    def _add(self, predictions: list[Prediction]) -> None:
        """Where a connection is lost, nobody knows what became of the commit; to repeat it is safe."""
        try:
            self._store.add(predictions, durable=False)
        except StoreError as error:
            if not getattr(error.__cause__, "connection_invalidated", False):
                raise
            self._store.add(predictions, durable=False)
        self._unsynced_since = self._unsynced_since or time.monotonic()

    def _sync(self) -> None:
        """Once a second, and at the end, make what was written survive a power cut."""
        if self._unsynced_since is None:
            return
        if time.monotonic() - self._unsynced_since < SYNC and not self._queue.wait_closed(0):
            return
        try:
            self._store.database.sync()
        except StoreError as error:
            self._refuse(error)
        self._unsynced_since = None
