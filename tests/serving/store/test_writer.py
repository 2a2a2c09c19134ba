"""Acknowledged is stored: whatever happens to the process or the database, and however many write at once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event
from unittest.mock import patch

import pytest
from sqlalchemy import func, select

from icp_fit.serving.errors import RecordError, StoreError
from icp_fit.serving.store import writer as writing
from icp_fit.serving.store.database import Database
from icp_fit.serving.store.records import predictions
from icp_fit.serving.store.store import Store
from icp_fit.serving.store.writer import Writer
from tests.support.checkout import CHECKOUT
from tests.support.databases import KINDS, build_prediction, open_database


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with open_database(request.param, tmp_path) as database:
        yield Store(database)


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    with open_database("sqlite", tmp_path) as database:
        yield Store(database)


@asynccontextmanager
async def running(store: Store, **options: int) -> AsyncIterator[Writer]:
    writer = Writer(store, **options)
    writer.start()
    await until_up(writer)
    try:
        yield writer
    finally:
        await asyncio.to_thread(writer.close)


async def until_up(writer: Writer) -> None:
    async with asyncio.timeout(60):
        while writer.refusal is not None:
            await asyncio.sleep(0.01)


def stored_ids(store: Store) -> list[str]:
    with store.database.read() as connection:
        return list(connection.scalars(select(predictions.c.id)))


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


def test_writes_fail_at_once_while_the_database_is_down_and_succeed_when_it_is_back(file_store: Store) -> None:
    async def act() -> None:
        async with running(file_store) as writer:
            with (
                patch.object(file_store, "add", side_effect=StoreError("gone")) as add,
                patch.object(file_store, "prepare", side_effect=StoreError("gone")),
            ):
                for _ in range(3):
                    with pytest.raises(StoreError, match="gone"):
                        await writer.write(build_prediction(file_store))
                assert add.call_count == 1  # the others are not even tried
            await until_up(writer)
            await writer.write(build_prediction(file_store))

    asyncio.run(act())
    assert len(stored_ids(file_store)) == 1


def test_log_says_once_that_nothing_can_be_stored_and_once_that_it_can_again(
    file_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async def act() -> None:
        async with running(file_store) as writer:
            with (
                patch.object(file_store, "add", side_effect=StoreError("gone")),
                patch.object(file_store, "prepare", side_effect=StoreError("gone")) as probed,
            ):
                with pytest.raises(StoreError, match="gone"):
                    await writer.write(build_prediction(file_store))
                while probed.call_count < 2:
                    await asyncio.sleep(0.05)
            await until_up(writer)

    with caplog.at_level("INFO", "icp_fit.store"):
        asyncio.run(act())
    said = [record.getMessage() for record in caplog.records if record.name == "icp_fit.store"]
    assert said == ["Nothing can be stored: gone", "The store answers again."]


def test_writer_starts_while_the_database_is_down(tmp_path: Path) -> None:
    """The folder of the database is a file at first."""
    (tmp_path / "home").write_text("")
    database = Database(f"sqlite:///{tmp_path / 'home' / 'predictions.db'}")
    store = Store(database)

    async def act() -> None:
        writer = Writer(store)
        writer.start()
        with pytest.raises(StoreError, match=r"cannot be opened|not open yet"):
            await writer.write(build_prediction(store))
        (tmp_path / "home").unlink()
        await until_up(writer)
        await writer.write(build_prediction(store))
        await asyncio.to_thread(writer.close)

    asyncio.run(act())
    assert len(stored_ids(store)) == 1
    database.close()


def test_disk_that_is_full_is_told_and_used_again_when_there_is_space(file_store: Store) -> None:
    async def act() -> None:
        async with running(file_store) as writer:
            # no more pages than there are: a connection keeps that, and the writer's is the only one
            with file_store.database.read() as connection:
                connection.exec_driver_sql("pragma max_page_count=1")
            with pytest.raises(StoreError, match="Free some space"):
                await writer.write(build_prediction(file_store, explanation="x" * 100_000))
            with file_store.database.read() as connection:
                connection.exec_driver_sql("pragma max_page_count=1000000")
            await until_up(writer)
            await writer.write(build_prediction(file_store, explanation="x" * 100_000))

    asyncio.run(act())
    assert len(stored_ids(file_store)) == 1


def test_connection_that_is_lost_in_a_write_is_opened_again(tmp_path: Path) -> None:
    with open_database("postgresql", tmp_path) as database:
        store = Store(database)

        async def act() -> None:
            async with running(store) as writer:
                await writer.write(build_prediction(store))
                end_connections(store)
                await writer.write(build_prediction(store))

        asyncio.run(act())
        assert len(stored_ids(store)) == 2


def end_connections(store: Store) -> None:
    """As a server that restarts does, but only to the connections that wait in this store's own pool."""
    with store.database.read() as connection:
        pid = connection.scalar(select(func.pg_backend_pid()))
    other = Database(store.database.url.render_as_string(hide_password=False))
    with other.read() as connection:
        connection.scalar(select(func.pg_terminate_backend(pid)))
    other.close()


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


