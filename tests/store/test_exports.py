"""Whole tables, page by page: each row once, none held up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bisonwatch.domain.delivery import Effect, Source
from bisonwatch.domain.export import (
    ACCOUNTS,
    EVENTS,
    EXPORTS,
    LEADS,
    METRICS,
    RUNS,
    WORKSPACES,
    Export,
    Window,
)
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Job, Part, Run, RunState
from bisonwatch.store import accounts, counts, exports, facts, inbox, leads, runs, volume_days, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.inbox import Done
from tests.support.house import delivery
from tests.support.mirrored import account
from tests.support.news import NOON, NORTHWIND, at, fact, lead

OTHER = WorkspaceKey("main", 31)
ALL = Window()
NAMES = {NORTHWIND: "Northwind Desk", OTHER: "Bright Molar"}


@pytest.fixture
async def mirror(database: Database) -> Database:
    async with database.write() as tx:
        for key, name in NAMES.items():
            await workspaces.see(tx, key, name, at(-60))
    return database


async def read(database: Database, export: Export, window: Window = ALL) -> list[dict[str, Any]]:
    return [
        dict(zip(export.names, row, strict=True))
        async for page in exports.pages(database, export, window)
        for row in page
    ]


async def put_facts(database: Database, *keys: str, workspace: WorkspaceKey = NORTHWIND) -> None:
    async with database.write() as tx:
        await facts.add(tx, [fact(key, workspace=workspace) for key in keys])


async def keys(database: Database, window: Window = ALL) -> list[str]:
    return [row["key"] for row in await read(database, EVENTS, window)]


@pytest.mark.parametrize("export", EXPORTS.values(), ids=list(EXPORTS))
async def test_columns_are_those_that_are_promised(mirror: Database, export: Export) -> None:
    """What a page selects has the export's names in the export's order, and an empty mirror is no fault."""
    walk = exports.WALKS[export.name]
    scope = exports.Scope(NORTHWIND, "Northwind Desk") if walk.apart else None
    selected = walk.page(ALL, scope, None, 1).selected_columns
    assert tuple(column.name for column in selected) == export.names
    assert export is WORKSPACES or await read(mirror, export) == []


async def test_events(mirror: Database) -> None:
    """A fact with where it came from, and whom it is about while the log still knows."""
    one = delivery(b"{}")
    async with mirror.write() as tx:
        await inbox.put(tx, [one])
        await inbox.finish(tx, [Done(one.id, 12, "x", Effect.APPLIED, "palle@molar.example")], NOON)
        await facts.add(
            tx, [fact("s:1", delivery=one.id), fact("r:1", Metric.REPLIED, at(5), source=Source.POLL)]
        )
    replied, sent = await read(mirror, EVENTS)
    assert sent == {
        "instance": "main",
        "workspace_id": 12,
        "workspace_name": "Northwind Desk",
        "type": "sent",
        "key": "s:1",
        "at": NOON,
        "source": "webhook",
        "seen_at": NOON,
        "logged_at": None,
        "webhook_at": NOON,
        "delivery_id": one.id,
        "subject": "palle@molar.example",
    }
    assert (replied["type"], replied["subject"], replied["webhook_at"]) == ("replied", None, None)


async def test_metrics_have_both_witnesses(mirror: Database) -> None:
    """A day that only one of them tells of has null for the other's word, and so has what was planned for a day."""
    day = NOON.date()
    async with mirror.write() as tx:
        await counts.add(tx, {(NORTHWIND, day, Metric.SENT): 3, (NORTHWIND, day, Metric.REPLIED): 1})
        series = {Metric.SENT: {day: 4, day - timedelta(days=1): 9}}
        await counts.report(tx, NORTHWIND, series, at(1))
        await volume_days.scheduled(tx, NORTHWIND, {day + timedelta(days=1): 7}, at(2))
    found = await read(mirror, METRICS)
    short = [(r["day"].day, r["metric"], r["counted"], r["reported"], r["reported_at"]) for r in found]
    assert short[:2] == [(19, "sent", None, 9, at(1)), (20, "replied", 1, None, None)]
    assert short[2:] == [(20, "sent", 3, 4, at(1)), (21, "scheduled", None, 7, at(2))]
    assert len(await read(mirror, METRICS, Window(since=at(0), until=at(1)))) == 2
    assert await read(mirror, METRICS, Window(until=NOON - timedelta(days=2))) == []


