"""The hot queries use indexes on full tables, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Executable, text

from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.delivery import Bodies, DeliveryState
from bisonwatch.domain.export import Window
from bisonwatch.domain.history import Wish
from bisonwatch.domain.letter import EVERY_DEAD, Wanted
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Job, Outcome
from bisonwatch.store import (
    cache_minutes,
    consistency,
    counts,
    daily,
    datasets,
    deliveries,
    exports,
    facts,
    history,
    inbox,
    inventory,
    leads,
    letters,
    retention,
    roster,
    runs,
    subscriptions,
    traffic,
    transitions,
    trimming,
    volume_days,
    witness,
    workspaces,
)
from bisonwatch.store.database import Database
from bisonwatch.store.retention import Keep
from bisonwatch.store.tx import Tx
from tests.support.dashboards import asked
from tests.support.house import delivery
from tests.support.news import NOON, NORTHWIND, at, fact
from tests.support.statements import Work, sent

ROWS = 50_000
DAY = timedelta(days=1)
SQLITE = {
    "rows": f"WITH RECURSIVE series(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM series WHERE i < {ROWS})",
    "id": "randomblob(16)",
    "hash": "randomblob(16)",
    "body": "randomblob(500)",
    "at": f"{int(NOON.timestamp())} * 1000000 - i * 600000000",
    "month": "date('2026-11-01', '-' || (i % 200) || ' months')",
    "false": "0",
    "true": "1",
}
POSTGRES = {
    "rows": f"WITH series(i) AS (SELECT generate_series(1, {ROWS}))",
    "id": "gen_random_uuid()",
    "hash": "decode(md5(i::text), 'hex')",
    "body": "convert_to(repeat(md5(id::text), 16), 'UTF8')",
    "at": f"timestamptz '{NOON.isoformat()}' - i * interval '10 minutes'",
    "month": "(date '2026-11-01' - i % 200 * interval '1 month')::date",
    "false": "false",
    "true": "true",
}
FULL = (
    """INSERT INTO {s}inbox (id, instance, workspace_id, source, state, received_at, content_hash, duplicate,
           attempts, next_try_at)
       {rows} SELECT {id}, 'main', i % 30, 'webhook',
           CASE WHEN i % 1000 = 0 THEN 'pending' WHEN i % 999 = 0 THEN 'dead' ELSE 'done' END,
           {at}, {hash}, {false}, 0, {at} FROM series""",
    "INSERT INTO {s}bodies (id, body) SELECT id, {body} FROM {s}inbox",
    """INSERT INTO {s}facts (instance, workspace_id, type, key, at, rank, source, seen_at, delivery_id)
       {rows} SELECT 'main', i % 30, 'sent', 's:' || i, {at}, 0, 'webhook', {at}, {id} FROM series""",
    """INSERT INTO {s}month_counts (month, instance, workspace_id, metric, counted, as_of, days_counted)
       {rows} SELECT {month}, 'main', i, 'sent', 1, {at}, 1 FROM series""",
    """INSERT INTO {s}daily_reports (instance, workspace_id, day, metric, n, as_of)
       {rows} SELECT 'main', i, {month}, 'sent', 1, {at} FROM series""",
    """INSERT INTO {s}daily_counts (instance, workspace_id, day, metric, n)
       {rows} SELECT 'main', i, {month}, 'sent', 1 FROM series""",
    """INSERT INTO {s}runs (id, job, instance, workspace_id, parts, asked_by, state, queued_at, finished_at, done,
           rows_read, rows_written, rows_unchanged, rows_removed, requests, retries, cancel_asked)
       {rows} SELECT {id}, CASE WHEN i % 9 = 0 THEN 'accounts' ELSE 'poll' END,
           CASE WHEN i % 4 = 0 THEN 'main' END, CASE WHEN i % 4 = 0 THEN i % 30 END, '[]', 'x',
           CASE WHEN i % 5000 = 0 THEN 'queued' ELSE 'done' END, {at}, CASE WHEN i % 5000 > 0 THEN {at} END,
           0, 0, 0, 0, 0, 0, 0, {false} FROM series""",
    """INSERT INTO {s}client_leads (instance, workspace_id, lead_email, workspace_name, known_at, known_rank,
           known_sequence)
       {rows} SELECT 'main', i % 30, 'lead' || i, 'w' || i % 30, {at}, 0, 0 FROM series""",
    """INSERT INTO {s}cursors (instance, workspace_id, stream, position, position_at, walked_at)
       {rows} SELECT 'main', i, 'events', i, {at}, {at} FROM series""",
    """INSERT INTO {s}traffic (instance, workspace_id, minute, webhooks, polled, walks, missed)
       {rows} SELECT 'main', i % 30, {at}, 1, 0, 0, 0 FROM series""",
    """INSERT INTO {s}cache_minutes (instance, workspace_id, minute, name, hits, misses, stale, refreshed, failed, prefetched, late)
       {rows} SELECT 'main', i % 30, {at}, 'kpi', 1, 0, 0, 0, 0, 0, 0 FROM series""",
    """INSERT INTO {s}datasets (instance, workspace_id, name, made_at, expires_at, value, warnings)
       {rows} SELECT 'main', i % 9999, 'd' || i, {at}, {at}, '{{}}', '[]' FROM series""",
    """INSERT INTO {s}consistency (instance, workspace_id, day, metric, counted, reported, drift, as_of, checked_at)
       {rows} SELECT 'main', i, {month}, 'sent', 1, 1, 0, {at}, {at} FROM series""",
    """INSERT INTO {s}transitions (instance, workspace_id, at, rule, health, reason, ended_at)
       {rows} SELECT 'main', i % 30, {at}, 'webhook_silence', 'idle', '', CASE WHEN i > 30 THEN {at} END FROM series""",
)
NAMED = (
    """INSERT INTO {s}client_registry (instance, workspace_id, workspace_name, provider_name, name_known_at, active, first_seen_at)
       {rows} SELECT 'main', i, 'w' || i, '', {at}, {true}, {at} FROM series WHERE i < 30""",
    """INSERT INTO {s}client_metrics (instance, workspace_id, metric_type, workspace_name, update_source, updated_at)
       {rows} SELECT 'main', i, 'mtd', 'w' || i, 'webhook', {at} FROM series""",
    """INSERT INTO {s}accounts (instance, id, workspace_id, email, status, type, provider, tags, daily_limit, sent, replied,
           bounced, row_hash, known_at, seen_at)
       {rows} SELECT 'main', i, i % 30, 'box' || i, 'connected', 'google', 'google', '[]', 1, 1, 1, 1, i, {at}, {at} FROM series""",
    """INSERT INTO {s}account_warmups (instance, id, workspace_id, score, sent, replied, saved_from_spam, bounces_received,
           bounces_caused, disabled_for_bouncing, known_at)
       {rows} SELECT 'main', i, i % 30, 97, 1, 1, 1, 1, 1, 1, {at} FROM series""",
    """INSERT INTO {s}provider_days (instance, workspace_id, day, provider, accounts, sent, replied)
       {rows} SELECT 'main', i % 30, {month}, 'p' || i, 1, 1, 1 FROM series""",
)
"""What only views read; upkeep has as many chores as there are workspaces."""
KEY = fact("s:77").fact.id
ONE = delivery(b"{}")

ONE_JOB, FAILED = frozenset({Job.POLL}), frozenset({Outcome.FAILED})

HOT: dict[str, Work] = {
    "inbox.due": lambda tx: inbox.due(tx, NOON, 500),
    "inbox.claim": lambda tx: inbox.claim(tx, [uuid4() for _ in range(500)]),
    "inbox.put": lambda tx: inbox.put(tx, [ONE]),
    "deliveries.heard": lambda tx: deliveries.heard(tx, [ONE.content_hash] * 50, at(-600)),
    "deliveries.stored": lambda tx: deliveries.stored(tx, [ONE.id]),
    "deliveries.dead_since": lambda tx: deliveries.dead_since(tx, at(-1440)),
    "deliveries.backlog": lambda tx: deliveries.backlog(tx),
    "deliveries.oldest_pending": lambda tx: deliveries.oldest_pending(tx),
    "deliveries.newest": lambda tx: deliveries.newest(tx, 200),
    "letters.page": lambda tx: letters.page(tx, Wanted("no"), 200, (at(-60), ONE.id)),
    "letters.page of the discarded": lambda tx: letters.page(tx, Wanted(state=DeliveryState.DISCARDED), 200),
    "letters.groups": lambda tx: letters.groups(tx, EVERY_DEAD),
    "letters.count": lambda tx: letters.count(tx, Wanted(state=DeliveryState.PENDING)),
    "letters.beginning": lambda tx: letters.beginning(tx, UUID(int=0), UUID(int=2**96), 6),
    "letters.replay": lambda tx: letters.replay(tx, [uuid4() for _ in range(200)], NOON),
    "facts.known": lambda tx: facts.known(tx, [KEY]),
    "facts.add": lambda tx: facts.add(tx, [fact("s:42")]),
    "traffic.arrivals": lambda tx: traffic.arrivals(tx, at(-1440), at(-11)),
    "facts.after_reports": lambda tx: facts.after_reports(tx, at(-720)),
    "counts.month_to": lambda tx: counts.month_to(tx, NOON.date()),
    "counts.add": lambda tx: counts.add(tx, {(NORTHWIND, NOON.date(), Metric.SENT): 1}),
    "runs.take": lambda tx: runs.take(tx, uuid4(), NOON, [uuid4() for _ in range(6)]),
    "runs.open_runs": lambda tx: runs.open_runs(tx),
    "runs.recent": lambda tx: runs.recent(tx, 30),
    "history.page": lambda tx: history.page(tx, Wish(), {}, 100, (at(-60), ONE.id)),
    "history.page of everything": lambda tx: history.page(tx, Wish(everything=True), {}, 100),
    "history.page of a job": lambda tx: history.page(tx, Wish(frozenset({Job.FULL})), {}, 100),
    "history.page of failures": lambda tx: history.page(tx, Wish(standings=FAILED), {}, 100),
    "history.page of a workspace": lambda tx: history.page(tx, Wish(workspace=NORTHWIND), {}, 100),
    "history.page of a job there": lambda tx: history.page(tx, Wish(ONE_JOB, workspace=NORTHWIND), {}, 60),
    "history.page of a day": lambda tx: history.page(tx, Wish(since=at(-1440)), {}, 100),
    "history.beginning": lambda tx: history.beginning(tx, UUID(int=0), UUID(int=2**96), 6),
    "runs.last_of": lambda tx: runs.last_of(tx, Job.ACCOUNTS),
    "runs.last_of a workspace": lambda tx: runs.last_of(tx, Job.POLL, NORTHWIND),
    "leads.page": lambda tx: leads.page(tx, NORTHWIND, "lead5", 100),
    "leads.get": lambda tx: leads.get(tx, NORTHWIND, "lead5"),
    "cache_minutes.of_workspaces": lambda tx: cache_minutes.of_workspaces(tx, at(-60)),
    "datasets.some": lambda tx: datasets.some(tx, [(NORTHWIND, name) for name in DatasetName]),
    "datasets.clear": lambda tx: datasets.clear(tx, [NORTHWIND], NOON),
    "traffic.minutes": lambda tx: traffic.minutes(tx, at(-61)),
    "transitions.standing": lambda tx: transitions.standing(tx),
}


ON_DEMAND: dict[str, Work] = {
    "consistency.of": lambda tx: consistency.of(tx, NORTHWIND, NOON.date() - 30 * DAY),
    "consistency.standing_of": lambda tx: consistency.standing_of(tx, NORTHWIND),
    "witness.series": lambda tx: witness.series(tx, NORTHWIND, NOON.date() - 30 * DAY),
    "witness.first_days": lambda tx: witness.first_days(tx, NORTHWIND),
    "runs.several": lambda tx: runs.several(tx, [uuid4() for _ in range(30)]),
    "cache_minutes.sums": lambda tx: cache_minutes.sums(tx, at(-1440)),
    "subscriptions.get": lambda tx: subscriptions.get(tx, NORTHWIND),
    "daily.of": lambda tx: daily.of(tx, NORTHWIND, NOON.date() - 60 * DAY, NOON.date()),
    "volume_days.of": lambda tx: volume_days.of(tx, NORTHWIND, NOON.date() - 30 * DAY, NOON.date()),
    "volume_days.scheduled": lambda tx: volume_days.scheduled(tx, NORTHWIND, {NOON.date(): 1}, NOON),
}
"""What the views of drift and of subscriptions ask while somebody looks, and datasets of numbers by day."""


@pytest.fixture
async def full(database: Database) -> Database:
    """Fifty thousand rows of a year in each table that grows; Postgres has counted them, SQLite never does.

    A year and bodies of some size, as in use: of the rows of a month, or of a small table, a planner rightly reads all.
    """
    await filled(database, FULL)
    return database


async def filled(database: Database, statements: Sequence[str]) -> None:
    words = SQLITE if database.dialect.one_writer else POSTGRES | {"s": f'"{database.place.schema}".'}
    async with database.write() as tx:
        for statement in statements:
            await tx.run(text(statement.format(**{"s": ""} | words).replace(":", r"\:")))
    if not database.dialect.one_writer:
        async with database.write() as tx:
            await tx.run(text("ANALYZE"))


async def plan(tx: Tx, statement: str, parameters: object) -> list[str]:
    one = tx.dialect.one_writer
    told = await tx.raw(("EXPLAIN QUERY PLAN " if one else "EXPLAIN ") + statement, parameters)
    return [str(row[-1]).strip() for row in told.all()]


def walks_all(line: str) -> bool:
    """A whole table is read: a scan without an index. One row per workspace or node is no table to speak of, nor is a query's result."""
    if (
        "workspace_watch" in line
        or "client_registry" in line
        or " nodes" in line
        or "CONSTANT" in line
        or line.startswith(("SCAN ready", "SCAN oldest", "SCAN some", "SCAN anon", "SCAN (subquery"))
    ):
        return False
    return "Seq Scan on" in line or (line.startswith("SCAN ") and " USING " not in line)