def test_what_was_written_is_synced_within_a_second_and_once(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "SYNC", 0.2)

    async def act() -> int:
        with patch.object(file_store.database, "sync", wraps=file_store.database.sync) as sync:
            async with running(file_store) as writer:
                await asyncio.sleep(0.5)
                assert sync.call_count == 0  # nothing was written yet
                await writer.write(build_prediction(file_store))
                assert sync.call_count == 0  # not at each write
                async with asyncio.timeout(10):
                    while not sync.call_count:
                        await asyncio.sleep(0.02)
                await asyncio.sleep(0.5)
            return sync.call_count

    assert asyncio.run(act()) == 1


def test_close_syncs_what_was_written_a_moment_ago(file_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "SYNC", 60.0)

    async def act() -> int:
        with patch.object(file_store.database, "sync", wraps=file_store.database.sync) as sync:
            async with running(file_store) as writer:
                await writer.write(build_prediction(file_store))
            return sync.call_count

    assert asyncio.run(act()) == 1


def test_close_right_after_the_last_look_for_a_sync_syncs_all_the_same(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "SYNC", 60.0)

    async def act() -> int:
        writer = Writer(file_store)
        look = writer._sync

        def look_and_close() -> None:
            look()
            if writer._unsynced_since is not None:
                writer._queue.close()

        with (
            patch.object(writer, "_sync", side_effect=look_and_close),
            patch.object(file_store.database, "sync", wraps=file_store.database.sync) as sync,
        ):
            writer.start()
            await until_up(writer)
            await writer.write(build_prediction(file_store))
            await asyncio.to_thread(writer.close)
            return sync.call_count

    assert asyncio.run(act()) == 1


def test_sync_that_fails_takes_the_writer_down(file_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "SYNC", 0.05)

    async def act() -> None:
        async with running(file_store) as writer:
            with (
                patch.object(file_store.database, "sync", side_effect=StoreError("no disk")),
                patch.object(file_store, "prepare", side_effect=StoreError("no disk")),
            ):
                await writer.write(build_prediction(file_store))
                async with asyncio.timeout(10):
                    while writer.refusal is None:
                        await asyncio.sleep(0.02)
                with pytest.raises(StoreError, match="no disk"):
                    await writer.write(build_prediction(file_store))
            await until_up(writer)

    asyncio.run(act())


def test_failure_that_nobody_expected_is_told_and_the_writer_goes_on(
    file_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async def act() -> None:
        async with running(file_store) as writer:
            with (
                patch.object(file_store, "add", side_effect=ZeroDivisionError),
                pytest.raises(StoreError, match="The store failed: ZeroDivisionError"),
            ):
                await writer.write(build_prediction(file_store))
            await writer.write(build_prediction(file_store))

    asyncio.run(act())
    assert "Storing failed." in caplog.text
    assert len(stored_ids(file_store)) == 1


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
