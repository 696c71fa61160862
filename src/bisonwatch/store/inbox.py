"""The inbox table is the webhook delivery log: every delivery, before and after it was processed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Integer, Update, bindparam, func, literal_column, select, update

from bisonwatch.domain.delivery import Delivery, DeliveryState, Effect, Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.batch import Batch
from bisonwatch.store.database import AnyRow, Tx
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import inbox
from bisonwatch.store.types import Instant

REPEAT_WINDOW = timedelta(hours=48)
"""Within it a second delivery of the same body is answered `duplicate: true`."""

# Written out, not bound: a partial index serves only a query in which its own condition can be read.
_PENDING = inbox.c.state == literal_column(f"'{DeliveryState.PENDING.value}'")
_DEAD = inbox.c.state == literal_column(f"'{DeliveryState.DEAD.value}'")


@dataclass(frozen=True, slots=True)
class Done:
    """A processed delivery, for the log."""

    id: UUID
    workspace_id: int | None
    type: str
    effect: Effect
    subject: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A delivery that could not be processed; `next_try_at` is None when it is set aside for good (a dead letter)."""

    id: UUID
    reason: str
    attempts: int
    next_try_at: datetime | None


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


async def put(tx: Tx, deliveries: Sequence[Delivery]) -> frozenset[UUID]:
    """Store a batch; the ids of those whose body was seen within REPEAT_WINDOW. Storing a delivery twice is nothing."""
    if not deliveries:
        return frozenset()
    repeated = await _repeated(tx, deliveries)
    await _PUT.run(tx, [_values(delivery, delivery.id in repeated) for delivery in deliveries])
    return repeated


def _putting(dialect: Dialect) -> Upsert:
    return dialect.insert(inbox).on_conflict_do_nothing(index_elements=[inbox.c.id])


_PUT = Batch(_putting)


def _values(delivery: Delivery, duplicate: bool) -> dict[str, object]:
    return {
        "id": delivery.id,
        "instance": delivery.instance,
        "workspace_id": delivery.workspace_id,
        "type": delivery.type,
        "source": delivery.source.value,
        "state": DeliveryState.PENDING.value,
        "received_at": delivery.received_at,
        "logged_at": delivery.logged_at,
        "content_hash": delivery.content_hash,
        "duplicate": duplicate,
        "canary": delivery.canary,
        "body": delivery.body,
        "attempts": 0,
        "next_try_at": delivery.received_at,
    }


_SEEN = select(inbox.c.content_hash).where(
    inbox.c.content_hash.in_(bindparam("hashes", expanding=True)), inbox.c.received_at >= bindparam("since")
)


async def _repeated(tx: Tx, deliveries: Sequence[Delivery]) -> frozenset[UUID]:
    since = min(delivery.received_at for delivery in deliveries) - REPEAT_WINDOW
    hashes = list({delivery.content_hash for delivery in deliveries})
    seen = {bytes(row[0]) for row in await tx.rows(_SEEN, {"hashes": hashes, "since": since})}
    repeated = set()
    for delivery in deliveries:
        if delivery.content_hash in seen:
            repeated.add(delivery.id)
        seen.add(delivery.content_hash)
    return frozenset(repeated)


_DELIVERY = (
    inbox.c.id,
    inbox.c.instance,
    inbox.c.workspace_id,
    inbox.c.type,
    inbox.c.source,
    inbox.c.received_at,
    inbox.c.body,
    inbox.c.content_hash,
    inbox.c.logged_at,
    inbox.c.canary,
    inbox.c.attempts,
)


_DUE = (
    select(*_DELIVERY)
    .where(_PENDING, inbox.c.next_try_at <= bindparam("now"))
    .order_by(inbox.c.next_try_at, inbox.c.id)
    .limit(bindparam("most", type_=Integer))
)


async def due(tx: Tx, now: datetime, limit: int) -> list[Delivery]:
    """Pending deliveries whose turn it is, oldest first; nothing is locked."""
    return [_delivery(row) for row in await tx.rows(_DUE, {"now": now, "most": limit})]


def _delivery(row: AnyRow) -> Delivery:
    return Delivery(
        id=row.id,
        instance=row.instance,
        workspace_id=row.workspace_id,
        type=row.type,
        source=Source(row.source),
        received_at=row.received_at,
        body=row.body,
        content_hash=row.content_hash,
        logged_at=row.logged_at,
        canary=row.canary,
        attempts=row.attempts,
    )


async def claim(tx: Tx, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those still pending and not in another node's hands; they are ours until the transaction ends."""
    return frozenset(row[0] for row in await tx.rows(_CLAIM, {"ids": ids}))


_CLAIM = (
    select(inbox.c.id)
    .where(inbox.c.id.in_(bindparam("ids", expanding=True)), _PENDING)
    .with_for_update(skip_locked=True)
)


async def finish(tx: Tx, done: Sequence[Done], at: datetime) -> None:
    """Mark deliveries as processed."""
    await _FINISH.run(
        tx,
        [
            {
                "b_id": d.id,
                "b_processed_at": at,
                "b_workspace_id": d.workspace_id,
                "b_type": d.type,
                "b_effect": d.effect.value,
                "b_subject": d.subject,
            }
            for d in done
        ],
    )


_TOLD = ("processed_at", "workspace_id", "type", "effect", "subject")


def _finishing(dialect: Dialect) -> Update:
    given = dialect.given({f"b_{name}": inbox.c[name].type for name in ("id", *_TOLD)})
    told = {name: given[f"b_{name}"] for name in _TOLD}
    mine = inbox.c.id == given["b_id"]
    return update(inbox).where(mine).values(state=DeliveryState.DONE.value, error=None, **told)


_FINISH = Batch(_finishing)


async def fail(tx: Tx, failures: Sequence[Failure], at: datetime) -> None:
    """Put deliveries back for a later try, or aside as dead letters."""
    for failure in failures:
        dead = failure.next_try_at is None
        values: dict[str, object] = {"attempts": failure.attempts, "error": failure.reason}
        if dead:
            values |= {"state": DeliveryState.DEAD.value, "processed_at": at}
        else:
            values["next_try_at"] = failure.next_try_at
        await tx.run(update(inbox).where(inbox.c.id == failure.id, _PENDING).values(**values))


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
