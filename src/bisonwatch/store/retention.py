"""What is old goes, a few rows a transaction, each found by an index. A chore that was cut off goes on where it finds the next old row."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Delete,
    Table,
    and_,
    delete,
    func,
    literal_column,
    select,
)

from bisonwatch.domain.delivery import DeliveryState
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import SCHEDULE, Job, Outcome
from bisonwatch.store import pruned
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect
from bisonwatch.store.inbox import DEAD
from bisonwatch.store.runs import DONE as RUN_DONE
from bisonwatch.store.sweep import Sweep
from bisonwatch.store.tables import (
    bodies,
    cache_minutes,
    client_registry,
    consistency,
    datasets,
    facts,
    inbox,
    nodes,
    runs,
    traffic,
    transitions,
)
from bisonwatch.store.tx import Tx
from bisonwatch.store.types import Instant

DEAD_FOR = timedelta(days=90)
"""Dead letters wait for a person so long, or as long as other deliveries when that is longer."""
TRAFFIC_FOR = timedelta(days=3)
"""Nothing looks at the traffic of single minutes for longer than a day."""
CACHE_FOR = timedelta(days=2)
"""Nor at what the cache did."""
DATASETS_FOR = timedelta(days=7)
"""Of a workspace that is gone; the others' are made anew every few minutes."""
NODES_FOR = timedelta(days=7)
FREQUENT = (Job.POLL, Job.CAMPAIGNS)
"""Jobs that run every minute or so: thousands of runs a day that all say the same."""
FREQUENT_FOR = timedelta(days=2)
"""Where nothing went wrong and nobody had asked, no one looks at them for longer."""

_DONE, _DISCARDED = (
    inbox.c.state == literal_column(f"'{state.value}'")
    for state in (DeliveryState.DONE, DeliveryState.DISCARDED)
)

_BODY = func.coalesce(
    select(func.length(bodies.c.body)).where(bodies.c.id == inbox.c.id).scalar_subquery(), 0
)
"""Bytes of a delivery's body as it is now; `inbox.size` is what came."""

Condition = ColumnElement[bool]
Chore = Callable[[Tx, int], Coroutine[Any, Any, int]]
"""Removes so many rows at most, and of large ones few; how many it removed. None: nothing is left."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long deliveries, facts and runs are kept; reports of consistency as long as runs."""

    inbox: timedelta = timedelta(days=30)
    events: timedelta = timedelta(days=400)
    runs: timedelta = timedelta(days=30)


async def chores(tx: Tx, keep: Keep, now: datetime) -> list[Chore]:
    """What there is to do, in order; of workspaces only those that have something old. Each is for one pass."""
    old, finished = now - keep.events, now - keep.runs
    dead = now - max(DEAD_FOR, keep.inbox)
    facts_of = await _workspaces_with(tx, facts, facts.c.seen_at, old)
    transitions_of = await _workspaces_with(tx, transitions, transitions.c.at, old)
    return [
        _deliveries(_DONE, now - keep.inbox),
        _deliveries(_DISCARDED, now - keep.inbox),
        _deliveries(DEAD, dead),
        *(_facts(key, old, now) for key in facts_of),
        *(_transitions(key, old).some for key in transitions_of),
        _runs(finished, scheduled=True).some,
        *(_frequent(job, now - FREQUENT_FOR).some for job in FREQUENT),
        _runs(finished, scheduled=False).some,
        Sweep(consistency, consistency.c.checked_at, finished).some,
        Sweep(traffic, traffic.c.minute, now - TRAFFIC_FOR).some,
        Sweep(cache_minutes, cache_minutes.c.minute, now - CACHE_FOR).some,
        Sweep(datasets, datasets.c.made_at, now - DATASETS_FOR).some,
        Sweep(nodes, nodes.c.seen_at, now - NODES_FOR).some,
    ]


def _deliveries(state: Condition, before: datetime) -> Chore:
    """Deliveries of a state with their bodies. One that a person puts back meanwhile stays."""
    sweep = Sweep(inbox, inbox.c.received_at, before, still=(state,), size=_BODY)

    async def some(tx: Tx, most: int) -> int:
        gone = await sweep.take(tx, most)
        await forget(tx, [row.id for row in gone])
        return len(gone)

    return some


async def forget(tx: Tx, ids: Sequence[UUID]) -> None:
    """Remove bodies; their rows in the log stay."""
    await _FORGET.run(tx, [{"b_id": id} for id in ids])


def _forgetting(dialect: Dialect) -> Delete:
    return delete(bodies).where(bodies.c.id == dialect.given({"b_id": bodies.c.id.type})["b_id"])


_FORGET = Batch(_forgetting)


async def _workspaces_with(
    tx: Tx, table: Table, moment: Column[datetime], before: datetime
) -> list[WorkspaceKey]:
    """Those whose oldest row is from before; one look into an index for each."""
    r = client_registry.c
    mine = and_(table.c.instance == r.instance, table.c.workspace_id == r.workspace_id)
    oldest = select(func.min(moment, type_=Instant)).where(mine).scalar_subquery()
    rows = await tx.rows(select(r.instance, r.workspace_id).where(oldest < before))
    return [WorkspaceKey(row[0], row[1]) for row in rows]


def _mine(table: Table, key: WorkspaceKey) -> tuple[Condition, ...]:
    return table.c.instance == key.instance, table.c.workspace_id == key.id


def _facts(key: WorkspaceKey, before: datetime, now: datetime) -> Chore:
    """Long ago, and long known: what a late reading of history brought is not taken away again at once.

    The counts stay; the workspace remembers from which date on its facts are complete (see `pruned`).
    """
    sweep = Sweep(facts, facts.c.seen_at, before, (*_mine(facts, key), facts.c.at < before))

    async def some(tx: Tx, most: int) -> int:
        removed = await sweep.some(tx, most)
        if removed:
            await pruned.remember(tx, key, before, now)
        return removed

    return some


def _transitions(key: WorkspaceKey, before: datetime) -> Sweep:
    over = transitions.c.ended_at < before
    return Sweep(transitions, transitions.c.at, before, (*_mine(transitions, key), over))


def _frequent(job: Job, before: datetime) -> Sweep:
    """Scheduled runs of one job, over all workspaces, that succeeded; the newest stays."""
    c, newer = runs.c, runs.alias("newer")
    alike = and_(newer.c.job == job.value, newer.c.instance.is_(None), newer.c.finished_at.is_not(None))
    newest = select(func.max(newer.c.queued_at, type_=Instant)).where(alike).scalar_subquery()
    routine = (c.instance.is_(None), c.asked_by == SCHEDULE, c.outcome == Outcome.SUCCESS.value)
    return Sweep(runs, c.queued_at, before, (c.job == job.value, RUN_DONE, *routine, c.queued_at < newest))


def _runs(before: datetime, *, scheduled: bool) -> Sweep:
    """Finished runs; the newest of each job, and of each job for a workspace, stays."""
    c, newer = runs.c, runs.alias("newer")
    if scheduled:
        alike = and_(c.instance.is_(None), newer.c.instance.is_(None))
    else:
        alike = and_(newer.c.instance == c.instance, newer.c.workspace_id == c.workspace_id)
    others = select(func.max(newer.c.queued_at, type_=Instant)).where(
        alike, newer.c.job == c.job, newer.c.finished_at.is_not(None)
    )
    return Sweep(runs, c.queued_at, before, (RUN_DONE, c.queued_at < others.scalar_subquery()))
