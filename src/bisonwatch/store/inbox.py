"""The inbox table is the webhook delivery log: every delivery, before and after it was processed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, Update, bindparam, exists, func, literal_column, select, true, update
from sqlalchemy.sql.dml import ReturningInsert

from bisonwatch.domain.delivery import Delivery, DeliveryState, Effect, Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.share import WHOLE, Share, slot_of
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import bodies, inbox
from bisonwatch.store.tx import AnyRow, Tx
from bisonwatch.store.types import Instant

REPEAT_WINDOW = timedelta(hours=48)
"""Within it a second delivery of the same body is answered `duplicate: true`."""

MOST_BYTES = 64 << 20
"""Of bodies read together; one is read, however large."""

# Written out, not bound: a partial index serves only a query in which its own condition can be read.
PENDING = inbox.c.state == literal_column(f"'{DeliveryState.PENDING.value}'")
DEAD = inbox.c.state == literal_column(f"'{DeliveryState.DEAD.value}'")


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


async def put(tx: Tx, deliveries: Sequence[Delivery]) -> frozenset[UUID]:
    """Store a batch; the ids of those whose body was seen within REPEAT_WINDOW. Storing a delivery twice is nothing.

    One statement where the database takes whole batches as arrays.
    """
    if not deliveries:
        return frozenset()
    since = min(delivery.received_at for delivery in deliveries) - REPEAT_WINDOW
    first = _first_of_each_body(deliveries)
    if tx.dialect.arrays:
        rows = [
            _values(delivery, delivery.id not in first) | {"body": delivery.body} for delivery in deliveries
        ]
        return frozenset(row.id for row in await _PUT_TOGETHER.rows(tx, rows, since=since) if row.duplicate)
    seen = await _seen(tx, deliveries, since)
    repeated = frozenset(d.id for d in deliveries if d.id not in first or d.content_hash in seen)
    await _PUT.run(tx, [_values(delivery, delivery.id in repeated) for delivery in deliveries])
    await _PUT_BODIES.run(tx, [{"id": delivery.id, "body": delivery.body} for delivery in deliveries])
    return repeated


def _first_of_each_body(deliveries: Sequence[Delivery]) -> frozenset[UUID]:
    return frozenset({delivery.content_hash: delivery.id for delivery in reversed(deliveries)}.values())


def _putting(dialect: Dialect) -> Upsert:
    return dialect.insert(inbox).on_conflict_do_nothing(index_elements=[inbox.c.id])


def _putting_bodies(dialect: Dialect) -> Upsert:
    return dialect.insert(bodies).on_conflict_do_nothing(index_elements=[bodies.c.id])


def _putting_together(dialect: Dialect) -> ReturningInsert[Any]:
    types = {name: inbox.c[name].type for name in _COLUMNS} | {"body": bodies.c.body.type}
    given = select(*(column.label(name) for name, column in dialect.given(types).items())).cte("given")
    kept = _putting_bodies(dialect).from_select(["id", "body"], select(given.c.id, given.c.body)).cte("kept")
    old = inbox.alias("old")
    since = bindparam("since", type_=Instant)
    seen = exists().where(old.c.content_hash == given.c.content_hash, old.c.received_at >= since)
    told = {name: given.c[name] for name in _COLUMNS} | {"duplicate": given.c.duplicate | seen}
    put = _putting(dialect).from_select(list(told), select(*told.values())).add_cte(kept)
    return put.returning(inbox.c.id, inbox.c.duplicate)


_PUT, _PUT_BODIES, _PUT_TOGETHER = Batch(_putting), Batch(_putting_bodies), Batch(_putting_together)


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
        "attempts": 0,
        "next_try_at": delivery.received_at,
        "slot": slot_of(delivery.instance, delivery.workspace_id),
        "size": len(delivery.body),
    }


_COLUMNS = (
    "id",
    "instance",
    "workspace_id",
    "type",
    "source",
    "state",
    "received_at",
    "logged_at",
    "content_hash",
    "duplicate",
    "canary",
    "attempts",
    "next_try_at",
    "slot",
    "size",
)

_SEEN = select(inbox.c.content_hash).where(
    inbox.c.content_hash.in_(bindparam("hashes", expanding=True)), inbox.c.received_at >= bindparam("since")
)


async def _seen(tx: Tx, deliveries: Sequence[Delivery], since: datetime) -> frozenset[bytes]:
    hashes = list({delivery.content_hash for delivery in deliveries})
    return frozenset(bytes(row[0]) for row in await tx.rows(_SEEN, {"hashes": hashes, "since": since}))


_DELIVERY = (
    inbox.c.id,
    inbox.c.instance,
    inbox.c.workspace_id,
    inbox.c.type,
    inbox.c.source,
    inbox.c.received_at,
    bodies.c.body,
    inbox.c.content_hash,
    inbox.c.logged_at,
    inbox.c.canary,
    inbox.c.attempts,
)


@cache
def _due(whole: bool) -> Select[Any]:
    mine = true() if whole else inbox.c.slot % bindparam("shares", type_=Integer) == bindparam("share")
    turn = (inbox.c.next_try_at, inbox.c.id)
    ready = select(*turn, inbox.c.size).where(PENDING, inbox.c.next_try_at <= bindparam("now"), mine)
    first = ready.order_by(*turn).limit(bindparam("most", type_=Integer)).subquery("ready")
    together = func.sum(first.c.size).over(order_by=(first.c.next_try_at, first.c.id))
    some = select(first.c.id, (together - first.c.size).label("before")).subquery("some")
    with_body = select(*_DELIVERY).join_from(some, inbox, inbox.c.id == some.c.id)
    bounded = with_body.join(bodies, bodies.c.id == some.c.id).where(some.c.before < MOST_BYTES)
    return bounded.order_by(*turn)


async def due(tx: Tx, now: datetime, limit: int, share: Share = WHOLE) -> list[Delivery]:
    """Pending deliveries of a share whose turn it is, oldest first, of MOST_BYTES at most; nothing is locked."""
    given = {"now": now, "most": limit} | ({} if share.whole else {"share": share.number, "shares": share.of})
    return [_delivery(row) for row in await tx.rows(_due(share.whole), given)]


async def waiting(tx: Tx, workspace: WorkspaceKey) -> list[Delivery]:
    """A workspace's deliveries that were not processed yet, oldest first, of MOST_BYTES at most."""
    mine = (inbox.c.instance == workspace.instance, inbox.c.workspace_id == workspace.id)
    first = select(inbox.c.id, inbox.c.next_try_at, inbox.c.size).where(PENDING, *mine).subquery("first")
    together = func.sum(first.c.size).over(order_by=(first.c.next_try_at, first.c.id))
    some = select(first.c.id, (together - first.c.size).label("before")).subquery("some")
    with_body = select(*_DELIVERY).join_from(some, inbox, inbox.c.id == some.c.id)
    bounded = with_body.join(bodies, bodies.c.id == some.c.id).where(some.c.before < MOST_BYTES)
    return [_delivery(row) for row in await tx.rows(bounded)]


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


