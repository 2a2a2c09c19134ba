"""Retention: predictions older than the settings allow are forgotten, though never the latest one of a deal."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from icp_fit.serving.errors import StoreError
from icp_fit.serving.store.store import Store

FIRST, EVERY = 60.0, 3600.0  # seconds from the start, and from turn to turn

log = logging.getLogger("icp_fit.retention")


async def forget_old(store: Store, days: int, first: float = FIRST, every: float = EVERY) -> None:
    """Prune soon after the start and then once an hour, until cancelled; a store that is down waits for its turn."""
    await asyncio.sleep(first)
    while True:
        try:
            pruned = await asyncio.to_thread(store.prune, datetime.now(UTC) - timedelta(days=days))
            log.info("Pruned %d old predictions.", pruned, extra={"event": "pruned"})
        except StoreError as error:
            log.warning("Old predictions were not pruned: %s", error, extra={"event": "not_pruned"})
        await asyncio.sleep(every)
