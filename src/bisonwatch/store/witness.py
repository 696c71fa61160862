"""What our own witness says for a comparison: facts up to the moment of a report, what webhooks missed, and from when on it is complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Label,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)

from bisonwatch.domain.delivery import Source
from bisonwatch.domain.drift import HISTORIC, Missed
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import REPORTED, Metric
from bisonwatch.store import counts
from bisonwatch.store.tables import client_registry, daily_counts, daily_reports, facts, witnesses
from bisonwatch.store.tx import Tx
from bisonwatch.store.types import Instant

Cell = tuple[date, Metric]
_EARLY = timedelta(hours=1)
"""A fact is seen at most so long before it happened (clocks that disagree); bounds the look into the index."""
f = facts.c


async def series(tx: Tx, workspace: WorkspaceKey, first: date) -> tuple[datetime | None, Mapping[Cell, int]]:
    """The newest answer of the provider, from a day on: its moment, and the numbers it gave. What it left out is not in it."""
    r = daily_reports.c
    mine = (r.instance == workspace.instance, r.workspace_id == workspace.id, r.day >= first)
    rows = await tx.rows(select(r.day, r.metric, r.n, r.as_of).where(*mine, counts.in_series(r.metric)))
    as_of = max((row.as_of for row in rows), default=None)
    return as_of, {(row.day, Metric(row.metric)): row.n for row in rows if row.as_of == as_of}


async def counted(tx: Tx, workspace: WorkspaceKey, days: Sequence[date], as_of: datetime) -> dict[Cell, int]:
    """Facts of those days that happened until then: the days' counts less what came after."""
    n = daily_counts.c
    whole = select(n.day.label("day"), n.metric.label("metric"), cast(n.n, BigInteger).label("n")).where(
        n.instance == workspace.instance,
        n.workspace_id == workspace.id,
        n.day.between(days[0], days[-1]),
    )
    after = (
        select(_day(days), f.type, -func.count())
        .where(*_mine(workspace, as_of), f.at > as_of, f.at < _start(days[-1]) + timedelta(days=1))
        .group_by("day", f.type)
    )
    both = union_all(whole, after).subquery()
    summed = select(both.c.day, both.c.metric, cast(func.sum(both.c.n), BigInteger))
    rows = await tx.rows(summed.group_by(both.c.day, both.c.metric))
    return {(row[0], Metric(row[1])): row[2] for row in rows}


async def missed(
    tx: Tx,
    workspace: WorkspaceKey,
    days: Sequence[date],
    subscribed_at: datetime | None,
    late: timedelta,
    now: datetime,
) -> dict[Cell, Missed]:
    """Facts of those days since our subscription that no webhook brought, or not within `late` of the provider's date.

    What was read for its history proves nothing; what is younger than `late` may still be brought.
    """
    if subscribed_at is None:
        return {}
    span = tx.dialect.span(round(late.total_seconds() * 1_000_000))
    dated = func.coalesce(f.logged_at, f.seen_at, type_=Instant)
    never, slow = f.webhook_at.is_(None), f.webhook_at > dated + span
    mine = (*_mine(workspace, _start(days[0])), f.at.between(_start(days[0]), now))
    asked = (f.source != Source.READ.value, dated >= subscribed_at, dated < now - late)
    statement = (
        select(
            _day(days),
            f.type,
            func.count().filter(never),
            func.count().filter(slow),
            func.min(f.at, type_=Instant),
            func.max(f.at, type_=Instant),
        )
        .where(*mine, *asked, or_(never, slow), f.type.in_([metric.value for metric in REPORTED]))
        .group_by("day", f.type)
    )
    return {(row[0], Metric(row[1])): Missed(*row[2:]) for row in await tx.rows(statement)}


async def moments(
    tx: Tx, workspace: WorkspaceKey, metrics: Iterable[Metric], first: datetime, last: datetime
) -> dict[Metric, list[datetime]]:
    """When each fact happened, in order; for the rare look at what a zone would explain."""
    names = [metric.value for metric in metrics]
    mine = (*_mine(workspace, first), f.at.between(first, last), f.type.in_(names))
    found: dict[Metric, list[datetime]] = {}
    for row in await tx.rows(select(f.type, f.at).where(*mine).order_by(f.at)):
        found.setdefault(Metric(row.type), []).append(row.at)
    return found


async def first_days(tx: Tx, workspace: WorkspaceKey) -> dict[Metric, date]:
    """From which day on each metric's counts are complete: the first full day after it was first seen, or what a backfill proved."""
    r, w = client_registry.c, witnesses.c
    seen_at: datetime | None = await tx.value(
        select(r.first_seen_at).where(r.instance == workspace.instance, r.workspace_id == workspace.id)
    )
    if seen_at is None:
        return {}
    installed = seen_at.astimezone(UTC).date() + timedelta(days=1)
    moved = await tx.rows(
        select(w.metric, w.first_day).where(w.instance == workspace.instance, w.workspace_id == workspace.id)
    )
    earlier = {Metric(row.metric): row.first_day for row in moved}
    return {metric: min(installed, earlier.get(metric, installed)) for metric in REPORTED}


async def reaches_back(
    tx: Tx, workspace: WorkspaceKey, day: date, metrics: Iterable[Metric] = HISTORIC
) -> None:
    """A finished backfill: these metrics' counts are complete from that day on. It never moves forward."""
    insert = tx.dialect.insert(witnesses)
    c = witnesses.c
    statement = insert.on_conflict_do_update(
        index_elements=list(witnesses.primary_key.columns),
        set_={"first_day": insert.excluded.first_day},
        where=insert.excluded.first_day < c.first_day,
    )
    key = {"instance": workspace.instance, "workspace_id": workspace.id, "first_day": day}
    rows = [key | {"metric": metric.value} for metric in sorted(metrics)]
    if rows:
        await tx.run(statement, rows)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _day(days: Sequence[date]) -> Label[date]:
    """The UTC day of a fact, of those given."""
    newest_first = [(f.at >= _start(day), literal(day, Date)) for day in reversed(days)]
    return case(*newest_first, else_=literal(days[0], Date)).label("day")


def _mine(workspace: WorkspaceKey, since: datetime) -> tuple[ColumnElement[bool], ...]:
    return f.instance == workspace.instance, f.workspace_id == workspace.id, f.seen_at >= since - _EARLY
