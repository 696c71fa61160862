"""One workspace's numbers by day, both witnesses of each: what its datasets are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Select, Table, select

from bisonwatch.domain.daily import METRICS, Daily
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.store import facts, witness
from bisonwatch.store.tables import daily_counts, daily_reports
from bisonwatch.store.tx import AnyRow, Tx

ByDay = dict[date, dict[Metric, int]]


async def of(tx: Tx, workspace: WorkspaceKey, first: date, last: date) -> Daily:
    """The days between two, both included; the last is today. Five statements, whatever the days."""
    counted = await tx.rows(_rows(daily_counts, workspace, first, last))
    reported = await tx.rows(_rows(daily_reports, workspace, first, last))
    start = datetime.combine(last, datetime.min.time(), UTC)
    after = (await facts.after_reports(tx, start, workspace)).get(workspace, {}) if reported else {}
    complete = await witness.first_days(tx, workspace)
    return Daily(
        counted=_by_day(counted),
        reported=_by_day(reported),
        after=_after(after),
        complete={metric: complete[metric] for metric in METRICS if metric in complete},
        as_of=max((row.as_of for row in reported), default=None),
    )


def _rows(table: Table, workspace: WorkspaceKey, first: date, last: date) -> Select[Any]:
    t = table.c
    wanted = [t.day, t.metric, t.n, *([t.as_of] if "as_of" in t else [])]
    mine = (t.instance == workspace.instance, t.workspace_id == workspace.id, t.day.between(first, last))
    return select(*wanted).where(*mine, t.metric.in_([metric.value for metric in METRICS]))


def _by_day(rows: Sequence[AnyRow]) -> ByDay:
    found: ByDay = {}
    for row in rows:
        found.setdefault(row[0], {})[Metric(row[1])] = row[2]
    return found


def _after(after: dict[tuple[date, Metric], int]) -> ByDay:
    found: ByDay = {}
    for (day, metric), n in after.items():
        found.setdefault(day, {})[metric] = n
    return found
