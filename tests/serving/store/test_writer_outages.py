"""Whatever the database does, nobody waits in vain, the log says so once, and the writer finds back by itself."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from icp_fit.serving.errors import StoreError
from icp_fit.serving.store import writer as writing
from icp_fit.serving.store.database import Database
from icp_fit.serving.store.store import Store
from icp_fit.serving.store.writer import Writer
from tests.support.databases import build_prediction, open_database
from tests.support.running_writer import running, stored_ids, until_up


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


def test_log_says_once_in_each_outage_that_nothing_can_be_stored_and_once_that_it_can_again(
    file_store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PROBE", 0.05)

    async def act() -> None:
        async with running(file_store) as writer:
            for _ in range(2):
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
    assert said == ["Nothing can be stored: gone", "The store answers again."] * 2


def test_database_that_is_down_is_looked_at_every_half_second(file_store: Store) -> None:
    looks: list[float] = []

    def look() -> None:
        looks.append(time.monotonic())
        raise StoreError("gone")

    with patch.object(file_store, "prepare", side_effect=look):
        writer = Writer(file_store)
        writer.start()
        while len(looks) < 4:
            time.sleep(0.02)
        writer.close()
    assert 0.5 <= min(np.diff(looks)) < 1.4  # the least, for the machine may be busy


def test_store_is_opened_at_the_start_and_not_at_the_first_look(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PROBE", 600.0)

    async def act() -> None:
        async with running(file_store) as writer:
            await writer.write(build_prediction(file_store))

    asyncio.run(act())


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
        async with asyncio.timeout(60):
            while "cannot be opened" not in str(writer.refusal):
                await asyncio.sleep(0.01)
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


def test_lost_connection_is_tried_once_more_and_another_error_is_not(file_store: Store) -> None:
    lost = StoreError("lost")
    lost.__cause__ = DBAPIError("insert", None, Exception(), connection_invalidated=True)

    async def act(errors: list[StoreError]) -> list[bool]:
        async with running(file_store) as writer:
            with patch.object(file_store, "add", side_effect=[*errors, None]) as add:
                with suppress(StoreError):
                    await writer.write(build_prediction(file_store))
                return [call.kwargs["durable"] for call in add.call_args_list]

    assert asyncio.run(act([])) == [False]  # a power cut may cost it until the next sync
    assert asyncio.run(act([lost])) == [False, False]
    assert asyncio.run(act([lost, lost])) == [False, False]
    assert asyncio.run(act([StoreError("gone")])) == [False]


def end_connections(store: Store) -> None:
    """As a server that restarts does, but only to the connections that wait in this store's own pool."""
    with store.database.read() as connection:
        pid = connection.scalar(select(func.pg_backend_pid()))
    other = Database(store.database.url.render_as_string(hide_password=False))
    with other.read() as connection:
        connection.scalar(select(func.pg_terminate_backend(pid)))
    other.close()


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
