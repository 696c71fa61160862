"""Who waits for whose locks on Postgres."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from bisonwatch.store.database import Database

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


async def until_done_or_waiting(database: Database, task: asyncio.Task[None]) -> None:
    """Until the task has ended, or somebody waits for a lock."""
    async with asyncio.timeout(10):
        while not task.done():
            async with database.read() as tx:
                if await tx.value(_WAITING):
                    return
            await asyncio.sleep(0.01)
