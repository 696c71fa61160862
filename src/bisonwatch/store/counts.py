"""Two witnesses for every number: `daily_counts` (facts) and `daily_reports` (the provider's daily series)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Table, and_, bindparam, case, func, select, update

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import client_registry, daily_counts, daily_reports
from bisonwatch.store.tx import Tx
from bisonwatch.store.types import Instant

Slot = tuple[WorkspaceKey, date, Metric]


@dataclass(frozen=True, slots=True)
class Reported:
    n: int
    as_of: datetime


async def add(tx: Tx, deltas: Mapping[Slot, int]) -> None:
    """Change counts; rows in key order, so that two nodes cannot deadlock."""
    rows = [_values(slot, amount) for slot, amount in sorted(deltas.items())]
    await _ADD.run(tx, [row for row in rows if row["n"] > 0])
    less = [{f"b_{name}": value for name, value in row.items()} for row in rows if row["n"] < 0]
    if less:
        await tx.run(_TAKE, less)


def _adding(dialect: Dialect) -> Upsert:
    insert = dialect.insert(daily_counts)
    return insert.on_conflict_do_update(
        index_elements=list(daily_counts.primary_key.columns),
        set_={"n": daily_counts.c.n + insert.excluded.n},
    )


_ADD = Batch(_adding)
_TAKE = (
    update(daily_counts)
    .where(
        *(column == bindparam(f"b_{column.name}") for column in daily_counts.primary_key.columns),
        daily_counts.c.n >= -bindparam("b_n", type_=BigInteger),
    )
    .values(n=daily_counts.c.n + bindparam("b_n"))
)
"""A fact leaves a day: what is not counted there any more cannot become less."""


def _values(slot: Slot, amount: int) -> dict[str, Any]:
    workspace, day, metric = slot
    return {
        "instance": workspace.instance,
        "workspace_id": workspace.id,
        "day": day,
        "metric": metric.value,
        "n": amount,
    }


async def report(
    tx: Tx, workspace: WorkspaceKey, series: Mapping[Metric, Mapping[date, int]], as_of: datetime
) -> int:
    """Store the provider's daily series as of the moment before the request; older news never overwrites newer."""
    insert = tx.dialect.insert(daily_reports)
    statement = insert.on_conflict_do_update(
        index_elements=list(daily_reports.primary_key.columns),
        set_={"n": insert.excluded.n, "as_of": insert.excluded.as_of},
        where=insert.excluded.as_of >= daily_reports.c.as_of,
    )
    rows = [
        {**_values((workspace, day, metric), n), "as_of": as_of}
        for metric, days in series.items()
        for day, n in days.items()
    ]
    if rows:
        await tx.run(statement, rows)
    return len(rows)


async def counted(tx: Tx, first: date, last: date) -> dict[Slot, int]:
    """Counts of every workspace, day and metric between two days, both included."""
    t = daily_counts.c
    rows = await tx.rows(
        select(t.instance, t.workspace_id, t.day, t.metric, t.n).where(t.day.between(first, last))
    )
    return {(WorkspaceKey(r.instance, r.workspace_id), r.day, Metric(r.metric)): r.n for r in rows}


async def reported(tx: Tx, first: date, last: date) -> dict[Slot, Reported]:
    """As `counted`, for the provider's series."""
    t = daily_reports.c
    rows = await tx.rows(
        select(t.instance, t.workspace_id, t.day, t.metric, t.n, t.as_of).where(t.day.between(first, last))
    )
    return {
        (WorkspaceKey(r.instance, r.workspace_id), r.day, Metric(r.metric)): Reported(r.n, r.as_of)
        for r in rows
    }


@dataclass(slots=True)
class Sums:
    """Both witnesses of one workspace over some days. `uncovered` are counts of days that have no report; `as_of` the newest report's."""

    counted: dict[Metric, int] = field(default_factory=dict)
    uncovered: dict[Metric, int] = field(default_factory=dict)
    reported: dict[Metric, int] = field(default_factory=dict)
    as_of: datetime | None = None


async def sums(tx: Tx, first: date, last: date) -> dict[WorkspaceKey, Sums]:
    """Per registered workspace, summed in the database: two rows a metric come back, whatever the number of days."""
    n, r, w = daily_counts.c, daily_reports.c, client_registry.c
    same = and_(
        *(n[name] == r[name] for name in ("instance", "workspace_id", "day", "metric")),
        r.day.between(first, last),
    )
    alone = func.sum(case((r.n.is_(None), n.n), else_=0))
    counted = (
        select(w.instance, w.workspace_id, n.metric, func.sum(n.n), alone)
        .join_from(client_registry, daily_counts, _within(daily_counts, first, last))
        .join(daily_reports, same, isouter=True)
        .group_by(w.instance, w.workspace_id, n.metric)
    )
    told = (
        select(w.instance, w.workspace_id, r.metric, func.sum(r.n), func.max(r.as_of, type_=Instant))
        .join_from(client_registry, daily_reports, _within(daily_reports, first, last))
        .group_by(w.instance, w.workspace_id, r.metric)
    )
    found: dict[WorkspaceKey, Sums] = {}
    for row in await tx.rows(counted):
        mine = found.setdefault(WorkspaceKey(row[0], row[1]), Sums())
        mine.counted[Metric(row[2])], mine.uncovered[Metric(row[2])] = int(row[3]), int(row[4])
    for row in await tx.rows(told):
        mine = found.setdefault(WorkspaceKey(row[0], row[1]), Sums())
        mine.reported[Metric(row[2])] = int(row[3])
        mine.as_of = max(mine.as_of or row[4], row[4])
    return found


def _within(table: Table, first: date, last: date) -> ColumnElement[bool]:
    """Days of each known workspace, out of keys that begin with it: the days before are never looked at."""
    w, t = client_registry.c, table.c
    return and_(t.instance == w.instance, t.workspace_id == w.workspace_id, t.day.between(first, last))


async def total(tx: Tx, workspace: WorkspaceKey, metric: Metric) -> int:
    """All facts of a type ever counted."""
    t = daily_counts.c
    mine = (t.instance == workspace.instance, t.workspace_id == workspace.id, t.metric == metric.value)
    return int(await tx.value(select(func.coalesce(func.sum(t.n), 0)).where(*mine)))