async def test_leads_accounts_runs_and_workspaces(mirror: Database) -> None:
    """Each under the name of its workspace; a run of all workspaces has none."""
    whole, part = (Run(uuid7(at(n)), Job.RESYNC, key, (Part.LEADS,), "ops", RunState.QUEUED, at(n))
                   for n, key in ((0, None), (1, NORTHWIND)))  # fmt: skip
    async with mirror.write() as tx:
        await leads.write(tx, [lead(contacted_at=NOON)], NAMES, NOON)
        await accounts.write(tx, [account(1), account(2, workspace=OTHER)])
        await runs.queue(tx, [whole, part])
    [palle] = await read(mirror, LEADS)
    assert (palle["id"], palle["email"], palle["company"]) == (870052, "palle@molar.example", "Bright Molar")
    assert (palle["pipeline_stage"], palle["contacted_at"], palle["phone"]) == ("contacted", NOON, None)
    boxes = await read(mirror, ACCOUNTS)
    assert [(row["id"], row["workspace_name"], row["tags"]) for row in boxes] == [
        (1, "Northwind Desk", ["Mailforge", "warm"]),
        (2, "Bright Molar", ["Mailforge", "warm"]),
    ]
    asked = await read(mirror, RUNS)
    assert [(row["id"], row["workspace_name"], row["parts"]) for row in asked] == [
        (whole.id, None, ["leads"]),
        (part.id, "Northwind Desk", ["leads"]),
    ]
    assert [row["id"] for row in await read(mirror, RUNS, Window(since=at(1)))] == [part.id]
    named = await read(mirror, WORKSPACES)
    assert [(row["workspace_id"], row["workspace_name"], row["emails_sent_mtd"]) for row in named] == [
        (12, "Northwind Desk", None),
        (31, "Bright Molar", None),
    ]


async def test_only_some_workspaces(mirror: Database) -> None:
    """Rows of the others are left out of every export, and one that does not exist has none."""
    await put_facts(mirror, "s:1")
    await put_facts(mirror, "s:2", workspace=OTHER)
    async with mirror.write() as tx:
        await accounts.write(tx, [account(1), account(2, workspace=OTHER)])
    window = Window(frozenset({OTHER}))
    assert await keys(mirror, window) == ["s:2"]
    assert [row["id"] for row in await read(mirror, ACCOUNTS, window)] == [2]
    assert [row["workspace_id"] for row in await read(mirror, WORKSPACES, window)] == [31]
    assert await keys(mirror, Window(frozenset({WorkspaceKey("eu", 1)}))) == []


async def test_pages_meet_without_gap_or_repetition(
    mirror: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However small a page is, every row comes once; a limit cuts in the middle of a page, and across workspaces."""
    monkeypatch.setattr(exports, "ROWS", 3)
    wanted = [f"s:{number}" for number in range(8)]
    await put_facts(mirror, *wanted)
    await put_facts(mirror, *wanted, workspace=OTHER)
    assert await keys(mirror) == wanted * 2
    assert await keys(mirror, Window(limit=10)) == [*wanted, "s:0", "s:1"]
    async with mirror.write() as tx:
        await counts.add(tx, {(NORTHWIND, at(1440 * n).date(), Metric.SENT): 1 for n in range(0, 8, 2)})
        await counts.report(tx, NORTHWIND, {Metric.SENT: {at(1440 * n).date(): 1 for n in range(1, 8)}}, NOON)
    assert [row["day"].day for row in await read(mirror, METRICS)] == list(range(20, 28))
    async with mirror.read() as tx:
        assert await exports.count(tx, EVENTS, Window(frozenset({OTHER}))) == 8
        assert await exports.count(tx, EVENTS, Window(limit=10)) == 10


async def test_what_changes_meanwhile(mirror: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there all the time comes once although others come and go, a lead's data as they are when its page is read."""
    monkeypatch.setattr(exports, "ROWS", 2)
    addresses = [f"{letter}@molar.example" for letter in "bdfh"]
    await _write(mirror, *addresses)
    seen: list[Sequence[Any]] = []
    async for page in exports.pages(mirror, LEADS, ALL):
        if not seen:
            await _write(mirror, "a@molar.example", "e@molar.example")
            await _write(mirror, "b@molar.example", "f@molar.example", name="Pia", minutes=1)
        seen += page
    place, name = LEADS.names.index("email"), LEADS.names.index("first_name")
    assert [row[place][0] for row in seen] == list("bdefh")
    assert [row[name] for row in seen] == ["Palle", "Palle", "Palle", "Pia", "Palle"]


async def _write(database: Database, *addresses: str, name: str = "Palle", minutes: int = 0) -> None:
    async with database.write() as tx:
        news = [lead(address, name=name, known=at(minutes)) for address in addresses]
        await leads.write(tx, news, NAMES, at(minutes))


async def test_nothing_is_held_while_a_page_is_away(
    mirror: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two pages the export has no transaction open: a slow reader keeps neither SQLite's log nor Postgres' old rows."""
    monkeypatch.setattr(exports, "ROWS", 1)
    await put_facts(mirror, "s:1", "s:2")
    async for _ in exports.pages(mirror, EVENTS, ALL):
        assert mirror._pool.pool.checkedout() == 0  # type: ignore[attr-defined]
        assert await mirror.take_over(cut_off=True)
