"""Two witnesses for every number: `daily_counts` (facts) and `daily_reports` (the provider's daily series)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Table,
    and_,
    bindparam,
    case,
    func,
    select,
    true,
    tuple_,
    update,
)

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import REPORTED, Metric
from bisonwatch.store import month_counts
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
    """Change counts, and their months' sums; rows in key order, so that two nodes cannot deadlock."""
    changes = sorted(deltas.items())
    more = [change for change in changes if change[1] > 0]
    await _ADD.run(tx, [_values(slot, amount) for slot, amount in more])
    less = [change for change in changes if change[1] < 0 and await _take(tx, *change)]
    await month_counts.add(tx, more + less)


async def _take(tx: Tx, slot: Slot, amount: int) -> bool:
    """A fact leaves a day: what is not counted there any more cannot become less."""
    return await tx.run(_TAKE, {f"b_{name}": value for name, value in _values(slot, amount).items()}) == 1


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
        days = [(row["day"], Metric(row["metric"])) for row in rows]
        await month_counts.hold(tx, workspace, days)
        await tx.run(statement, rows)
        await month_counts.settle(tx, workspace, days)
    return len(rows)


def in_series(metric: ColumnElement[str]) -> ColumnElement[bool]:
    """Of a row of `daily_reports`: that it is a second witness. What `volume_days` keeps there has no first one."""
    return metric.in_([one.value for one in REPORTED])


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
        select(t.instance, t.workspace_id, t.day, t.metric, t.n, t.as_of).where(
            t.day.between(first, last), in_series(t.metric)
        )
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


async def month_to(tx: Tx, day: date) -> dict[WorkspaceKey, Sums]:
    """From the first of the month to a day, which is included: what `sums` says, without looking at days.

    Of a workspace that has later days in the month already (see decision 0011) the days are summed.
    """
    found: dict[WorkspaceKey, Sums] = {}
    ahead: set[WorkspaceKey] = set()
    for row in await month_counts.of(tx, month_counts.first_of(day)):
        key, metric = WorkspaceKey(row[0], row[1]), Metric(row[2])
        mine = found.setdefault(key, Sums())
        counted, covered, reported, as_of, days_counted, days_reported = row[3:]
        if (days_counted | days_reported) >> day.day:
            ahead.add(key)
        if days_counted:
            mine.counted[metric], mine.uncovered[metric] = counted, counted - covered
        if days_reported:
            mine.reported[metric] = reported
            mine.as_of = max(mine.as_of or as_of, as_of)
    if ahead:
        by_day = await sums(tx, month_counts.first_of(day), day, ahead)
        kept = {key: of for key, of in found.items() if key not in ahead}
        found = kept | {key: of for key, of in by_day.items() if key in ahead}
    return found


async def sums(
    tx: Tx, first: date, last: date, few: Collection[WorkspaceKey] = ()
) -> dict[WorkspaceKey, Sums]:
    """Per registered workspace, or of a few, summed in the database: two rows a metric come back, whatever the number of days."""
    n, r, w = daily_counts.c, daily_reports.c, client_registry.c
    same = and_(
        *(n[name] == r[name] for name in ("instance", "workspace_id", "day", "metric")),
        r.day.between(first, last),
    )
    asked = tuple_(w.instance, w.workspace_id).in_(few) if 0 < len(few) <= _FEW else true()
    alone = func.sum(case((r.n.is_(None), n.n), else_=0))
    counted = (
        select(w.instance, w.workspace_id, n.metric, func.sum(n.n), alone)
        .join_from(client_registry, daily_counts, _within(daily_counts, first, last))
        .join(daily_reports, same, isouter=True)
        .where(asked)
        .group_by(w.instance, w.workspace_id, n.metric)
    )
    told = (
        select(w.instance, w.workspace_id, r.metric, func.sum(r.n), func.max(r.as_of, type_=Instant))
        .join_from(client_registry, daily_reports, _within(daily_reports, first, last))
        .where(asked, in_series(r.metric))
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


_FEW = 1_000
"""More are not named to the database: all are summed."""


def _within(table: Table, first: date, last: date) -> ColumnElement[bool]:
    """Days of each known workspace, out of keys that begin with it: the days before are never looked at."""
    w, t = client_registry.c, table.c
    return and_(t.instance == w.instance, t.workspace_id == w.workspace_id, t.day.between(first, last))


async def of_days(
    tx: Tx, workspace: WorkspaceKey, metric: Metric, first: date, last: date
) -> dict[date, int]:
    """One workspace's counts of one metric, by day."""
    t = daily_counts.c
    mine = (t.instance == workspace.instance, t.workspace_id == workspace.id, t.metric == metric.value)
    rows = await tx.rows(select(t.day, t.n).where(*mine, t.day.between(first, last)))
    return {row.day: row.n for row in rows}


async def total(tx: Tx, workspace: WorkspaceKey, metric: Metric) -> int:
    """All facts of a type ever counted."""
    t = daily_counts.c
    mine = (t.instance == workspace.instance, t.workspace_id == workspace.id, t.metric == metric.value)
    return int(await tx.value(select(func.coalesce(func.sum(t.n), 0)).where(*mine)))
