"""Ids of what is stored: UUIDs of version 7 (RFC 9562), sorted by the time they were made, unguessable.

Those of one process only ever grow, even where its clock goes back: so the order of ids is the order of predictions,
and the greatest id of a deal is its latest prediction.
"""

import secrets
import time
from collections.abc import Callable
from threading import Lock
from uuid import UUID

_RANDOM_BITS = 74
_STEP_BITS = 40  # of the random step where the clock stands still, so that the next id cannot be guessed either


class Ids:
    """Makes ids greater than every one that it made or was shown before; `clock` gives nanoseconds since 1970."""

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._last = 0
        self._lock = Lock()

    def new(self) -> str:
        now = self._clock() // 1_000_000 << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        with self._lock:
            self._last = max(now, self._last + 1 + secrets.randbits(_STEP_BITS))
            return _format(self._last)

    def follow(self, id: str | None) -> None:
        """Stay above an id that was stored before this process began."""
        if id is not None:
            with self._lock:
                self._last = max(self._last, _parse(id))


def next_id(id: str) -> str:
    """The id right after one, before all that are made later."""
    return _format(_parse(id) + 1)


def _format(number: int) -> str:
    """A number of 122 bits, with version and variant put where the standard wants them."""
    time, high, low = number >> 74, number >> 62 & 0xFFF, number & (1 << 62) - 1
    return str(UUID(int=time << 80 | 7 << 76 | high << 64 | 2 << 62 | low))


def _parse(id: str) -> int:
    number = UUID(id).int
    return (number >> 80) << 74 | (number >> 64 & 0xFFF) << 62 | number & (1 << 62) - 1
