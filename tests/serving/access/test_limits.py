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


@pytest.mark.parametrize("waited", [0.0, 0.5, 0.75])
def test_wait_that_is_told_is_what_is_left_of_a_token(waited: float) -> None:
    clock = Clock()
    limit = RateLimit(1, 1, clock)
    limit.take("k")
    clock.now += waited
    assert limit.take("k") == pytest.approx(1 - waited)


def test_burst_is_at_least_one_request() -> None:
    assert [RateLimit(1, burst, Clock()).take("k") for burst in (0, -3)] == [0, 0]


def test_bucket_is_never_fuller_than_the_burst() -> None:
    clock = Clock()
    limit = RateLimit(10, 2, clock)
    limit.take("k")
    clock.now += 3600
    assert [limit.take("k") == 0 for _ in range(3)] == [True, True, False]


def test_many_names_have_buckets_before_any_is_forgotten() -> None:
    limit = RateLimit(1, 1, Clock())
    for name in range(10_000):
        limit.take(str(name))
    assert limit.take("0") > 0
    assert len(limit._buckets) == 10_000


@pytest.mark.parametrize(("age", "forgotten"), [(3.9, False), (4.0, True)])
def test_bucket_is_forgotten_when_it_is_full_again_and_not_before(
    age: float, forgotten: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_MOST", 1)
    clock = Clock()
    limit = RateLimit(0.5, 2, clock)  # full again after four seconds
    limit.take("old")
    clock.now += age
    limit.take("new")
    assert ("old" not in limit._buckets) is forgotten


@pytest.mark.parametrize("extra", [0, 1])
def test_nothing_is_forgotten_while_there_is_room(extra: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST", 2 + extra)
    clock = Clock()
    limit = RateLimit(1, 1, clock)
    limit.take("a")
    limit.take("b")
    clock.now += 60
    limit.take("c")
    assert set(limit._buckets) == ({"a", "b", "c"} if extra else {"c"})


def test_bucket_just_used_is_not_forgotten_and_one_from_the_future_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST", 2)
    clock = Clock()
    limit = RateLimit(1, 1, clock)
    clock.now += 1e6
    limit.take("future")
    clock.now -= 1e6
    limit.take("now")
    limit.take("other")
    assert set(limit._buckets) == {"now", "other"}
