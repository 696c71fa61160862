"""Whole tables for people's own tools: in the order of keys that no change moves, page by page, each page in a short transaction of its own.

So an export of hours holds up no writer and no checkpoint. What is there all the time is in it exactly once, as it was when its page was
read; what comes, goes or changes meanwhile is in it or not.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Table,
    Text,
    and_,
    func,
    literal,
    select,
    tuple_,
    union,
)

from bisonwatch.domain.export import ACCOUNTS, EVENTS, LEADS, METRICS, RUNS, WORKSPACES, Export, Row, Window
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.tables import (
    accounts,
    client_leads,
    client_metrics,
    client_registry,
    daily_counts,
    daily_reports,
    facts,
    inbox,
    runs,
    workspace_watch,
)
from bisonwatch.store.tx import Tx

ROWS = 2_000

Columns = Sequence[ColumnElement[Any]]
Tests = list[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Scope:
    """One workspace, whose rows are walked by themselves; in its place None: all rows of a table that is walked whole."""

    key: WorkspaceKey
    name: str

    @property
    def columns(self) -> list[ColumnElement[Any]]:
        return [
            literal(self.key.instance, Text).label("instance"),
            literal(self.key.id, BigInteger).label("workspace_id"),
            literal(self.name, Text).label("workspace_name"),
        ]

    def of(self, table: Table) -> Tests:
        return [table.c.instance == self.key.instance, table.c.workspace_id == self.key.id]


Key = tuple[Any, ...]
Page = Callable[[Window, Scope | None, Key | None, int], Select[Any]]
"""Which rows, of which workspace, after which key (None: from the start), and how many."""


@dataclass(frozen=True, slots=True)
class Walk:
    """How an export is read. `key`: its columns in a row; `apart`: workspace by workspace; `tables`: whose rows are counted."""

    page: Page
    key: tuple[str, ...]
    apart: bool
    tables: tuple[tuple[Table, str | None], ...]
    """With the column that `since` and `until` look at."""


async def pages(database: Database, export: Export, window: Window) -> AsyncGenerator[Sequence[Row], None]:
    """Every row that is wanted, in the order of the key. No transaction is open while the caller has a page. Raises StoreError."""
    walk, left = WALKS[export.name], window.limit
    for scope in await _scopes(database, walk, window):
        async for page in _walked(database, walk, (export, window, scope), left):
            yield page
            left = None if left is None else left - len(page)
        if left == 0:
            return


async def _walked(
    database: Database, walk: Walk, what: tuple[Export, Window, Scope | None], left: int | None
) -> AsyncGenerator[Sequence[Row], None]:
    export, window, scope = what
    key_of, after = _key_of(export, walk), None
    while left is None or left > 0:
        size = ROWS if left is None else min(ROWS, left)
        async with database.read() as tx:
            page = await tx.rows(walk.page(window, scope, after, size))
        if page:
            yield page
        if len(page) < size:
            return
        after = key_of(page[-1])
        left = None if left is None else left - len(page)


def _key_of(export: Export, walk: Walk) -> Callable[[Row], Key]:
    found = itemgetter(*(export.names.index(name) for name in walk.key))
    return found if len(walk.key) > 1 else lambda row: (found(row),)


async def count(tx: Tx, export: Export, window: Window) -> int:
    """About how many rows there will be: a day with both witnesses counts twice, and more may come."""
    found = 0
    for table, dated in WALKS[export.name].tables:
        tests = [*_chosen(table, window), *(_between(table.c[dated], window) if dated else [])]
        found += await tx.value(select(func.count()).select_from(table).where(*tests)) or 0
    return found if window.limit is None else min(found, window.limit)


async def _scopes(database: Database, walk: Walk, window: Window) -> list[Scope | None]:
    if not walk.apart:
        return [None]
    async with database.read() as tx:
        known = await workspaces.names(tx)
    wanted = known if window.workspaces is None else window.workspaces & known.keys()
    return [Scope(key, known[key]) for key in sorted(wanted)]


def _after(statement: Select[Any], keys: Columns, after: Key | None, size: int) -> Select[Any]:
    if after is not None:
        bound = [literal(part, key.type) for part, key in zip(after, keys, strict=True)]
        statement = statement.where(keys[0] > bound[0] if len(keys) == 1 else tuple_(*keys) > tuple_(*bound))
    return statement.order_by(*keys).limit(size)


def _chosen(table: Table, window: Window) -> Tests:
    """Of a table that is walked whole."""
    if window.workspaces is None:
        return []
    return [tuple_(table.c.instance, table.c.workspace_id).in_(sorted(window.workspaces))]


def _between(column: ColumnElement[Any], window: Window) -> Tests:
    if column.type.python_type.__name__ == "date":
        first, last = window.first_day, window.last_day
        return [*([column >= first] if first else []), *([column <= last] if last else [])]
    since, until = window.since, window.until
    return [*([column >= since] if since else []), *([column < until] if until else [])]


def _same(one: Table, other: Table, *names: str) -> ColumnElement[bool]:
    return and_(*(one.c[name] == other.c[name] for name in ("instance", "workspace_id", *names)))


def _workspaces(window: Window, _scope: Scope | None, after: Key | None, size: int) -> Select[Any]:
    r = client_registry
    columns = [*_picked(WORKSPACES, r, client_metrics, workspace_watch)]
    month = and_(_same(client_metrics, r), client_metrics.c.metric_type == "mtd")
    found = select(*columns).select_from(r).outerjoin(client_metrics, month)
    found = found.outerjoin(workspace_watch, _same(workspace_watch, r)).where(*_chosen(r, window))
    return _after(found, [r.c.instance, r.c.workspace_id], after, size)


def _picked(export: Export, *tables: Table) -> Columns:
    """Each column from the first table that has it."""
    return [next(table.c[name] for table in tables if name in table.c) for name in export.names]


def _leads(_window: Window, scope: Scope | None, after: Key | None, size: int) -> Select[Any]:
    assert scope is not None
    c = client_leads.c
    theirs = {"id": c.lead_id, "email": c.lead_email}
    columns = [theirs[name].label(name) if name in theirs else c[name] for name in LEADS.names]
    return _after(select(*columns).where(*scope.of(client_leads)), [c.lead_email], after, size)


def _accounts(window: Window, _scope: Scope | None, after: Key | None, size: int) -> Select[Any]:
    columns = _picked(ACCOUNTS, accounts, client_registry)
    found = select(*columns).outerjoin_from(accounts, client_registry, _same(client_registry, accounts))
    keys = [accounts.c.instance, accounts.c.id]
    return _after(found.where(*_chosen(accounts, window)), keys, after, size)


def _events(window: Window, scope: Scope | None, after: Key | None, size: int) -> Select[Any]:
    """The page first, then whom each is about: a planner would else join the whole log."""
    assert scope is not None
    keys = [facts.c.type, facts.c.key]
    wanted = select(facts).where(*scope.of(facts), *_between(facts.c.at, window))
    some = _after(wanted, keys, after, size).subquery("some")
    plain = [some.c[name] for name in EVENTS.names if name in some.c and name not in client_registry.c]
    found = select(*scope.columns, *plain, inbox.c.subject)
    joined = found.outerjoin_from(some, inbox, inbox.c.id == some.c.delivery_id)
    return joined.order_by(some.c.type, some.c.key)


def _metrics(window: Window, scope: Scope | None, after: Key | None, size: int) -> Select[Any]:
    """Of a day that has one witness only, the other's columns are null."""
    assert scope is not None
    keys = union(*(_slots(table, window, scope, after, size) for table in (daily_counts, daily_reports)))
    both = keys.subquery()
    some = select(both).order_by(both.c.day, both.c.metric).limit(size).subquery("some")

    def here(table: Table) -> ColumnElement[bool]:
        return and_(*scope.of(table), table.c.day == some.c.day, table.c.metric == some.c.metric)

    told = [daily_counts.c.n.label("counted"), daily_reports.c.n.label("reported")]
    found = select(
        *scope.columns, some.c.day, some.c.metric, *told, daily_reports.c.as_of.label("reported_at")
    )
    joined = found.select_from(some).outerjoin(daily_counts, here(daily_counts))
    joined = joined.outerjoin(daily_reports, here(daily_reports))
    return joined.order_by(some.c.day, some.c.metric)


