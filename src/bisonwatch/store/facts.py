"""Facts: inserted once, `RETURNING` says which are new; a better date moves one, nothing else changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, Select, and_, bindparam, case, delete, func, literal, select, tuple_, update
from sqlalchemy.sql.dml import ReturningInsert

from bisonwatch.domain.changes import FactNews
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.facts import FactKey
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import earlier
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.promptness import NEVER_DUE, Retold, Told
from bisonwatch.store import month_counts, pruned
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect
from bisonwatch.store.tables import daily_reports, facts
from bisonwatch.store.tx import AnyRow, Tx

_KEY = (facts.c.instance, facts.c.workspace_id, facts.c.type, facts.c.key)


@dataclass(frozen=True, slots=True)
class Added:
    """What an insert of facts changed: the new ones, and for a moved one the day it left and the day it came to.

    `proven` are known ones that only a list read for its history had told: now a webhook or a poll told them. `retold` are known
    ones of which it has changed who told them, and when.
    """

    new: tuple[FactNews, ...]
    moved: dict[FactKey, tuple[date, date]]
    proven: tuple[FactNews, ...] = ()
    retold: tuple[Retold, ...] = ()


def _key(fact: FactKey) -> tuple[str, int, str, str]:
    return fact.workspace.instance, fact.workspace.id, fact.type.value, fact.key


def _values(news: FactNews) -> dict[str, Any]:
    instance, workspace_id, kind, key = _key(news.fact.id)
    return {
        "instance": instance,
        "workspace_id": workspace_id,
        "type": kind,
        "key": key,
        "at": news.fact.at,
        "rank": news.fact.rank,
        "source": news.source.value,
        "seen_at": news.seen_at,
        "logged_at": news.dated_at,
        "webhook_at": news.seen_at if news.source is Source.WEBHOOK else None,
        "delivery_id": news.delivery,
    }


def _inserting(dialect: Dialect) -> ReturningInsert[Any]:
    return dialect.insert(facts).on_conflict_do_nothing(index_elements=_KEY).returning(*_KEY)


_INSERT = Batch(_inserting)


async def add(tx: Tx, news: Sequence[FactNews]) -> Added:
    """Insert what is new; of what is known, take better dates and the moment a webhook brought it."""
    if not news:
        return Added((), {})
    rows = [_values(item) for item in news]
    inserted = await _INSERT.answered(tx, rows, ("instance", "workspace_id", "type", "key"))
    known = [item for item, new in zip(news, inserted, strict=True) if not new]
    improved = await _improve(tx, known) if known else _Improved()
    new = [item for item, fresh in zip(news, inserted, strict=True) if fresh]
    old = [item for item in new if item.seen_at - item.fact.at > _OLD]
    gone = await _counted_long_ago(tx, old) if old else frozenset()
    left = tuple(item for item in new if item.fact.id not in gone)
    return Added(left, improved.moved, tuple(improved.proven), tuple(improved.retold))


_OLD = timedelta(days=1)
"""What is no older was never removed; retention keeps facts for longer than this (`config.settings.Retention`)."""


async def _counted_long_ago(tx: Tx, news: Sequence[FactNews]) -> frozenset[FactKey]:
    """Those dated before what their workspace still has: they may have been counted and removed since, so they go again.

    Asked after the insert, which waits for a removal of the same key that is not committed yet.
    """
    complete = await pruned.horizons(tx, {item.fact.id.workspace for item in news})
    gone = [
        item.fact.id for item in news if item.fact.at < complete.get(item.fact.id.workspace, item.fact.at)
    ]
    if gone:
        await tx.run(delete(facts).where(tuple_(*_KEY).in_([_key(key) for key in gone])))
    return frozenset(gone)


@dataclass(frozen=True, slots=True)
class _Improved:
    moved: dict[FactKey, tuple[date, date]] = field(default_factory=dict)
    proven: list[FactNews] = field(default_factory=list)
    retold: list[Retold] = field(default_factory=list)


async def _improve(tx: Tx, news: Sequence[FactNews]) -> _Improved:
    wanted = select(*_KEY, facts.c.at, facts.c.rank, facts.c.webhook_at, facts.c.logged_at, facts.c.source)
    wanted = wanted.where(tuple_(*_KEY).in_([_key(item.fact.id) for item in news])).with_for_update()
    stored = {tuple(row[:4]): row for row in await tx.rows(wanted)}
    changed: list[dict[str, Any]] = []
    improved = _Improved()
    for item in news:
        row = stored[_key(item.fact.id)]
        better = (item.fact.rank, item.fact.at) < (row.rank, row.at)
        values = _improved(item, row, better)
        if better and item.fact.day != row.at.astimezone(UTC).date():
            improved.moved[item.fact.id] = (row.at.astimezone(UTC).date(), item.fact.day)
        if values is not None:
            changed.append(values)
            before = Told(row.logged_at, row.webhook_at)
            after = Told(values["b_logged_at"], values["b_webhook_at"])
            if before != after and item.fact.id.type not in NEVER_DUE:
                improved.retold.append(Retold(item.fact.id.workspace, before, after))
        if _proves(item, row):
            improved.proven.append(item)
    if changed:
        await tx.run(_UPDATE, changed)
    return improved


def _proves(item: FactNews, row: AnyRow) -> bool:
    return row.source == Source.READ and item.source is not Source.READ


_UPDATE = (
    update(facts)
    .where(
        facts.c.instance == bindparam("b_instance"),
        facts.c.workspace_id == bindparam("b_workspace_id"),
        facts.c.type == bindparam("b_type"),
        facts.c.key == bindparam("b_key"),
    )
    .values(
        at=bindparam("b_at"),
        rank=bindparam("b_rank"),
        webhook_at=bindparam("b_webhook_at"),
        logged_at=bindparam("b_logged_at"),
        source=bindparam("b_source"),
    )
)


def _improved(item: FactNews, row: AnyRow, better: bool) -> dict[str, Any] | None:
    """The stored row's new values; None when the news adds nothing."""
    webhook_at = earlier(row.webhook_at, item.seen_at if item.source is Source.WEBHOOK else None)
    logged_at = earlier(row.logged_at, item.dated_at)
    same = webhook_at == row.webhook_at and logged_at == row.logged_at and not _proves(item, row)
    if same and not better:
        return None
    instance, workspace_id, kind, key = _key(item.fact.id)
    return {
        "b_instance": instance,
        "b_workspace_id": workspace_id,
        "b_type": kind,
        "b_key": key,
        "b_at": item.fact.at if better else row.at,
        "b_rank": item.fact.rank if better else row.rank,
        "b_webhook_at": webhook_at,
        "b_logged_at": logged_at,
        "b_source": item.source.value if _proves(item, row) else row.source,
    }