async def walked(
    database: Database, works: Mapping[str, Work], right: Callable[[str], object] = lambda _line: False
) -> dict[str, list[str]]:
    """The plans in which a whole table is read, but for lines in which that is right."""
    found: dict[str, list[str]] = {}
    for name, work in works.items():
        for statement, parameters in await sent(database, work):
            async with database.read() as tx:
                lines = await plan(tx, statement, parameters)
            if any(walks_all(line) and not right(line) for line in lines):
                found[f"{name}: {statement}"] = lines
    return found


async def test_what_the_engine_asks_uses_indexes(full: Database) -> None:
    """None of the hot queries reads a whole table; none of the views of drift and of subscriptions; nor does anything that upkeep asks
    or removes: what is old is found without reading what is not."""
    assert await walked(full, HOT) == {}
    assert (
        await walked(full, ON_DEMAND, re.compile("drifts|subscriptions|witnesses|cache_minutes").search) == {}
    )
    async with full.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
    assert await walked(full, await _upkeep(full)) == {}


async def _upkeep(database: Database) -> dict[str, Work]:
    """Everything there is to do a fortnight on, and how it is found out."""
    later, keep = NOON + 14 * DAY, Keep(350 * DAY, 350 * DAY, 350 * DAY)
    async with database.read() as tx:
        chores = await retention.chores(tx, keep, later)
    assert len(chores) == 14
    works: dict[str, Work] = {
        "chores": lambda tx: retention.chores(tx, keep, later),
        "trimming.page": lambda tx: trimming.page(tx, trimming.Place(at(-3000)), at(-15), 200),
        "trimming.begin": lambda tx: trimming.begin(tx, Bodies.TEXT),
        "trimming.end": lambda tx: trimming.end(tx, Bodies.TEXT, at(-15), NOON),
        "trimming.write": lambda tx: trimming.write(tx, {uuid4(): b"{}", uuid4(): None}),
    }
    for number, chore in enumerate(chores):
        works[f"chore {number}"] = partial(_at_most, chore)
        works[f"chore {number} goes on"] = partial(_at_most, chore)
    return works