def _slots(table: Table, window: Window, scope: Scope, after: Key | None, size: int) -> Select[Any]:
    keys = [table.c.day, table.c.metric]
    wanted = select(*keys).where(*scope.of(table), *_between(table.c.day, window))
    some = _after(wanted, keys, after, size).subquery()  # SQLite takes no LIMIT within a union otherwise
    return select(some.c.day, some.c.metric)


def _runs(window: Window, _scope: Scope | None, after: Key | None, size: int) -> Select[Any]:
    columns = _picked(RUNS, runs, client_registry)
    found = select(*columns).outerjoin_from(runs, client_registry, _same(client_registry, runs))
    wanted = found.where(*_chosen(runs, window), *_between(runs.c.queued_at, window))
    return _after(wanted, [runs.c.id], after, size)


WALKS = {
    WORKSPACES.name: Walk(_workspaces, ("instance", "workspace_id"), False, ((client_registry, None),)),
    LEADS.name: Walk(_leads, ("email",), True, ((client_leads, None),)),
    ACCOUNTS.name: Walk(_accounts, ("instance", "id"), False, ((accounts, None),)),
    EVENTS.name: Walk(_events, ("type", "key"), True, ((facts, "at"),)),
    METRICS.name: Walk(_metrics, ("day", "metric"), True, ((daily_counts, "day"), (daily_reports, "day"))),
    RUNS.name: Walk(_runs, ("id",), False, ((runs, "queued_at"),)),
}
