"""Who asks: the keys as a running service knows them, so that a request costs no query.

The service keeps a copy of all keys. It reads them again in the background when they are older than `RENEW` seconds and
does not believe them when they are older than `FRESH`: a revocation takes effect within that time.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from icp_fit.serving.access.keys import Key, Keys, StoredKey, match_key
from icp_fit.serving.errors import StoreError

RENEW = 2.0
FRESH = 5.0
_UNKNOWN = 0.5  # seconds: how often an unknown key, which may be new, makes the service look again
_USED = timedelta(minutes=1)  # how exact the time of last use is

log = logging.getLogger("icp_fit.keys")


class KeyRing:
    """Finds keys for one event loop."""

    def __init__(self, keys: Keys, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._clock = clock
        self._stored: dict[str, StoredKey] = {}
        self._read_at = -float("inf")
        self._reading: asyncio.Task[None] | None = None
        self._used: dict[str, datetime] = {}

    async def find(self, text: str, oldest: float = FRESH) -> Key | None:
        """The live key with this text, or None; raises StoreError while the database is down.

        `oldest` is the age in seconds up to which the copy is trusted.
        """
        await self._renew(oldest)
        key = match_key(text, self._stored)
        if key is None:
            await self._renew(_UNKNOWN)
            key = match_key(text, self._stored)
        if key is not None:
            self._used[key.id] = datetime.now(UTC)
        return key

    async def any(self, oldest: float = FRESH) -> bool:
        """Whether there are keys at all; without any the service answers everybody on this machine."""
        await self._renew(oldest)
        return bool(self._stored)

    def _age(self) -> float:
        age = self._clock() - self._read_at
        return age if age >= 0 else float("inf")  # of a clock that went back, nothing is known

    async def _renew(self, oldest: float) -> None:
        age = self._age()
        if age <= min(oldest, RENEW):
            return
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(_take_error)
        if age > oldest or age == float("inf"):
            await asyncio.shield(self._reading)

    async def _read(self) -> None:
        asked_at = self._clock()
        used, self._used = self._used, {}
        stored = await asyncio.to_thread(self._read_blocking, used)
        self._stored, self._read_at = stored, asked_at

    def _read_blocking(self, used: dict[str, datetime]) -> dict[str, StoredKey]:
        stored = self._keys.stored()
        if late := {id: at for id, at in used.items() if _is_late(stored.get(id), at)}:
            try:
                self._keys.mark_used(late)
            except StoreError as error:
                log.warning("When keys were last used is not recorded: %s", error)  # no reason to refuse them
        return stored


def _is_late(stored: StoredKey | None, at: datetime) -> bool:
    return stored is not None and (stored.key.used_at is None or at - stored.key.used_at > _USED)


def _take_error(task: "asyncio.Task[None]") -> None:
    """Whoever waits hears of an error; where nobody does, the copy just grows old."""
    if not task.cancelled():
        task.exception()