async def _at_most(chore: retention.Chore, tx: Tx) -> None:
    await chore(tx, 200)


ALIASES = ("SCAN r", "SCAN n", "SCAN f")
"""In the views: client_registry, nodes, a query's result."""
READ_WHOLE = re.compile("traffic|Seq Scan on transitions|cache_minutes")
"""Of the few days that `traffic` and `cache_minutes` hold the views sum one: to read all is right. Changes of health are few."""


async def test_what_people_ask_uses_indexes(full: Database) -> None:
    """The named tables and views, asked as docs/tables.md tells; a page of accounts of one workspace among many, the scores of its
    accounts, and all of them summed up; a page of each export. What tells whether anything changed there adds all up, a row for each
    workspace."""
    await filled(full, NAMED)
    questions = asked(full.dialect, full.place.schema, "w12", at(-1440))
    right = re.compile(f"{READ_WHOLE.pattern}|^({'|'.join(ALIASES)})$").search
    assert (
        await walked(full, {name: partial(_rows_of, each) for name, each in questions.items()}, right) == {}
    )
    pages: dict[str, Work] = {
        "first page": partial(_rows_of, roster.page_of(NORTHWIND, None, 500)),
        "another page": partial(_rows_of, roster.page_of(NORTHWIND, 4_000, 500)),
        "scores": partial(_rows_of, roster.scores_of("main", range(12, 50_000, 100))),
        "inventory.of": lambda tx: inventory.of(tx, NORTHWIND),
        "inventory.capacity": lambda tx: inventory.capacity(tx, NORTHWIND),
        "volume_days.capacity": lambda tx: volume_days.capacity(tx, NOON.date(), NOON, NORTHWIND),
    }
    assert await walked(full, pages, re.compile("account_walks").search) == {}
    assert await walked(full, _exported()) == {}


def _exported() -> dict[str, Work]:
    """A page in the middle of each export."""
    window, scope = Window(since=at(-144_000), until=at(-1440)), exports.Scope(NORTHWIND, "Northwind Desk")
    after = {"events": ("sent", "s:5"), "leads": ("lead5",), "metrics": (at(-144_000).date(), "sent"),
             "accounts": ("main", 4_000), "runs": (UUID(int=2**126),)}  # fmt: skip
    return {
        f"export of {name}": partial(_rows_of, walk.page(window, scope, after[name], exports.ROWS))
        for name, walk in exports.WALKS.items()
        if name in after
    }


async def _rows_of(question: Executable, tx: Tx) -> None:
    await tx.rows(question)
