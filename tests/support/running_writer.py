"""A writer that runs for the length of a test, and what it stored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select

from icp_fit.serving.store.records import predictions
from icp_fit.serving.store.store import Store
from icp_fit.serving.store.writer import Writer


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
