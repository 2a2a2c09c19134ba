"""Acknowledged is stored: whatever happens to the process or the database, and however many write at once."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from unittest.mock import patch

import pytest

from icp_fit.serving.errors import RecordError, StoreError
from icp_fit.serving.store.database import Database
from icp_fit.serving.store.store import Store
from icp_fit.serving.store.write_queue import Write
from icp_fit.serving.store.writer import Writer
from tests.support.checkout import CHECKOUT
from tests.support.databases import KINDS, build_prediction, open_database
from tests.support.running_writer import running, stored_ids, until_up


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with open_database(request.param, tmp_path) as database:
        yield Store(database)


def test_write_returns_once_it_is_stored(store: Store) -> None:
    async def act() -> None:
        async with running(store) as writer:
            given = build_prediction(store)
            await writer.write(given)
            assert store.prediction(given.id) == given

    asyncio.run(act())


def test_many_that_write_at_once_share_few_transactions(store: Store) -> None:
    async def act() -> list[str]:
        async with running(store) as writer:
            given = [build_prediction(store, f"D-{deal}") for deal in range(500)]
            with patch.object(store, "add", wraps=store.add) as add:
                await asyncio.gather(*[writer.write(prediction) for prediction in given])
            assert add.call_count < 100
            return [prediction.id for prediction in given]

    assert sorted(asyncio.run(act())) == sorted(stored_ids(store))


def test_several_predictions_are_stored_together(store: Store) -> None:
    async def act() -> None:
        async with running(store, at_once=10) as writer:
            await writer.write(*[build_prediction(store, f"D-{deal}") for deal in range(2000)])

    asyncio.run(act())
    assert len(stored_ids(store)) == 2000


def test_only_the_one_with_a_wrong_record_hears_of_it(store: Store) -> None:
    async def act() -> list[object]:
        async with running(store) as writer:
            given = [build_prediction(store, name="\ud800" if deal == 3 else None) for deal in range(8)]
            return await asyncio.gather(*[writer.write(prediction) for prediction in given], return_exceptions=True)

    results = asyncio.run(act())
    assert [type(result) for result in results] == [RecordError if deal == 3 else type(None) for deal in range(8)]
    assert len(stored_ids(store)) == 7


def test_more_than_may_wait_is_refused(file_store: Store) -> None:
    async def act() -> None:
        async with running(file_store, capacity=3) as writer:
            entered, released = Event(), Event()
            add = file_store.add

            def slow(*args: object, **options: object) -> None:
                entered.set()
                released.wait(10)
                add(*args, **options)  # type: ignore[arg-type]

            with patch.object(file_store, "add", side_effect=slow):
                first = asyncio.create_task(writer.write(build_prediction(file_store)))
                await asyncio.to_thread(entered.wait, 10)
                waiting = [asyncio.create_task(writer.write(build_prediction(file_store))) for _ in range(3)]
                await asyncio.sleep(0)
                assert (writer.waiting, writer.lag > 0) == (3, True)
                with pytest.raises(StoreError, match="3 predictions wait"):
                    await writer.write(build_prediction(file_store))
                released.set()
                await asyncio.gather(first, *waiting)

    asyncio.run(act())
    assert len(stored_ids(file_store)) == 4


def test_as_many_as_stated_may_wait_and_as_many_as_stated_share_a_transaction(file_store: Store) -> None:
    """By default: 20,000 in all, of which 1,000 at once."""

    async def act() -> list[int]:
        loop = asyncio.get_running_loop()
        writer = Writer(store=file_store)
        one = build_prediction(file_store)
        held = [Write([one] * size, loop, loop.create_future()) for size in (1, 999, 1, 18_999)]
        writer._queue.accept()
        for write in held:
            writer._queue.put(write)
        with pytest.raises(StoreError, match="20,000 predictions wait"):
            writer._queue.put(Write([one], loop, loop.create_future()))
        with patch.object(file_store, "add") as add:
            writer.start()
            await asyncio.gather(*(write.done for write in held))
            await asyncio.to_thread(writer.close)
        return [len(call.args[0]) for call in add.call_args_list]

    assert asyncio.run(act()) == [1_000, 1, 18_999]


def test_writer_keeps_no_process_alive_and_has_ended_once_it_is_closed(file_store: Store) -> None:
    async def act() -> list[bool]:
        async with running(file_store):
            return [thread.daemon for thread in threading.enumerate() if thread.name == "icp-fit-writer"]

    assert asyncio.run(act()) == [True]
    assert "icp-fit-writer" not in [thread.name for thread in threading.enumerate()]


def test_close_stores_what_waits_and_refuses_what_comes_later(file_store: Store) -> None:
    async def act() -> None:
        writer = Writer(file_store)
        writer.start()
        await until_up(writer)
        tasks = [asyncio.create_task(writer.write(build_prediction(file_store))) for _ in range(50)]
        await asyncio.sleep(0)
        await asyncio.to_thread(writer.close)
        await asyncio.gather(*tasks)
        with pytest.raises(StoreError, match="closing"):
            await writer.write(build_prediction(file_store))

    asyncio.run(act())
    assert len(stored_ids(file_store)) == 50


def test_request_that_is_given_up_troubles_nobody(file_store: Store) -> None:
    async def act() -> None:
        async with running(file_store) as writer:
            task = asyncio.create_task(writer.write(build_prediction(file_store)))
            await asyncio.sleep(0)
            task.cancel()
            await writer.write(build_prediction(file_store))

    asyncio.run(act())
    assert len(stored_ids(file_store)) == 2


@pytest.mark.slow
def test_kill_while_writing_loses_nothing_acknowledged_and_stores_nothing_twice(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'predictions.db'}"
    acknowledged: list[str] = []
    for _ in range(2):
        command = [sys.executable, "-m", "tests.serving.store.test_writer", url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as process:
            assert process.stdout is not None
            acknowledged += [process.stdout.readline().strip() for _ in range(200)]
            os.kill(process.pid, signal.SIGKILL)
            acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    database = Database(url)
    found = stored_ids(Store(database))
    assert len(acknowledged) >= 400
    assert set(acknowledged) <= set(found)
    assert len(found) == len(set(found))
    database.close()


async def write_until_killed(url: str) -> None:
    """Print the id of each prediction once it is acknowledged."""
    store = Store(Database(url))
    async with running(store) as writer:

        async def client() -> None:
            while True:
                prediction = build_prediction(store, explanation="x" * 4000)
                await writer.write(prediction)
                os.write(1, f"{prediction.id}\n".encode())

        await asyncio.gather(*[client() for _ in range(16)])


if __name__ == "__main__":
    asyncio.run(write_until_killed(sys.argv[1]))
