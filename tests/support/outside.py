"""Another program at the same database: plain SQL, our schema on its search path."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from bisonwatch.store.database import Database
from bisonwatch.store.tx import Tx


async def _find_names(tx: Tx) -> None:
    if tx.schema is not None:
        await tx.run(text(f'SET LOCAL search_path TO "{tx.schema}"'))


async def does(database: Database, sql: str, **given: Any) -> None:
    """One statement in a transaction of its own."""
    async with database.write() as tx:
        await _find_names(tx)
        await tx.run(text(sql), given)


async def reads(database: Database, sql: str, **given: Any) -> list[dict[str, Any]]:
    """Rows by column name."""
    async with database.read() as tx:
        await _find_names(tx)
        return [dict(row._mapping) for row in await tx.rows(text(sql), given)]
