"""How old a copy of the keys may be, at each of its three ages: looked at again, read anew, and no longer believed."""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import pytest
from sqlalchemy import update

from icp_fit.serving.access import keyring
from icp_fit.serving.access.keyring import FRESH, RENEW, KeyRing
from icp_fit.serving.access.keys import Keys
from icp_fit.serving.errors import StoreError
from icp_fit.serving.store.records import keys as table
from tests.support.databases import open_database

UNKNOWN = 0.5  # seconds after which an unknown key makes the service look again


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    with open_database("sqlite", tmp_path) as database:
        database.prepare()
        yield Keys(database)


@pytest.fixture
def text(keys: Keys) -> str:
    return keys.create("CRM", "score")[1]


@pytest.fixture
def ring(keys: Keys, clock: Clock, text: str) -> KeyRing:
    return KeyRing(keys, clock)


def run(act: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(act())


async def settle(ring: KeyRing) -> None:
    """Wait until what is read in the background has been read."""
    if ring._reading is not None:
        await asyncio.wait([ring._reading])


@pytest.mark.parametrize(("age", "reads"), [(RENEW, 1), (RENEW + 0.01, 2)])
def test_copy_is_read_again_in_the_background_once_it_is_older_than_stated(
    keys: Keys, ring: KeyRing, clock: Clock, text: str, age: float, reads: int
) -> None:
    async def act() -> None:
        with patch.object(keys, "stored", wraps=keys.stored) as stored:
            await ring.find(text)
            clock.now += age
            assert await ring.find(text) is not None
            await settle(ring)
            assert stored.call_count == reads

    run(act)


@pytest.mark.parametrize(("age", "known"), [(FRESH, True), (FRESH + 0.01, False)])
def test_revoked_key_is_believed_until_the_copy_is_too_old(
    keys: Keys, ring: KeyRing, clock: Clock, text: str, age: float, known: bool
) -> None:
    async def act() -> None:
        key = await ring.find(text)
        assert key is not None
        keys.revoke(key.id)
        clock.now += age
        assert (await ring.find(text) is not None) is known
        await settle(ring)

    run(act)


@pytest.mark.parametrize(("age", "known"), [(UNKNOWN, False), (UNKNOWN + 0.01, True)])
def test_unknown_key_makes_the_service_look_again_but_not_too_often(
    keys: Keys, ring: KeyRing, clock: Clock, age: float, known: bool
) -> None:
    async def act() -> None:
        await ring.any()
        fresh = keys.create("new", "score")[1]
        clock.now += age
        assert (await ring.find(fresh) is not None) is known

    run(act)


def test_copy_is_as_old_as_the_moment_at_which_reading_began(
    keys: Keys, ring: KeyRing, clock: Clock, text: str
) -> None:
    read = keys.stored

    def slow() -> Any:
        stored = read()
        clock.now += 1  # a key that is made now is not in it
        return stored

    async def act() -> None:
        with patch.object(keys, "stored", side_effect=slow):
            await ring.find(text)
        assert ring._age() == 1

    run(act)


def test_many_that_ask_while_it_is_read_wait_for_one_reading(
    keys: Keys, ring: KeyRing, clock: Clock, text: str
) -> None:
    async def act() -> None:
        await ring.find(text)
        clock.now += FRESH + 1
        with patch.object(keys, "stored", wraps=keys.stored) as stored:
            assert None not in await asyncio.gather(*[ring.find(text) for _ in range(20)])
            assert stored.call_count == 1

    run(act)


def test_older_copy_is_believed_by_who_says_so(keys: Keys, ring: KeyRing, clock: Clock, text: str) -> None:
    async def act() -> None:
        await ring.find(text)
        with patch.object(keys, "stored", side_effect=StoreError("gone")):
            clock.now += 1000
            assert await ring.find(text, float("inf")) is not None
            assert await ring.any(float("inf"))
            await settle(ring)
            with pytest.raises(StoreError, match="gone"):
                await ring.any()

    run(act)


def test_reading_in_the_background_that_fails_troubles_nobody(
    keys: Keys, ring: KeyRing, clock: Clock, text: str
) -> None:
    complaints: list[dict[str, Any]] = []

    async def act() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))
        await ring.find(text)
        clock.now += RENEW + 0.01
        with patch.object(keys, "stored", side_effect=StoreError("gone")):
            assert await ring.find(text) is not None
            await settle(ring)
        assert await ring.find(text) is not None  # reads anew, and forgets the reading that failed
        await settle(ring)
        gc.collect()

    run(act)
    assert complaints == []


def test_ring_that_never_read_the_keys_believes_nothing(keys: Keys, ring: KeyRing) -> None:
    async def act() -> None:
        with patch.object(keys, "stored", side_effect=StoreError("gone")), pytest.raises(StoreError, match="gone"):
            await ring.any(float("inf"))

    run(act)


def test_service_without_a_key_knows_that_there_is_none(tmp_path: Path) -> None:
    async def act() -> None:
        with open_database("sqlite", tmp_path) as database:
            database.prepare()
            ring = KeyRing(Keys(database), Clock())
            assert not await ring.any()
            assert await ring.find("icpfit_x_y") is None

    run(act)


@pytest.mark.parametrize(("seconds", "marked"), [(60, False), (60.001, True)])
def test_time_of_last_use_is_written_once_it_is_more_than_a_minute_old(
    keys: Keys, ring: KeyRing, clock: Clock, text: str, seconds: float, marked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    monkeypatch.setattr(keyring, "datetime", Mock(**{"now.return_value": now}))
    before = now - timedelta(seconds=seconds)
    with keys._database.write() as connection:
        connection.execute(update(table).values(used_at=before))

    async def act() -> None:
        await ring.find(text)
        clock.now += FRESH + 1
        await ring.find(text)

    run(act)
    used_at = keys.list()[0].used_at
    assert used_at is not None
    assert (used_at > before) is marked


def test_use_of_a_key_that_is_gone_is_not_written(keys: Keys, ring: KeyRing, clock: Clock, text: str) -> None:
    async def act() -> None:
        await ring.find(text)
        with keys._database.write() as connection:
            connection.execute(table.delete())
        clock.now += FRESH + 1
        with patch.object(keys, "mark_used") as mark:
            assert await ring.find(text) is None
            assert not mark.called

    run(act)


def test_keys_are_found_where_their_last_use_cannot_be_written(
    keys: Keys, ring: KeyRing, clock: Clock, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def act() -> None:
        await ring.find(text)
        clock.now += FRESH + 1
        with patch.object(keys, "mark_used", side_effect=StoreError("disk full")):
            assert await ring.find(text) is not None

    run(act)
    assert "When keys were last used is not recorded: disk full" in caplog.text
