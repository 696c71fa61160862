"""The delivery rate is counted as it happens, and is what a recount of all news gives: any order, repetition and mixture of doors."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bisonwatch.domain.changes import Changes, FactNews
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.promptness import TEN_MINUTES, Due, Promptness
from bisonwatch.store import mirror, tables, traffic, watch
from bisonwatch.store.database import Database
from tests.support.news import NOON, at, fact, sighting

EASY = settings(
    max_examples=60,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SECONDS = st.integers(-26 * 3600, 0) | st.integers(-2400, 0)
"""Before noon: the whole day, and often the last forty minutes."""
METRICS = st.sampled_from((Metric.SENT, Metric.REPLIED, Metric.SEND_FAILED))
SOURCES = st.sampled_from(tuple(Source))
NEWS = st.tuples(st.integers(0, 5), METRICS, SOURCES, SECONDS, st.none() | SECONDS)
"""A fact by its number, who tells it, when that came here, and how the log (or a list) dates it."""
BATCHES = st.lists(st.lists(NEWS, min_size=1, max_size=6), max_size=12)
SUBSCRIBED = st.none() | SECONDS
WITHIN = st.sampled_from((timedelta(minutes=10), timedelta(seconds=10), timedelta(seconds=0.5)))
Told = tuple[int, Metric, Source, int, int | None]
_WORKSPACES = count(5000)


def news(workspace: WorkspaceKey, told: Told) -> FactNews:
    number, metric, source, seen, logged = told
    seen_at = NOON + timedelta(seconds=seen)
    dated = None if logged is None or source is not Source.POLL else NOON + timedelta(seconds=logged)
    item = fact(f"x:{number}", metric, seen_at, source=source, workspace=workspace, seen_at=seen_at)
    return replace(item, logged_at=dated)


def recount(told: Sequence[FactNews], promptness: Promptness, subscribed: datetime | None) -> Due:
    """By the definition, over everything that was ever told, whatever its order."""
    first, last = promptness.day(NOON)
    facts, prompt = 0, 0
    for key in {item.fact.id for item in told}:
        mine = [item for item in told if item.fact.id == key and item.source is not Source.READ]
        if key.type is Metric.SEND_FAILED or not mine:
            continue
        webhooks = [item.seen_at for item in mine if item.source is Source.WEBHOOK]
        dates = [item.logged_at or item.seen_at for item in mine if item.source is Source.POLL]
        date = min(dates or webhooks)
        start = promptness.start(promptness.number(date))
        if subscribed is not None and max(first, subscribed) <= start <= last:
            facts += 1
            prompt += bool(webhooks) and min(webhooks) <= date + promptness.within
    return Due(facts, prompt)


async def counted(database: Database, workspace: WorkspaceKey, promptness: Promptness) -> Due:
    async with database.read() as tx:
        return (await traffic.arrivals(tx, *promptness.day(NOON))).get(workspace, Due(0, 0))


@EASY
@given(batches=BATCHES, subscribed=SUBSCRIBED, within=WITHIN)
async def test_what_is_counted_is_a_recount(
    database: Database, batches: list[list[Told]], subscribed: int | None, within: timedelta
) -> None:
    """After every batch; whoever came first, and also when a fact is dated anew or its webhook comes after its poll."""
    workspace, promptness = WorkspaceKey("main", next(_WORKSPACES)), Promptness(within)
    since = None if subscribed is None else NOON + timedelta(seconds=subscribed)
    told: list[FactNews] = []
    async with database.write() as tx:
        await watch.subscribed(tx, workspace, since)
    for batch in batches:
        folded = {item.fact.id: item for item in (news(workspace, one) for one in batch)}
        told += folded.values()
        async with database.write() as tx:
            sorted_ = tuple(folded[key] for key in sorted(folded))
            await mirror.write(tx, Changes(facts=sorted_), NOON, promptness)
        assert await counted(database, workspace, promptness) == recount(told, promptness, since)
    await _rows_say_the_same(database, workspace, promptness)


async def _rows_say_the_same(database: Database, workspace: WorkspaceKey, promptness: Promptness) -> None:
    """Each slot holds what the stored facts of its time come to."""
    t, f = tables.traffic.c, tables.facts
    async with database.read() as tx:
        rows = await tx.rows(select(t.minute, t.due, t.prompt).where(t.workspace_id == workspace.id))
        stored = await tx.rows(
            select(f.c.logged_at, f.c.webhook_at).where(
                f.c.workspace_id == workspace.id, f.c.type != Metric.SEND_FAILED.value
            )
        )
    slots: dict[datetime, list[int]] = {}
    for logged_at, webhook_at in stored:
        date = logged_at or webhook_at
        if date is not None:
            counts = slots.setdefault(promptness.start(promptness.number(date)), [0, 0])
            counts[0] += 1
            counts[1] += webhook_at is not None and webhook_at <= date + promptness.within
    assert {row[0]: [row[1], row[2]] for row in rows if row[1] or row[2]} == slots


KEY = WorkspaceKey("main", 12)
SEEN = -3600


@pytest.mark.parametrize("first", [Source.WEBHOOK, Source.POLL, Source.READ])
@pytest.mark.parametrize("second", [Source.WEBHOOK, Source.POLL, Source.READ])
async def test_two_transactions_that_meet_over_one_fact(
    database: Database, first: Source, second: Source
) -> None:
    """Whichever comes first, the other waits for it and counts only what it changed."""
    begun = asyncio.Event()
    told = [
        news(KEY, (1, Metric.SENT, source, SEEN + 60 * place, SEEN - 60 if source is Source.POLL else None))
        for place, source in enumerate((first, second))
    ]
    async with database.write() as tx:
        await watch.subscribed(tx, KEY, at(-60 * 30))

    async def other() -> None:
        await begun.wait()
        async with database.write() as tx:
            await mirror.write(tx, Changes(facts=(told[1],)), NOON)

    waiting = asyncio.create_task(other())
    async with database.write() as tx:
        await mirror.write(tx, Changes(facts=(told[0],)), NOON)
        begun.set()
        _, late = await asyncio.wait({waiting}, timeout=0.1)
    await waiting
    assert late
    assert await counted(database, KEY, TEN_MINUTES) == recount(told, TEN_MINUTES, at(-60 * 30))
    await _rows_say_the_same(database, KEY, TEN_MINUTES)


async def test_what_is_too_old_for_any_rate_is_not_counted(database: Database) -> None:
    """A first walk to the log's end brings ten days at once: only the last two are kept by the minute."""
    old = [news(KEY, (n, Metric.SENT, Source.POLL, -n * 86_400, -n * 86_400 - 60)) for n in range(1, 9)]
    async with database.write() as tx:
        await mirror.write(tx, Changes(facts=tuple(old), sightings=(sighting(KEY),)), NOON)
        rows = await tx.rows(select(tables.traffic.c.minute, tables.traffic.c.due))
    assert [tuple(row) for row in rows] == [(at(-24 * 60 - 1), 1)]
