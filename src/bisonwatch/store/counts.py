"""Two witnesses for every number: `daily_counts` (facts) and `daily_reports` (the provider's daily series)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.store.batch import Batch
from bisonwatch.store.database import Tx
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import daily_counts, daily_reports

Slot = tuple[WorkspaceKey, date, Metric]


@dataclass(frozen=True, slots=True)
class Reported:
    n: int
    as_of: datetime


async def add(tx: Tx, deltas: Mapping[Slot, int]) -> None:
    """Change counts; rows in key order, so that two nodes cannot deadlock."""
    await _ADD.run(tx, [_values(slot, amount) for slot, amount in sorted(deltas.items())])


def _adding(dialect: Dialect) -> Upsert:
    insert = dialect.insert(daily_counts)
    return insert.on_conflict_do_update(
        index_elements=list(daily_counts.primary_key.columns),
        set_={"n": daily_counts.c.n + insert.excluded.n},
    )


_ADD = Batch(_adding)


def _values(slot: Slot, amount: int) -> dict[str, object]:
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


async def total(tx: Tx, workspace: WorkspaceKey, metric: Metric) -> int:
    """All facts of a type ever counted."""
    t = daily_counts.c
    mine = (t.instance == workspace.instance, t.workspace_id == workspace.id, t.metric == metric.value)
    return int(await tx.value(select(func.coalesce(func.sum(t.n), 0)).where(*mine)))
