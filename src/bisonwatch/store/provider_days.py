"""Mail providers: how their accounts stand now, and the series of it, per workspace and UTC day."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, and_, cast, delete, exists, func, literal, select

from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.providers import Group, ProviderDay
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import accounts, provider_days
from bisonwatch.store.tx import Tx

a, d = accounts.c, provider_days.c
_HERE = a.status != AccountStatus.REMOVED.value
_GROUP = (a.instance, a.workspace_id, a.provider)


async def record(tx: Tx, day: date, workspace: WorkspaceKey | None = None) -> None:
    """The day's rows are what the accounts say now, of one workspace or of all; earlier days stay as they are."""
    await tx.run(recording(tx.dialect, day, workspace))
    same = and_(a.instance == d.instance, a.workspace_id == d.workspace_id, a.provider == d.provider, _HERE)
    mine = _of(provider_days.c, workspace)
    await tx.run(delete(provider_days).where(d.day == day, ~exists().where(same), *mine))


async def between(tx: Tx, first: date, last: date) -> list[ProviderDay]:
    """The rows of those days, both included; three weeks of 27 workspaces are some 1,700."""
    wanted = select(d.instance, d.workspace_id, d.day, d.provider, d.accounts, d.sent, d.replied)
    rows = await tx.rows(wanted.where(d.day.between(first, last)).order_by(d.day))
    return [ProviderDay(WorkspaceKey(row[0], row[1]), *row[2:]) for row in rows]


async def groups(tx: Tx, workspace: WorkspaceKey | None = None) -> list[Group]:
    """How the accounts of each workspace and provider stand now; removed ones are not among them."""
    connected = func.count().filter(a.status == AccountStatus.CONNECTED.value)
    sums = [cast(func.sum(column), BigInteger) for column in (a.sent, a.replied, a.bounced)]
    wanted = select(*_GROUP, func.count(), connected, *sums)
    rows = await tx.rows(wanted.where(_HERE, *_of(a, workspace)).group_by(*_GROUP).order_by(*_GROUP))
    return [Group(WorkspaceKey(row[0], row[1]), *row[2:]) for row in rows]


def recording(dialect: Dialect, day: date, workspace: WorkspaceKey | None) -> Upsert:
    """The one statement that writes; rows in key order, so that two nodes cannot deadlock."""
    sums = [cast(func.sum(column), BigInteger) for column in (a.sent, a.replied)]
    now = (
        select(a.instance, a.workspace_id, literal(day, Date), a.provider, func.count(), *sums)
        .where(_HERE, *_of(a, workspace))
        .group_by(*_GROUP)
        .order_by(*_GROUP)
    )
    names = ["instance", "workspace_id", "day", "provider", "accounts", "sent", "replied"]
    insert = dialect.insert(provider_days).from_select(names, now)
    newest = {name: insert.excluded[name] for name in ("accounts", "sent", "replied")}
    return insert.on_conflict_do_update(index_elements=list(provider_days.primary_key.columns), set_=newest)


def _of(columns: Any, workspace: WorkspaceKey | None) -> tuple[ColumnElement[bool], ...]:
    if workspace is None:
        return ()
    return columns.instance == workspace.instance, columns.workspace_id == workspace.id
