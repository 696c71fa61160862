"""What a workspace's mailboxes could send on a day, and what was planned for it: rows of `daily_reports` that no fact counts.

They are not of the provider's series, so that neither months nor comparisons see them (`counts.in_series`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Text, cast, func, literal, select

from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.datasets.volume import Told
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import accounts, daily_reports
from bisonwatch.store.tx import Tx
from bisonwatch.store.types import Instant

CAPACITY, SCHEDULED = "capacity", "scheduled"
a, r = accounts.c, daily_reports.c
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class VolumeDays:
    """By day."""

    capacity: Mapping[date, int] = field(default_factory=dict)
    scheduled: Mapping[date, Told] = field(default_factory=dict)


async def capacity(tx: Tx, day: date, now: datetime, workspace: WorkspaceKey | None = None) -> None:
    """The day's capacity is what the connected accounts may send now, of one workspace or of all that have accounts."""
    await tx.run(_recording(tx.dialect, day, now, workspace))


async def scheduled(tx: Tx, workspace: WorkspaceKey, days: Mapping[date, int], as_of: datetime) -> None:
    """What the provider meant to send on these days, as of then."""
    rows = [
        {
            "instance": workspace.instance,
            "workspace_id": workspace.id,
            "day": day,
            "metric": SCHEDULED,
            "n": min(n, _MOST),
            "as_of": as_of,
        }
        for day, n in sorted(days.items())
    ]
    if rows:
        await tx.run(_newer(tx.dialect.insert(daily_reports)), rows)


async def of(tx: Tx, workspace: WorkspaceKey, first: date, last: date) -> VolumeDays:
    mine = (r.instance == workspace.instance, r.workspace_id == workspace.id, r.day.between(first, last))
    wanted = select(r.day, r.metric, r.n, r.as_of).where(*mine, r.metric.in_((CAPACITY, SCHEDULED)))
    rows = await tx.rows(wanted)
    return VolumeDays(
        {row.day: row.n for row in rows if row.metric == CAPACITY},
        {row.day: Told(row.n, row.as_of) for row in rows if row.metric == SCHEDULED},
    )


def connected_limits() -> ColumnElement[int]:
    """Over accounts: what the connected ones may send a day together."""
    connected = a.status == AccountStatus.CONNECTED.value
    return cast(func.coalesce(func.sum(a.daily_limit).filter(connected), 0), BigInteger)


def _recording(dialect: Dialect, day: date, now: datetime, workspace: WorkspaceKey | None) -> Upsert:
    """The one statement that writes; rows in key order, so that two nodes cannot deadlock."""
    key: tuple[Any, ...] = (a.instance, a.workspace_id)
    told = select(
        *key, literal(day, Date), literal(CAPACITY, Text), connected_limits(), literal(now, Instant)
    )
    if workspace is not None:
        told = told.where(a.instance == workspace.instance, a.workspace_id == workspace.id)
    names = ["instance", "workspace_id", "day", "metric", "n", "as_of"]
    rows = told.group_by(*key).order_by(*key)
    return _newer(dialect.insert(daily_reports).from_select(names, rows))


def _newer(insert: Upsert) -> Upsert:
    """Older news never overwrites newer."""
    return insert.on_conflict_do_update(
        index_elements=list(daily_reports.primary_key.columns),
        set_={"n": insert.excluded.n, "as_of": insert.excluded.as_of},
        where=insert.excluded.as_of >= r.as_of,
    )
