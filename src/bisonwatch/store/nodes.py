"""Living engines on this database: each writes its heartbeat and its listener's figures every second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from bisonwatch.store.dialect import SILENT_S
from bisonwatch.store.tables import nodes
from bisonwatch.store.tx import Tx

c = nodes.c
ALIVE_FOR = timedelta(seconds=SILENT_S)
"""A node that has not been seen for longer is not alive."""


@dataclass(frozen=True, slots=True)
class Node:
    """`figures` is what the node measured of itself (see `cache.figures`)."""

    id: UUID
    name: str
    version: str
    pid: int
    started_at: datetime
    seen_at: datetime
    stopped_at: datetime | None
    leader: bool
    api_url: str | None
    figures: Mapping[str, Any]

    def alive(self, now: datetime) -> bool:
        return self.stopped_at is None and now - self.seen_at < ALIVE_FOR


async def beat(tx: Tx, node: Node) -> None:
    """Write the heartbeat."""
    insert = tx.dialect.insert(nodes)
    values = {
        name: insert.excluded[name] for name in ("seen_at", "stopped_at", "leader", "api_url", "figures")
    }
    row = {column.name: getattr(node, column.name) for column in c}
    await tx.run(insert.on_conflict_do_update(index_elements=[c.id], set_=values), [row])


async def stopped(tx: Tx, node_id: UUID, at: datetime) -> None:
    """A clean stop: the node is gone at once, not after its heartbeat ages."""
    await tx.run(update(nodes).where(c.id == node_id).values(stopped_at=at, seen_at=at, leader=False))


async def living(tx: Tx, seen_since: datetime) -> list[UUID]:
    """Nodes that were seen since then and did not stop, by id."""
    statement = select(c.id).where(c.seen_at >= seen_since, c.stopped_at.is_(None)).order_by(c.id)
    return [row.id for row in await tx.rows(statement)]


async def recent(tx: Tx, limit: int = 50) -> list[Node]:
    """Nodes by last sign of life, newest first."""
    rows = await tx.rows(select(*c).order_by(c.seen_at.desc()).limit(limit))
    return [Node(*row) for row in rows]


async def forget(tx: Tx, before: datetime) -> None:
    await tx.run(delete(nodes).where(c.seen_at < before))
