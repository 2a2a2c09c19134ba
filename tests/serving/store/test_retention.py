"""What is older than the settings allow is forgotten while the service runs."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from icp_fit.serving.errors import StoreError
from icp_fit.serving.store.retention import forget_old
from icp_fit.serving.store.store import Store
from tests.support.databases import build_prediction, open_database


async def until(reached: Callable[[], bool], store: Store) -> None:
    """Run the retention until something is so, for a minute at most."""
    task = asyncio.create_task(forget_old(store, days=30, first=0, every=0.01))
    try:
        async with asyncio.timeout(60):
            while not reached():
                await asyncio.sleep(0.01)
    finally:
        task.cancel()


def test_predictions_older_than_the_limit_are_forgotten_but_for_the_latest_of_a_deal(tmp_path: Path) -> None:
    with open_database("sqlite", tmp_path) as database:
        store = Store(database)
        store.prepare()
        today = datetime.now(UTC)
        store.add([build_prediction(store, scored_at=today - timedelta(days=days)) for days in (90, 60, 45)])
        asyncio.run(until(lambda: len(store.history("D-1")) == 1, store))


def test_store_that_is_down_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_database("sqlite", tmp_path) as database:
        store, turns = Store(database), []

        def prune(before: datetime) -> int:
            turns.append(before)
            raise StoreError("The database is down.")

        monkeypatch.setattr(store, "prune", prune)
        asyncio.run(until(lambda: len(turns) > 2, store))
