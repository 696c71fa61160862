"""What a month comes to, kept in the transactions that change its days: screens ask for it all the time, and days are many.

A row is exactly what `daily_counts` and `daily_reports` of its month sum up to. Where two transactions meet, the row's lock decides:
whoever adds finds in the row itself which days have a report, and a report sums the days only once it holds the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    cast,
    extract,
    func,
    literal,
    literal_column,
    null,
    select,
    union_all,
)

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import daily_counts, daily_reports, month_counts
from bisonwatch.store.tx import AnyRow, Tx
from bisonwatch.store.types import Instant

Slot = tuple[WorkspaceKey, date, Metric]
c = month_counts.c
_NAMES = tuple(column.name for column in c)
_NONE: ColumnElement[int] = literal_column("0")


def first_of(day: date) -> date:
    return day.replace(day=1)


def after(month: date) -> date:
    """The first day of the next month."""
    return first_of(month + timedelta(days=31))


async def add(tx: Tx, deltas: Sequence[tuple[Slot, int]]) -> None:
    """Change sums as the days were changed. A month's row is met once a statement, so its other days follow in the next ones."""
    rounds: list[list[dict[str, Any]]] = []
    met: dict[Slot, int] = {}
    months = {day: first_of(day) for day in {slot[1] for slot, _ in deltas}}
    for (workspace, day, metric), amount in deltas:
        key = workspace, months[day], metric
        turn = met[key] = met.get(key, -1) + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(_row(key, amount, 1 << (day.day - 1)))
    for rows in rounds:
        await _ADD.run(tx, sorted(rows, key=_KEY))


_KEY = itemgetter("month", "instance", "workspace_id", "metric")


def _row(key: Slot, amount: int, days: int) -> dict[str, Any]:
    """As few values as there can be: nothing is done as often as this."""
    return {
        "month": key[1],
        "instance": key[0].instance,
        "workspace_id": key[0].id,
        "metric": key[2].value,
        "counted": amount,
        "days_counted": days,
    }


def _adding(dialect: Dialect) -> Upsert:
    insert = dialect.insert(month_counts)
    new = insert.excluded
    uncovered = c.days_reported.bitwise_and(new.days_counted) == _NONE
    return insert.on_conflict_do_update(
        index_elements=list(month_counts.primary_key.columns),
        set_={
            "counted": c.counted + new.counted,
            "covered": c.covered + case((uncovered, _NONE), else_=new.counted),
            "days_counted": c.days_counted.bitwise_or(new.days_counted),
        },
    )


def _holding(dialect: Dialect) -> Upsert:
    insert = dialect.insert(month_counts)
    return insert.on_conflict_do_update(
        index_elements=list(month_counts.primary_key.columns), set_={"reported": c.reported}
    )


_ADD, _HOLD = Batch(_adding), Batch(_holding)


async def hold(tx: Tx, workspace: WorkspaceKey, days: Iterable[tuple[date, Metric]]) -> None:
    """Before a report of these days is written: nobody else changes their months until the transaction ends."""
    keys = {(workspace, first_of(day), metric) for day, metric in days}
    await _HOLD.run(tx, sorted((_row(key, 0, 0) for key in keys), key=_KEY))


async def settle(tx: Tx, workspace: WorkspaceKey, days: Iterable[tuple[date, Metric]]) -> None:
    """After it was written: sum the days of these months anew."""
    metrics: dict[date, set[str]] = {}
    for day, metric in days:
        metrics.setdefault(first_of(day), set()).add(metric.value)
    statement = _settling(tx.dialect)
    for month, names in sorted(metrics.items()):
        mine = {"of_instance": workspace.instance, "of_workspace": workspace.id, "of_metrics": sorted(names)}
        await tx.run(statement, mine | {"of_month": month, "to_month": after(month)})


def _settling(dialect: Dialect) -> Upsert:
    days = union_all(_counted(), _reported()).subquery()
    t = days.c
    summed = [func.sum(t[name]) for name in ("counted", "covered", "reported")]
    bits = [func.sum(t[name]) for name in ("days_counted", "days_reported")]
    of = [bindparam("of_month", type_=Date), t.instance, t.workspace_id, t.metric]
    new = select(*of, *summed, func.max(t.as_of), *bits).group_by(t.instance, t.workspace_id, t.metric)
    insert = dialect.insert(month_counts).from_select(_NAMES, new)
    sums = {name: insert.excluded[name] for name in _NAMES[4:]}
    return insert.on_conflict_do_update(index_elements=list(month_counts.primary_key.columns), set_=sums)


def _counted() -> Select[Any]:
    n, r = daily_counts.c, daily_reports.c
    same = and_(*(n[name] == r[name] for name in ("instance", "workspace_id", "day", "metric")))
    return (
        select(
            n.instance,
            n.workspace_id,
            n.metric,
            n.n.label("counted"),
            case((r.n.is_(None), _NONE), else_=n.n).label("covered"),
            _NONE.label("reported"),
            cast(null(), Instant).label("as_of"),
            _bit(n).label("days_counted"),
            _NONE.label("days_reported"),
        )
        .join_from(daily_counts, daily_reports, same, isouter=True)
        .where(*_mine(n))
    )


def _reported() -> Select[Any]:
    r = daily_reports.c
    return select(r.instance, r.workspace_id, r.metric, _NONE, _NONE, r.n, r.as_of, _NONE, _bit(r)).where(
        *_mine(r)
    )


def _bit(t: Any) -> Any:
    return literal_column("1").bitwise_lshift(cast(extract("day", t.day), Integer) - literal_column("1"))


def _mine(t: Any) -> tuple[Any, ...]:
    return (
        t.instance == bindparam("of_instance"),
        t.workspace_id == bindparam("of_workspace"),
        t.day >= bindparam("of_month", type_=Date),
        t.day < bindparam("to_month", type_=Date),
        t.metric.in_(bindparam("of_metrics", expanding=True)),
    )


async def of(tx: Tx, month: date) -> Sequence[AnyRow]:
    """Its rows, whole: one for each workspace and metric."""
    names = [column for column in c if column is not c.month]
    return await tx.rows(select(*names).where(c.month == month))


def newest(since: date, told: datetime, workspace: WorkspaceKey | None = None) -> Select[Any]:
    """Each workspace's newest report, or one's, of those that were asked since `told`."""
    as_of = func.max(c.as_of, type_=Instant).label("as_of")
    recent = select(c.instance, c.workspace_id, as_of).where(c.month >= literal(since, Date), c.as_of >= told)
    if workspace is not None:
        recent = recent.where(c.instance == workspace.instance, c.workspace_id == workspace.id)
    return recent.group_by(c.instance, c.workspace_id)
