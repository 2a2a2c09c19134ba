"""The queue between requests and the writing thread: what it takes, what it refuses, and whom it wakes."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from icp_fit.serving.errors import StoreError
from icp_fit.serving.store.records import Prediction
from icp_fit.serving.store.store import Store
from icp_fit.serving.store.write_queue import Write, WriteQueue, finish
from tests.support.databases import build_prediction, open_database

AGES = 60.0  # seconds that nobody waits for in a test that passes


@pytest.fixture
def prediction(tmp_path: Path) -> Iterator[Prediction]:
    with open_database("sqlite", tmp_path) as database:
        yield build_prediction(Store(database))


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def queue() -> WriteQueue:
    queue = WriteQueue(capacity=3)
    queue.accept()
    return queue


def build_write(loop: asyncio.AbstractEventLoop, *predictions: Prediction) -> Write:
    return Write(predictions, loop, loop.create_future())


def test_queue_refuses_until_the_store_is_open(loop: asyncio.AbstractEventLoop, prediction: Prediction) -> None:
    queue = WriteQueue(capacity=3)
    with pytest.raises(StoreError, match="not open yet"):
        queue.put(build_write(loop, prediction))
    queue.accept()
    queue.put(build_write(loop, prediction))
    assert queue.waiting == 1


@pytest.mark.parametrize(("before", "more", "taken"), [(2, 1, True), (2, 2, False), (0, 4, True), (3, 1, False)])
def test_queue_holds_its_capacity_and_more_only_of_one_write(
    queue: WriteQueue, loop: asyncio.AbstractEventLoop, prediction: Prediction, before: int, more: int, taken: bool
) -> None:
    if before:
        queue.put(build_write(loop, *[prediction] * before))
    write = build_write(loop, *[prediction] * more)
    if taken:
        queue.put(write)
    else:
        with pytest.raises(StoreError, match=f"{before} predictions wait to be stored already"):
            queue.put(write)
    assert queue.waiting == before + (more if taken else 0)


@pytest.mark.parametrize(("sizes", "most", "taken"), [((2, 1), 3, 2), ((2, 2, 1), 3, 1), ((4,), 3, 1)])
def test_take_gives_whole_writes_up_to_a_number_and_one_at_least(
    loop: asyncio.AbstractEventLoop, prediction: Prediction, sizes: tuple[int, ...], most: int, taken: int
) -> None:
    queue = WriteQueue(capacity=10)
    queue.accept()
    writes = [build_write(loop, *[prediction] * size) for size in sizes]
    for write in writes:
        queue.put(write)
    assert queue.take(most, 0) == writes[:taken]
    assert queue.waiting == sum(sizes[taken:])


def test_take_gives_nothing_where_nothing_comes_in_its_time(queue: WriteQueue) -> None:
    assert queue.take(10, 0.01) == []


def test_close_wakes_the_thread_that_waits_for_writes(queue: WriteQueue) -> None:
    with ThreadPoolExecutor(1) as thread:
        taken = thread.submit(queue.take, 10, AGES)
        time.sleep(0.1)
        queue.close()
        assert taken.result(10) == []


def test_refusing_ends_those_that_wait_and_those_that_come(
    queue: WriteQueue, loop: asyncio.AbstractEventLoop, prediction: Prediction
) -> None:
    write = build_write(loop, prediction)
    queue.put(write)
    queue.refuse(StoreError("gone"))
    with pytest.raises(StoreError, match="gone"):
        loop.run_until_complete(asyncio.wait_for(write.done, AGES))
    with pytest.raises(StoreError, match="gone"):
        queue.put(build_write(loop, prediction))
    assert (queue.waiting, queue.lag) == (0, 0.0)


def test_put_wakes_the_thread_only_when_no_other_request_is_about_to_put(
    queue: WriteQueue, loop: asyncio.AbstractEventLoop, prediction: Prediction
) -> None:
    with ThreadPoolExecutor(1) as thread:
        taken = thread.submit(queue.take, 10, AGES)
        with queue.preparing():
            queue.put(build_write(loop, prediction))
            time.sleep(0.1)
            assert not taken.done()
        queue.put(build_write(loop, prediction))
        assert len(taken.result(10)) == 2


def test_request_that_fails_before_its_put_wakes_the_thread_for_the_others(
    queue: WriteQueue, loop: asyncio.AbstractEventLoop, prediction: Prediction
) -> None:
    with ThreadPoolExecutor(1) as thread:
        taken = thread.submit(queue.take, 10, AGES)
        with suppress(ValueError), queue.preparing():
            queue.put(build_write(loop, prediction))
            raise ValueError
        try:
            assert len(taken.result(10)) == 1
        finally:
            queue.close()


@pytest.mark.parametrize("fails", [False, True])
def test_request_counts_as_preparing_until_it_ends_and_no_longer(queue: WriteQueue, fails: bool) -> None:
    with suppress(ValueError), queue.preparing():
        assert queue._preparing == 1
        if fails:
            raise ValueError
    assert queue._preparing == 0


def test_queue_is_finished_when_it_is_closed_and_empty(
    queue: WriteQueue, loop: asyncio.AbstractEventLoop, prediction: Prediction
) -> None:
    queue.put(build_write(loop, prediction))
    assert (queue.is_finished, queue.wait_closed(0)) == (False, False)
    queue.close()
    assert (queue.is_finished, queue.wait_closed(0)) == (False, True)
    with pytest.raises(StoreError, match="closing"):
        queue.put(build_write(loop, prediction))
    queue.take(10, 0)
    assert queue.is_finished


def test_lag_is_the_age_of_the_oldest_that_waits(
    queue: WriteQueue, loop: asyncio.AbstractEventLoop, prediction: Prediction
) -> None:
    assert queue.lag == 0.0
    queue.put(Write([prediction], loop, loop.create_future(), since=time.monotonic() - 7))
    queue.put(build_write(loop, prediction))
    assert 7 <= queue.lag < 60


def test_finish_passes_over_requests_that_were_given_up_and_loops_that_were_closed(
    loop: asyncio.AbstractEventLoop, prediction: Prediction
) -> None:
    gone = asyncio.new_event_loop()
    lost, given_up, stored = build_write(gone, prediction), build_write(loop, prediction), build_write(loop, prediction)
    gone.close()
    given_up.done.cancel()
    finish([lost, given_up, stored], None)
    assert loop.run_until_complete(asyncio.wait_for(stored.done, AGES)) is None
