"""Predictions are written by one thread, many in one transaction, so that storing them costs a request little.

`write` returns after the commit and not before. While the database is down it fails at once instead of letting
requests pile up, and the thread finds out by itself when the database is back.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Condition, Thread

from icp_fit.serving.errors import RecordError, StoreError
from icp_fit.serving.store.records import Prediction
from icp_fit.serving.store.store import Store

CAPACITY = 20_000  # predictions that may wait, about 100 MB of them
AT_ONCE = 1_000  # predictions in a transaction, unless one request brings more
PROBE = 0.5  # seconds between looks at a database that is down
SYNC = 1.0  # seconds of predictions that a power cut may cost on SQLite

log = logging.getLogger("icp_fit.store")


@dataclass(frozen=True)
class _Job:
    """Predictions that are stored together, and who waits for them."""

    predictions: Sequence[Prediction]
    loop: asyncio.AbstractEventLoop
    done: "asyncio.Future[None]"
    since: float = field(default_factory=time.monotonic)


class Writer:
    """Writes predictions for the event loops of one process; `start` before the first write, `close` after the last."""

    def __init__(self, store: Store, *, capacity: int = CAPACITY, at_once: int = AT_ONCE) -> None:
        self._store = store
        self._capacity = capacity
        self._at_once = at_once
        self._jobs: deque[_Job] = deque()
        self._waiting = 0
        self._coming = 0
        self._down: StoreError | None = StoreError("The store is not open yet. Try again in a second.")
        self._told = False  # whether the log says that the database is down
        self._closing = False
        self._changed = Condition()
        self._unsynced: float | None = None
        self._thread = Thread(target=self._run, name="icp-fit-writer", daemon=True)

    @property
    def down(self) -> StoreError | None:
        """Why predictions are refused now, or None: what `/readyz` tells."""
        return self._down

    @property
    def waiting(self) -> int:
        """How many predictions wait to be written."""
        return self._waiting

    @property
    def lag(self) -> float:
        """For how many seconds the oldest of them has been waiting."""
        with self._changed:
            return time.monotonic() - self._jobs[0].since if self._jobs else 0.0

    def start(self) -> None:
        """Open the store in the background; `down` says whether it is."""
        self._thread.start()

    def close(self) -> None:
        """Write what waits, and end; blocks."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    @contextmanager
    def coming(self) -> Iterator[None]:
        """What is done before a `write` by one of several requests: the thread is woken when the last of them is done.

        Woken by the first, it would take that one alone, and a transaction costs as much as ten predictions in it.
        """
        self._coming += 1
        try:
            yield
        except BaseException:
            self._coming -= 1
            with self._changed:
                self._wake()  # who failed will not write
            raise
        self._coming -= 1

    async def write(self, *predictions: Prediction) -> None:
        """Store predictions, all or none, and return once they are stored.

        Raises StoreError where they are not, or where too many wait already; RecordError for one that cannot be stored.
        """
        loop = asyncio.get_running_loop()
        job = _Job(predictions, loop, loop.create_future())
        self._admit(job)
        await job.done

    def _admit(self, job: _Job) -> None:
        with self._changed:
            if self._closing:
                raise StoreError("The store is closing. Try again in a few seconds.")
            if self._down is not None:
                raise StoreError(str(self._down))
            if self._jobs and self._waiting + len(job.predictions) > self._capacity:
                raise StoreError(f"{self._waiting:,} predictions wait to be stored already. Try again in a second.")
            self._jobs.append(job)
            self._waiting += len(job.predictions)
            self._wake()

    def _wake(self) -> None:
        if not self._coming:
            self._changed.notify()

    def _run(self) -> None:
        self._open()
        while self._jobs or not self._closing:
            if self._down is None:
                self._write(self._take())
                self._sync()
            elif not self._wait(PROBE):
                self._open()

    def _open(self) -> None:
        try:
            self._store.prepare()
        except StoreError as error:
            self._refuse(error)
        else:
            self._down = None
            if self._told:
                self._told = False
                log.info("The store answers again.", extra={"event": "store_up"})

    def _refuse(self, error: StoreError) -> None:
        """Let nobody wait for a database that is down: neither those who wait already nor those who come."""
        if not self._told:
            self._told = True
            log.error("Nothing can be stored: %s", error, extra={"event": "store_down"})
        with self._changed:
            self._down = error
            jobs, self._jobs, self._waiting = list(self._jobs), deque(), 0
        _finish(jobs, error)

    def _wait(self, seconds: float) -> bool:
        """Whether the writer was closed meanwhile."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closing, seconds)

    def _take(self) -> list[_Job]:
        """What waits, up to one transaction of it; nothing where nobody came for a second."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._closing, SYNC)
            jobs: list[_Job] = []
            count = 0
            while self._jobs and (not jobs or count + len(self._jobs[0].predictions) <= self._at_once):
                jobs.append(self._jobs.popleft())
                count += len(jobs[-1].predictions)
            self._waiting -= count
            return jobs

    def _write(self, jobs: list[_Job]) -> None:
        if not jobs:
            return
        try:
            self._add([prediction for job in jobs for prediction in job.predictions])
        except RecordError as error:
            self._write_each(jobs, error)
        except StoreError as error:
            self._refuse(error)  # first, so that whoever hears of it finds the writer down
            _finish(jobs, error)
        except Exception as error:  # the thread must outlive whatever it meets, for nobody else writes
            log.exception("Storing failed.", extra={"event": "store_failed"})
            _finish(jobs, StoreError(f"The store failed: {type(error).__name__}. Report it; trying again may help."))
        else:
            _finish(jobs, None)

    def _write_each(self, jobs: list[_Job], error: RecordError) -> None:
        """Store every job but the one with the wrong record, which alone hears of it."""
        if len(jobs) == 1:
            _finish(jobs, error)
            return
        for job in jobs:
            self._write([job])

    def _add(self, predictions: list[Prediction]) -> None:
        """Where a connection is lost, nobody knows what became of the commit; to repeat it is safe."""
        try:
            self._store.add(predictions, durable=False)
        except StoreError as error:
            if not getattr(error.__cause__, "connection_invalidated", False):
                raise
            self._store.add(predictions, durable=False)
        self._unsynced = self._unsynced or time.monotonic()

    def _sync(self) -> None:
        """Once a second, make what was written survive a power cut."""
        if self._unsynced is None or (time.monotonic() - self._unsynced < SYNC and not self._closing):
            return
        try:
            self._store.database.sync()
        except StoreError as error:
            self._refuse(error)
        self._unsynced = None


def _finish(jobs: Sequence[_Job], error: Exception | None) -> None:
    """Wake those who wait, each in its own event loop, with one call a loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job.done)
    for loop, futures in by_loop.items():
        with suppress(RuntimeError):  # a loop that was closed has nobody waiting in it
            loop.call_soon_threadsafe(_resolve, futures, error)


def _resolve(futures: Sequence["asyncio.Future[None]"], error: Exception | None) -> None:
    for future in futures:
        if future.done():  # the request was given up
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
