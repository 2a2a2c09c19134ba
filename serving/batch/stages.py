"""Stages of work on a stream: each is done ahead of the next in a thread of its own, a few items at most."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")

DEPTH = 1  # items that wait between two stages
PATIENCE = 0.1  # seconds after which a stage that waits looks whether its items are still wanted


@dataclass(frozen=True)
class _End:
    """The last that a stage hands on: what ended it, if it was an error."""

    error: BaseException | None = None


@contextmanager
def ahead(items: Generator[T, None, None]) -> Iterator[Iterator[T]]:
    """The same items in the same order, made in a thread of its own while those before are used.

    What goes wrong in the thread is raised where its items are used. On leaving, the thread ends and closes `items`.
    """
    waiting: Queue[T | _End] = Queue(DEPTH)
    left = Event()
    thread = Thread(target=_make, args=(items, waiting, left), name="stage")
    thread.start()
    try:
        yield _take(waiting)
    finally:
        left.set()
        thread.join()


def _make(items: Generator[T, None, None], waiting: "Queue[T | _End]", left: Event) -> None:
    end = _End()
    try:
        for item in items:
            if not _put(item, waiting, left):
                break
    except BaseException as error:  # whatever it is, it must not end here unseen
        end = _End(error)
    finally:
        items.close()
    _put(end, waiting, left)


def _put(item: "T | _End", waiting: "Queue[T | _End]", left: Event) -> bool:
    while not left.is_set():
        try:
            waiting.put(item, timeout=PATIENCE)
            return True
        except Full:
            continue
    return False


def _take(waiting: "Queue[T | _End]") -> Iterator[T]:
    while True:
        item = waiting.get()
        if isinstance(item, _End):
            if item.error:
                raise item.error
            return
        yield item
