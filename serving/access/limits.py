"""How many requests a key may make: a bucket of tokens each, filled at a steady rate (a token bucket).

Buckets live in the memory of one process: with several workers a key has the limit once in each. That bounds what a
caller can do to the service, which is what it is for; it is no way to charge for calls.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

_MOST = 10_000  # buckets; full ones are forgotten beyond, since a new one is full as well


@dataclass
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """`rate` requests a second for each name, `burst` at once; a rate of 0 limits nothing."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = max(1.0, float(burst))
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self._lock = Lock()

    def take(self, name: str) -> float:
        """Seconds to wait before trying again: 0.0 where the request may go on, which takes a token."""
        if not self._rate:
            return 0.0
        with self._lock:
            bucket = self._fill(name)
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return 0.0
            return (1 - bucket.tokens) / self._rate

    def _fill(self, name: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= _MOST:
                self._forget(now)
            bucket = self._buckets[name] = _Bucket(self._burst, now)
        # a clock that went back gives nothing and takes nothing
        bucket.tokens = min(self._burst, bucket.tokens + max(0.0, now - bucket.at) * self._rate)
        bucket.at = now
        return bucket

    def _forget(self, now: float) -> None:
        full_after = self._burst / self._rate
        self._buckets = {name: bucket for name, bucket in self._buckets.items() if 0 <= now - bucket.at < full_after}
