"""A key gets its rate and its burst, and no clock gives it more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_fit.serving.access import limits
from icp_fit.serving.access.limits import RateLimit


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_burst_is_served_at_once_and_then_the_rate() -> None:
    clock = Clock()
    limit = RateLimit(10, 3, clock)
    assert [limit.take("k") for _ in range(3)] == [0, 0, 0]
    assert limit.take("k") == pytest.approx(0.1)
    clock.now += 0.1001
    assert limit.take("k") == 0
    assert limit.take("k") > 0


def test_each_name_has_its_own_bucket() -> None:
    limit = RateLimit(1, 1, Clock())
    assert [limit.take("a"), limit.take("b")] == [0, 0]
    assert limit.take("a") > 0


def test_wait_that_is_told_is_enough() -> None:
    clock = Clock()
    limit = RateLimit(0.5, 1, clock)
    limit.take("k")
    clock.now += limit.take("k") + 1e-6
    assert limit.take("k") == 0


def test_no_rate_limits_nothing() -> None:
    limit = RateLimit(0, 1, Clock())
    assert [limit.take("k") for _ in range(1000)] == [0] * 1000


def test_clock_that_goes_back_gives_nothing_and_locks_nobody_out() -> None:
    clock = Clock()
    limit = RateLimit(1, 1, clock)
    limit.take("k")
    clock.now -= 1_000_000
    assert limit.take("k") == pytest.approx(1)
    clock.now += 1.001
    assert limit.take("k") == 0


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=60))
def test_never_more_than_the_burst_and_what_the_clock_gained(steps: list[float]) -> None:
    clock = Clock()
    limit = RateLimit(2, 3, clock)
    served, gained = 0, 0.0
    for step in steps:
        served += limit.take("k") == 0
        clock.now += step
        gained += max(0.0, step)
    assert served <= 3 + 2 * gained + 1e-6


def test_full_buckets_are_forgotten_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST", 10)
    clock = Clock()
    limit = RateLimit(1, 1, clock)
    for name in range(10):
        limit.take(str(name))
    clock.now += 60
    limit.take("new")
    assert list(limit._buckets) == ["new"]
