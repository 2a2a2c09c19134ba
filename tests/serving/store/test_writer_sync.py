"""What was written survives a power cut within a second, and no write waits for that."""

import asyncio
from unittest.mock import Mock, patch

import pytest

from icp_fit.serving.store import writer as writing
from icp_fit.serving.store.store import Store
from icp_fit.serving.store.writer import Writer
from tests.support.databases import build_prediction
from tests.support.running_writer import running, until_up


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


@pytest.mark.parametrize(("seconds", "syncs"), [(0.999, 0), (1.0, 1)])
def test_write_that_is_a_second_old_is_synced(
    file_store: Store, monkeypatch: pytest.MonkeyPatch, seconds: float, syncs: int
) -> None:
    writer = Writer(file_store)
    writer._unsynced_since = 100.0
    monkeypatch.setattr(writing, "time", Mock(**{"monotonic.return_value": 100.0 + seconds}))
    with patch.object(file_store.database, "sync") as sync:
        writer._sync()
    assert sync.call_count == syncs


def test_write_does_not_wait_for_the_sync_of_another(file_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "SYNC", 60.0)

    async def act() -> None:
        async with running(file_store) as writer, asyncio.timeout(9):
            for _ in range(12):  # in turn
                await writer.write(build_prediction(file_store))

    asyncio.run(act())


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
