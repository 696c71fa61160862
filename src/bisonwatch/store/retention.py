"""What is old goes, a few rows a transaction, each found by an index. A chore that was cut off goes on where it finds the next old row."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    and_,
    delete,
    exists,
    func,
    literal_column,
    select,
    tuple_,
)

from bisonwatch.domain.delivery import DeliveryState
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import pruned
from bisonwatch.store.inbox import DEAD
from bisonwatch.store.runs import DONE as RUN_DONE
from bisonwatch.store.tables import bodies, client_registry, facts, inbox, nodes, runs, traffic, transitions
from bisonwatch.store.tx import Tx
from bisonwatch.store.types import Instant

DEAD_FOR = timedelta(days=90)
"""Dead letters wait for a person so long, or as long as other deliveries when that is longer."""
TRAFFIC_FOR = timedelta(days=3)
"""Nothing looks at the traffic of single minutes for longer than a day."""
NODES_FOR = timedelta(days=7)

_DONE, _DISCARDED = (
    inbox.c.state == literal_column(f"'{state.value}'")
    for state in (DeliveryState.DONE, DeliveryState.DISCARDED)
)

Condition = ColumnElement[bool]
Chore = Callable[[Tx, int], Coroutine[Any, Any, int]]
"""Removes so many rows at most; how many it removed. Fewer: nothing is left."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long deliveries, facts and runs are kept."""

    inbox: timedelta = timedelta(days=30)
    events: timedelta = timedelta(days=400)
    runs: timedelta = timedelta(days=30)


async def chores(tx: Tx, keep: Keep, now: datetime) -> list[Chore]:
    """What there is to do, in order; of workspaces only those that have something old."""
    old = now - keep.events
    dead = now - max(DEAD_FOR, keep.inbox)
    facts_of = await _workspaces_with(tx, facts, facts.c.seen_at, old)
    transitions_of = await _workspaces_with(tx, transitions, transitions.c.at, old)
    return [
        partial(_deliveries, _DONE, now - keep.inbox),
        partial(_deliveries, _DISCARDED, now - keep.inbox),
        partial(_deliveries, DEAD, dead),
        *(partial(_facts, key, old, now) for key in facts_of),
        *(partial(_of, transitions, key, _old_transitions(old)) for key in transitions_of),
        partial(_runs, now - keep.runs, scheduled=True),
        partial(_runs, now - keep.runs, scheduled=False),
        partial(_picked, traffic, traffic.c.minute < now - TRAFFIC_FOR),
        partial(_picked, nodes, nodes.c.seen_at < now - NODES_FOR),
    ]


async def _deliveries(state: Condition, before: datetime, tx: Tx, most: int) -> int:
    """Deliveries of a state with their bodies, the oldest first."""
    c = inbox.c
    oldest = select(c.id).where(state, c.received_at < before).order_by(c.received_at).limit(most)
    ids = [row.id for row in await tx.rows(oldest)]
    await forget(tx, ids)
    if ids:
        await tx.run(delete(inbox).where(c.id.in_(ids)))
    return len(ids)


async def forget(tx: Tx, ids: Sequence[UUID]) -> None:
    """Remove bodies; their rows in the log stay."""
    if ids:
        await tx.run(delete(bodies).where(bodies.c.id.in_(ids)))


async def _workspaces_with(
    tx: Tx, table: Table, moment: Column[datetime], before: datetime
) -> list[WorkspaceKey]:
    """Those whose oldest row is from before; one look into an index for each."""
    r = client_registry.c
    mine = and_(table.c.instance == r.instance, table.c.workspace_id == r.workspace_id)
    oldest = select(func.min(moment, type_=Instant)).where(mine).scalar_subquery()
    rows = await tx.rows(select(r.instance, r.workspace_id).where(oldest < before))
    return [WorkspaceKey(row[0], row[1]) for row in rows]


def _old_facts(before: datetime) -> Condition:
    """Long ago, and long known: what a late reading of history brought is not taken away again at once."""
    return and_(facts.c.seen_at < before, facts.c.at < before)


def _old_transitions(before: datetime) -> Condition:
    return and_(transitions.c.at < before, transitions.c.ended_at < before)


async def _facts(key: WorkspaceKey, before: datetime, now: datetime, tx: Tx, most: int) -> int:
    """The counts stay; the workspace remembers from which date on its facts are complete (see `pruned`)."""
    removed = await _of(facts, key, _old_facts(before), tx, most)
    if removed:
        await pruned.remember(tx, key, before, now)
    return removed


async def _of(table: Table, key: WorkspaceKey, old: Condition, tx: Tx, most: int) -> int:
    mine = and_(table.c.instance == key.instance, table.c.workspace_id == key.id, old)
    return await _picked(table, mine, tx, most)


async def _runs(before: datetime, tx: Tx, most: int, *, scheduled: bool) -> int:
    """Finished runs; the newest of each job, and of each job for a workspace, stays."""
    c, newer = runs.c, runs.alias("newer")
    if scheduled:
        alike = and_(c.instance.is_(None), newer.c.instance.is_(None))
    else:
        alike = and_(newer.c.instance == c.instance, newer.c.workspace_id == c.workspace_id)
    later = exists().where(
        alike, newer.c.job == c.job, newer.c.queued_at > c.queued_at, newer.c.finished_at.is_not(None)
    )
    return await _picked(runs, and_(RUN_DONE, c.queued_at < before, later), tx, most)


async def _picked(table: Table, old: Condition, tx: Tx, most: int) -> int:
    key = tuple(table.primary_key.columns)
    one = key[0] if len(key) == 1 else tuple_(*key)
    return await tx.run(delete(table).where(one.in_(select(*key).where(old).limit(most))))
