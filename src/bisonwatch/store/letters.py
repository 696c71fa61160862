"""Dead letters in the log: which there are and why, and putting them back or away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Update,
    and_,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)

from bisonwatch.domain.delivery import DeliveryState, Source
from bisonwatch.domain.letter import PARTICULARS, Group, Letter, Wanted
from bisonwatch.store.inbox import DEAD, PENDING
from bisonwatch.store.tables import bodies, inbox
from bisonwatch.store.tx import AnyRow, Tx

GROUPED = 100_000
"""Reasons are counted over so many of the newest letters: what a fault of hours left may be a million."""

c = inbox.c
Place = tuple[datetime, UUID]
"""Where a page ended: the last letter's receipt and id."""

WAITING = and_(PENDING, c.attempts > 0)
"""Those that failed and will be tried again."""
_DISCARDED = c.state == literal_column(f"'{DeliveryState.DISCARDED.value}'")
_IN_STATE = {DeliveryState.DEAD: DEAD, DeliveryState.PENDING: WAITING, DeliveryState.DISCARDED: _DISCARDED}
"""What was processed is no letter."""
_IS_LETTER = or_(DEAD, WAITING, _DISCARDED)
_COLUMNS = (
    c.id,
    c.received_at,
    c.instance,
    c.workspace_id,
    c.type,
    c.source,
    c.state,
    c.error,
    c.attempts,
    c.next_try_at,
    c.processed_at,
)


async def page(tx: Tx, wanted: Wanted, limit: int, after: Place | None = None) -> list[Letter]:
    """Newest first, those after `after`."""
    statement = select(*_COLUMNS).where(*_meant(wanted), *_beyond(after))
    newest = statement.order_by(c.received_at.desc(), c.id.desc()).limit(limit)
    return [_letter(row) for row in await tx.rows(newest)]


async def groups(tx: Tx, wanted: Wanted) -> list[Group]:
    """How many of each kind of reason among the newest GROUPED, the most first."""
    found = tx.dialect.find(c.error.concat(PARTICULARS), PARTICULARS)
    group = func.coalesce(func.substr(c.error, 1, found - 1), "").label("reason")
    newest = select(group, c.received_at).where(*_meant(wanted)).order_by(c.received_at.desc())
    some = newest.limit(GROUPED).subquery("some")
    n, last = func.count().label("n"), func.max(some.c.received_at, type_=c.received_at.type).label("newest")
    statement = select(some.c.reason, n, last).group_by(some.c.reason)
    rows = await tx.rows(statement.order_by(n.desc(), some.c.reason))
    return [Group(row.reason, row.n, row.newest) for row in rows]


async def count(tx: Tx, wanted: Wanted) -> int:
    return await tx.value(select(func.count()).select_from(inbox).where(*_meant(wanted))) or 0


async def beginning(tx: Tx, lowest: UUID, highest: UUID, limit: int) -> list[Letter]:
    """Letters with ids in a range, in order; one whole id finds its delivery whatever became of it."""
    kind = [] if lowest == highest else [_IS_LETTER]
    statement = select(*_COLUMNS).where(c.id.between(lowest, highest), *kind).order_by(c.id).limit(limit)
    return [_letter(row) for row in await tx.rows(statement)]


async def body(tx: Tx, letter: UUID) -> bytes | None:
    """The delivery's bytes as they came; None when they are gone."""
    found = await tx.value(select(bodies.c.body).where(bodies.c.id == letter))
    return None if found is None else bytes(found)


async def states(tx: Tx, ids: Sequence[UUID]) -> list[Letter]:
    """What became of deliveries, in no order; those that do not exist are left out."""
    return [_letter(row) for row in await tx.rows(select(*_COLUMNS).where(c.id.in_(ids)))]


async def held(tx: Tx, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of them still have their body."""
    return frozenset(row[0] for row in await tx.rows(select(bodies.c.id).where(bodies.c.id.in_(ids))))


async def replay(tx: Tx, ids: Sequence[UUID], now: datetime) -> frozenset[UUID]:
    """Put back what is dead, discarded or waits for a later try, as if it came now; those that were.

    The reason stays to be seen until it is processed. Without its body nothing can be processed, so it is left alone.
    """
    has_body = exists().where(bodies.c.id == c.id)
    values = {
        "state": DeliveryState.PENDING.value,
        "attempts": 0,
        "next_try_at": now,
        "processed_at": None,
    }
    return await _changed(tx, update(inbox).where(c.id.in_(ids), _IS_LETTER, has_body).values(**values))


async def discard(tx: Tx, ids: Sequence[UUID], now: datetime) -> frozenset[UUID]:
    """Put away what is dead or waits for a later try; those that were. It stays in the log."""
    values = {"state": DeliveryState.DISCARDED.value, "processed_at": now}
    return await _changed(tx, update(inbox).where(c.id.in_(ids), or_(DEAD, WAITING)).values(**values))


async def _changed(tx: Tx, statement: Update) -> frozenset[UUID]:
    return frozenset(row.id for row in await tx.rows(statement.returning(c.id)))


async def next_of(tx: Tx, wanted: Wanted, limit: int, after: Place | None) -> list[Place]:
    """As `page`, only where the letters are."""
    statement: Select[Any] = select(c.received_at, c.id).where(*_meant(wanted), *_beyond(after))
    newest = statement.order_by(c.received_at.desc(), c.id.desc()).limit(limit)
    return [(row.received_at, row.id) for row in await tx.rows(newest)]


def _meant(wanted: Wanted) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = [_IN_STATE.get(wanted.state, false())]
    if wanted.instance is not None:
        tests.append(c.instance == wanted.instance)
    if wanted.workspace_id is not None:
        tests.append(c.workspace_id == wanted.workspace_id)
    if wanted.type is not None:
        tests.append(c.type == wanted.type)
    if wanted.reason is not None:  # not LIKE: a reason may hold % and _
        tests.append(func.substr(c.error, 1, len(wanted.reason)) == wanted.reason)
    return tests


def _beyond(after: Place | None) -> list[ColumnElement[bool]]:
    if after is None:
        return []
    at, number = literal(after[0], c.received_at.type), literal(after[1], c.id.type)
    return [tuple_(c.received_at, c.id) < tuple_(at, number)]


def _letter(row: AnyRow) -> Letter:
    state = DeliveryState(row.state)
    return Letter(
        id=row.id,
        received_at=row.received_at,
        instance=row.instance,
        workspace_id=row.workspace_id,
        type=row.type or "",
        source=Source(row.source),
        state=state,
        reason=row.error or "",
        attempts=row.attempts,
        next_try_at=row.next_try_at if state is DeliveryState.PENDING else None,
        ended_at=row.processed_at,
    )
