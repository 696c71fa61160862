"""The moment, by the database's own clock."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bisonwatch.store.tx import Tx


async def now(tx: Tx, machine_now: datetime) -> datetime:
    """The database's time as it answers; one machine's clock is the same on SQLite."""
    told: datetime = await tx.value(select(tx.dialect.now(machine_now)))
    return told