async def known(tx: Tx, keys: Sequence[FactKey]) -> frozenset[FactKey]:
    """Which of these facts a webhook or a poll has brought. What was only read with its history may still have been missed."""
    if not keys:
        return frozenset()
    told = facts.c.source != Source.READ.value
    statement = select(*_KEY).where(tuple_(*_KEY).in_([_key(key) for key in keys]), told)
    rows = await tx.rows(statement)
    return frozenset(
        FactKey(WorkspaceKey(row.instance, row.workspace_id), Metric(row.type), row.key) for row in rows
    )


_LATE_US = 3_600_000_000
"""A fact is seen at most so long before it happened (clocks that disagree); bounds the look into the index."""


async def after_reports(
    tx: Tx, today: datetime, workspace: WorkspaceKey | None = None
) -> dict[WorkspaceKey, dict[tuple[date, Metric], int]]:
    """Per workspace (or of one), day and type, facts that happened after the report of their own day: what that report cannot hold.

    `today` is the start of the UTC day. Facts of a day that has no report are not told: their count is shown as it is.
    """
    after = _after_newest(tx, today, workspace).subquery()
    r = daily_reports.c
    same = and_(
        r.instance == after.c.instance,
        r.workspace_id == after.c.workspace_id,
        r.day == after.c.day,
        r.metric == after.c.type,
    )
    columns = (after.c.instance, after.c.workspace_id, after.c.day, after.c.type, after.c.n)
    counts: dict[WorkspaceKey, dict[tuple[date, Metric], int]] = {}
    for row in await tx.rows(select(*columns).join_from(after, daily_reports, same)):
        counts.setdefault(WorkspaceKey(row[0], row[1]), {})[row[2], Metric(row[3])] = row[4]
    return counts


def _after_newest(tx: Tx, today: datetime, workspace: WorkspaceKey | None) -> Select[Any]:
    """Facts after each workspace's newest report, counted by day (null: in the future) and type."""
    f, one = facts.c, timedelta(days=1)
    since = (today - 3 * one).date().replace(day=1)
    newest = month_counts.newest(since, today - 2 * one, workspace).subquery()
    starts = ((today + one, None), (today, today.date()), (today - one, (today - one).date()))
    days = [(f.at >= start, literal(day, Date)) for start, day in starts]
    day = case(*days, else_=literal((today - 2 * one).date(), Date)).label("day")
    mine = and_(
        f.instance == newest.c.instance,
        f.workspace_id == newest.c.workspace_id,
        f.seen_at >= newest.c.as_of - tx.dialect.span(_LATE_US),
        f.seen_at
        >= today - 2 * one - timedelta(microseconds=_LATE_US),  # no more than that, as Postgres cannot know
        f.at > newest.c.as_of,
    )
    counted = select(f.instance, f.workspace_id, f.type, day, func.count().label("n")).join_from(
        newest, facts, mine
    )
    return counted.group_by(f.instance, f.workspace_id, f.type, day)
