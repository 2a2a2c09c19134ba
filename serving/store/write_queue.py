"""The queue between requests, which bring predictions, and the one thread that writes them.

Requests stand in event loops and the writer in its thread: all state here changes under one lock, except `_preparing`,
which only the event loop of the requests changes.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Condition

from icp_fit.serving.errors import StoreError
from icp_fit.serving.store.records import Prediction

NOT_OPEN = "The store is not open yet. Try again in a second."


@dataclass(frozen=True)
class Write:
    """Predictions that are stored together, or not at all; `done` is resolved in `loop`, where a request waits."""

    predictions: Sequence[Prediction]
    loop: asyncio.AbstractEventLoop
    done: "asyncio.Future[None]"
    since: float = field(default_factory=time.monotonic)  # seconds


class WriteQueue:
    """Holds writes until the thread takes them; refuses more of them than `capacity` predictions."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._changed = Condition()
        # Writes that wait, oldest first.
        self._writes: deque[Write] = deque()
        # Predictions in `_writes`, at most `_capacity` unless one write alone brings more.
        self._waiting = 0
        # Requests between `preparing` and `put`; while there are any, a `put` lets the thread sleep on.
        self._preparing = 0
        # Why writes are refused: the store is not open yet, or down. None: they are taken. While it is set, `_writes`
        # is empty.
        self._refusal: StoreError | None = StoreError(NOT_OPEN)
        # Set once, for good: nothing more is taken, and the thread ends when `_writes` is empty.
        self._closed = False

    @property
    def refusal(self) -> StoreError | None:
        return self._refusal

    @property
    def waiting(self) -> int:
        """How many predictions wait."""
        return self._waiting

    @property
    def lag(self) -> float:
        """For how many seconds the oldest of them has been waiting."""
        with self._changed:
            return time.monotonic() - self._writes[0].since if self._writes else 0.0

    @property
    def is_finished(self) -> bool:
        """Whether the queue was closed and all that waited was taken."""
        with self._changed:
            return self._closed and not self._writes

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """What one of several requests does before its `put`: the thread is woken when the last of them is done.

        Woken by the first, it would take that one alone, and a transaction costs as much as ten predictions in it.
        """
        self._preparing += 1
        try:
            yield
        except BaseException:
            self._preparing -= 1
            with self._changed:
                self._wake()  # this request will not put anything, and others may wait for it
            raise
        self._preparing -= 1

    def put(self, write: Write) -> None:
        """Add a write; raises StoreError where it is refused."""
        with self._changed:
            if self._closed:
                raise StoreError("The store is closing. Try again in a few seconds.")
            if self._refusal is not None:
                raise StoreError(str(self._refusal))
            if self._writes and self._waiting + len(write.predictions) > self._capacity:
                raise StoreError(f"{self._waiting:,} predictions wait to be stored already. Try again in a second.")
            self._writes.append(write)
            self._waiting += len(write.predictions)
            self._wake()

    def take(self, most: int, seconds: float) -> list[Write]:
        """The oldest writes, up to so many predictions but at least one write; none where none came in this time."""
        with self._changed:
            self._changed.wait_for(lambda: self._writes or self._closed, seconds)
            taken: list[Write] = []
            count = 0
            while self._writes and (not taken or count + len(self._writes[0].predictions) <= most):
                taken.append(self._writes.popleft())
                count += len(taken[-1].predictions)
            self._waiting -= count
            return taken

    def refuse(self, error: StoreError) -> None:
        """Refuse writes with this error from now on, and those that wait already."""
        with self._changed:
            self._refusal = error
            refused, self._writes, self._waiting = list(self._writes), deque(), 0
        finish(refused, error)

    def accept(self) -> None:
        """Take writes from now on."""
        with self._changed:
            self._refusal = None

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def wait_closed(self, seconds: float) -> bool:
        """Whether the queue is closed, now or within this time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, seconds)

    def _wake(self) -> None:
        if not self._preparing:
            self._changed.notify()


def finish(writes: Sequence[Write], error: Exception | None) -> None:
    """Wake the requests that wait for these writes, each in its own event loop, with one call a loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for write in writes:
        by_loop.setdefault(write.loop, []).append(write.done)
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