PATIENCE = timedelta(seconds=2)
"""So long a claim's transaction waits for any lock: longer than a server takes to find a deadlock (1 s)."""


async def claim(tx: Tx, ids: Sequence[UUID], patience: timedelta = PATIENCE) -> frozenset[UUID]:
    """Those still pending and not in another node's hands; they are ours until the transaction ends.

    On Postgres whatever the transaction does afterwards waits for a lock for `patience` at most.
    """
    rows = [{"b_id": id_} for id_ in ids]
    waits = f"{patience // timedelta(milliseconds=1)}ms"
    ours = await _CLAIM.answered(tx, rows, ("b_id",), patience=waits)
    return frozenset(id_ for id_, mine in zip(ids, ours, strict=True) if mine)


def _claiming(dialect: Dialect) -> Select[Any]:
    mine = inbox.c.id == dialect.given({"b_id": inbox.c.id.type})["b_id"]
    claiming = select(inbox.c.id).where(mine, PENDING, dialect.patient("patience"))
    return claiming.with_for_update(of=inbox, skip_locked=True)


_CLAIM = Batch(_claiming)


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
        await tx.run(update(inbox).where(inbox.c.id == failure.id, PENDING).values(**values))


async def put_off(tx: Tx, ids: Sequence[UUID], until: datetime, why: str | None = None) -> None:
    """Let deliveries wait that are not to blame: no try is counted. None as reason leaves what is known of them."""
    values: dict[str, object] = {"next_try_at": until} | ({} if why is None else {"error": why})
    await tx.run(update(inbox).where(inbox.c.id.in_(ids), PENDING).values(**values))
