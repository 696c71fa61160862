"""Reading the log of deliveries: what waits, what was set aside, what came last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from bisonwatch.domain.delivery import DeliveryState, Effect, Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.inbox import DEAD as _DEAD
from bisonwatch.store.inbox import PENDING as _PENDING
from bisonwatch.store.tables import inbox
from bisonwatch.store.tx import Tx
from bisonwatch.store.types import Instant


@dataclass(frozen=True, slots=True)
class Backlog:
    pending: int
    dead: int
    oldest_pending_at: datetime | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One row of the delivery log, without its body."""

    id: UUID
    received_at: datetime
    instance: str
    workspace_id: int | None
    type: str
    subject: str
    source: Source
    state: DeliveryState
    effect: Effect | None


async def backlog(tx: Tx) -> Backlog:
    """How much waits, and how much was set aside."""
    waiting = await tx.row(select(func.count(), func.min(inbox.c.received_at)).where(_PENDING))
    dead = await tx.value(select(func.count()).select_from(inbox).where(_DEAD))
    return Backlog(waiting[0] if waiting else 0, dead or 0, waiting[1] if waiting else None)


async def oldest_pending(tx: Tx) -> dict[WorkspaceKey, datetime]:
    """Per workspace, the date of the oldest delivery that is here and not yet in the mirror (the log's date, else the receipt)."""
    dated = func.min(func.coalesce(inbox.c.logged_at, inbox.c.received_at), type_=Instant)
    statement = (
        select(inbox.c.instance, inbox.c.workspace_id, dated)
        .where(_PENDING, inbox.c.workspace_id.is_not(None))
        .group_by(inbox.c.instance, inbox.c.workspace_id)
    )
    return {WorkspaceKey(row[0], row[1]): row[2] for row in await tx.rows(statement)}


async def dead_since(tx: Tx, moment: datetime) -> dict[WorkspaceKey, int]:
    """Dead letters per workspace since a moment; those of no workspace are left out."""
    statement = (
        select(inbox.c.instance, inbox.c.workspace_id, func.count())
        .where(_DEAD, inbox.c.received_at >= moment, inbox.c.workspace_id.is_not(None))
        .group_by(inbox.c.instance, inbox.c.workspace_id)
    )
    return {WorkspaceKey(row[0], row[1]): row[2] for row in await tx.rows(statement)}


async def newest(tx: Tx, limit: int) -> list[LogEntry]:
    """The newest deliveries, newest first."""
    c = inbox.c
    statement = (
        select(
            c.id, c.received_at, c.instance, c.workspace_id, c.type, c.subject, c.source, c.state, c.effect
        )
        .order_by(c.received_at.desc())
        .limit(limit)
    )
    return [
        LogEntry(
            row.id,
            row.received_at,
            row.instance,
            row.workspace_id,
            row.type or "?",
            row.subject or "",
            Source(row.source),
            DeliveryState(row.state),
            Effect(row.effect) if row.effect else None,
        )
        for row in await tx.rows(statement)
    ]


async def heard(tx: Tx, hashes: Sequence[bytes], since: datetime) -> dict[bytes, list[datetime]]:
    """When webhooks with these contents arrived, for matching state events one to one with the log."""
    statement = select(inbox.c.content_hash, inbox.c.received_at).where(
        inbox.c.content_hash.in_(hashes), inbox.c.received_at >= since, inbox.c.source == Source.WEBHOOK.value
    )
    times: dict[bytes, list[datetime]] = {}
    for row in await tx.rows(statement):
        times.setdefault(bytes(row.content_hash), []).append(row.received_at)
    return times


async def stored(tx: Tx, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these deliveries are in the log already, in whatever state."""
    if not ids:
        return frozenset()
    return frozenset(row.id for row in await tx.rows(select(inbox.c.id).where(inbox.c.id.in_(ids))))


async def canary_arrived(tx: Tx, nonce: str) -> bool:
    return await tx.value(select(inbox.c.id).where(inbox.c.canary == nonce).limit(1)) is not None


async def canaries(tx: Tx, nonces: Sequence[str], since: datetime) -> dict[str, datetime]:
    """Which of these test events arrived since then, and when."""
    statement = select(inbox.c.canary, func.min(inbox.c.received_at)).where(
        inbox.c.received_at >= since, inbox.c.canary.in_(nonces)
    )
    return {row[0]: row[1] for row in await tx.rows(statement.group_by(inbox.c.canary))}
