"""Health, as other programs read it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bisonwatch.domain.changes import Sighting, Traffic
from bisonwatch.domain.health import Finding, Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.score import Standing, score
from bisonwatch.store import inbox, tables, traffic, transitions, watch
from bisonwatch.store.database import Database
from bisonwatch.store.inbox import Failure
from bisonwatch.store.names.later import COLUMNS
from tests.support import outside
from tests.support.house import delivery
from tests.support.mirrored import LIMIT, NAME, ago, alive, read, registered, view
from tests.support.news import NORTHWIND

OTHER = WorkspaceKey("main", 31)


async def quiet(database: Database, heard: datetime, walked: datetime, since: datetime) -> None:
    """A workspace with nineteen deliveries done and one dead, idle after a warning; another of which nothing is known; an engine."""
    async with database.write() as tx:
        await registered(tx)
        await registered(tx, OTHER, "Harbour")
        await alive(tx)
        await watch.walked(tx, NORTHWIND, walked, 0, None)
        await watch.saw(tx, [Sighting(NORTHWIND, None, heard, heard, heard)])
        await traffic.add(
            tx, [Traffic(NORTHWIND, ago(3600), 15, 4), Traffic(NORTHWIND, ago(90_000), 7, 7)], []
        )
        await traffic.walked(tx, NORTHWIND, ago(60), 0)
        lost = delivery(b"{}", ago(60), workspace_id=12)
        await inbox.put(tx, [lost])
        await inbox.fail(tx, [Failure(lost.id, "no", 5, None)], ago())
        await transitions.change(tx, NORTHWIND, Finding(Health.WARNING, "missed"), since - timedelta(hours=1))
        await transitions.change(tx, NORTHWIND, Finding(Health.IDLE, "nothing missed"), since)


async def test_health_of_webhooks(database: Database) -> None:
    """Rates are over 24 hours; where nothing came nothing can be told, and that is not healthy."""
    heard, walked, since = ago(700), ago(60), ago(500)
    await quiet(database, heard, walked, since)
    other, northwind = await view(database, "webhook_health", "workspace_name")
    assert northwind == {
        "workspace_name": NAME,
        "last_webhook_at": read(heard, database),
        "last_poll_at": read(walked, database),
        "webhook_count_24h": 15,
        "poll_count_24h": 1,
        "success_rate_24h": 95.0,
        "is_healthy": True,
        "health_status": "idle",
        "last_alert_at": read(since - timedelta(hours=1), database),
        "updated_at": read(walked, database),
    }
    nothing = dict.fromkeys(northwind) | {"workspace_name": "Harbour", "health_status": "unknown"}
    assert other == nothing | {"webhook_count_24h": 0, "poll_count_24h": 0}


@pytest.mark.parametrize(
    ("silent", "word"), [(None, "unknown"), (10, "healthy"), (310, "warning"), (700, "critical")]
)
async def test_health_by_silence_beside_ours(database: Database, silent: float | None, word: str) -> None:
    """The old rule goes by the clock alone; ours knows that the silence was verified."""
    heard = ago(silent or 0)
    await quiet(database, heard, ago(60), ago(500))
    if silent is None:
        await outside.does(database, "UPDATE workspace_watch SET last_webhook_at = NULL")
    other, row = await view(database, "data_health_summary", "workspace_name")
    minutes = row.pop("minutes_since_webhook")
    assert (minutes is None) if silent is None else silent / 60 <= minutes < silent / 60 + 1
    assert row == {
        "workspace_name": NAME,
        "last_webhook_at": None if silent is None else read(heard, database),
        "webhook_count_24h": 15,
        "poll_count_24h": 1,
        "health_status": "idle",
        "silence_status": word,
    }
    assert (other["health_status"], other["silence_status"]) == ("unknown", "unknown")


@pytest.mark.parametrize("gone", ["stopped", "silent"])
async def test_without_an_engine_nobody_can_tell(database: Database, gone: str) -> None:
    """Health is unknown once the last engine stopped or has been silent for ten seconds; a paused workspace stays paused."""
    await quiet(database, ago(5), ago(5), ago(5))
    async with database.write() as tx:
        await transitions.change(tx, OTHER, Finding(Health.PAUSED, "not watched"), ago(5))
        await tx.run(update(tables.nodes).values({"stopped_at" if gone == "stopped" else "seen_at": ago(11)}))
    rows = await view(database, "webhook_health", "workspace_name")
    assert [row["health_status"] for row in rows] == ["paused", "unknown"]
    (dashboard,) = await view(database, "dashboard_health_summary")
    assert (dashboard["engine_running"], dashboard["lost_to_engine"], dashboard["backlog_limit"]) == (
        False,
        50,
        None,
    )


WORLDS: dict[str, tuple[dict[Health, int], int, int, int]] = {
    "nothing known": ({}, 0, 0, 0),
    "all well": ({Health.HEALTHY: 2, Health.IDLE: 3, Health.PAUSED: 1}, 0, 0, 0),
    "one of each": (dict.fromkeys(Health, 1), 2, 3, 1),
    "dead letters and a backlog": ({Health.IDLE: 1}, 4, 4, 0),
    "everything is capped": ({Health.CRITICAL: 9, Health.WARNING: 9, Health.UNKNOWN: 14}, 12, 9, 12),
}


@pytest.mark.parametrize("name", WORLDS)
async def test_the_score_in_sql_is_the_score_in_python(database: Database, name: str) -> None:
    """`dashboard_health_summary` and `domain.score` are one table of deductions."""
    healths, dead, backlog, unpushed = WORLDS[name]
    every = [health for health, n in healths.items() for _ in range(n)]
    async with database.write() as tx:
        await alive(tx)
        for number, health in enumerate(every):
            key = WorkspaceKey("main", number)
            await registered(tx, key, f"Desk {number}")
            await watch.subscribed(tx, key, None if number < unpushed else ago(60))
            await transitions.change(tx, key, Finding(health, "so"), ago(60))
        letters = [delivery(b"{}", ago(60)) for _ in range(dead + backlog)]
        await inbox.put(tx, letters)
        await inbox.fail(tx, [Failure(letter.id, "no", 5, None) for letter in letters[:dead]], ago())
    paused = sum(health is Health.PAUSED for health in every[:unpushed])
    points, _ = score(Standing(every, unpushed - paused, dead, backlog, LIMIT, engine=True, database=True))
    (row,) = await view(database, "dashboard_health_summary")
    assert row["health_score"] == points
    counts = {f"{health.value}_workspaces": healths.get(health, 0) for health in Health}
    counts |= {"workspaces": len(every), "dead_letters": dead, "backlog": backlog, "backlog_limit": LIMIT}
    assert {name: row[name] for name in counts} == counts


async def test_the_parts_of_the_score(database: Database) -> None:
    """The whole row: counts, and the points that each reason costs."""
    seen = ago(1)
    async with database.write() as tx:
        await alive(tx, seen_at=seen)
        await registered(tx)
        await transitions.change(tx, NORTHWIND, Finding(Health.CRITICAL, "missed"), ago(60))
    (row,) = await view(database, "dashboard_health_summary")
    zeros = [f"{word}_workspaces" for word in ("healthy", "idle", "warning", "unknown", "paused")]
    zeros += ["dead_letters", "backlog"]
    zeros += [
        f"lost_to_{word}"
        for word in ("engine", "no_workspace", "warning", "unknown", "backlog", "dead_letters")
    ]
    assert row == dict.fromkeys(zeros, 0) | {
        "health_score": 79,
        "workspaces": 1,
        "critical_workspaces": 1,
        "polled_workspaces": 1,
        "backlog_limit": LIMIT,
        "engine_running": True,
        "lost_to_critical": 20,
        "lost_to_polling": 1,
        "updated_at": read(seen, database),
    }


MANY = {Health.HEALTHY: 5, Health.IDLE: 6, Health.WARNING: 3, Health.CRITICAL: 2, Health.UNKNOWN: 4}


async def test_no_part_of_the_score_is_another_s(database: Database) -> None:
    """A row of distinct numbers: each count and each loss is told under its own name."""
    seen, every = ago(1), [health for health, n in (MANY | {Health.PAUSED: 1}).items() for _ in range(n)]
    async with database.write() as tx:
        await alive(tx, seen_at=seen)
        for number, health in enumerate(every):
            key = WorkspaceKey("main", number)
            await registered(tx, key, f"Desk {number}")
            await watch.subscribed(tx, key, None if number < 7 else ago(60))
            await transitions.change(tx, key, Finding(health, "so"), ago(60))
        letters = [delivery(b"{}", ago(60)) for _ in range(8 + 9)]
        await inbox.put(tx, letters)
        await inbox.fail(tx, [Failure(letter.id, "no", 5, None) for letter in letters[:8]], ago())
    counts = {f"{health.value}_workspaces": n for health, n in MANY.items()}
    lost = {"critical": 25, "warning": 13, "unknown": 11, "backlog": 10, "dead_letters": 8, "polling": 7}
    (row,) = await view(database, "dashboard_health_summary")
    assert row == counts | {f"lost_to_{name}": points for name, points in lost.items()} | {
        "health_score": 100 - sum(lost.values()),
        "workspaces": 21,
        "paused_workspaces": 1,
        "polled_workspaces": 7,
        "dead_letters": 8,
        "backlog": 9,
        "backlog_limit": LIMIT,
        "engine_running": True,
        "lost_to_engine": 0,
        "lost_to_no_workspace": 0,
        "updated_at": read(seen, database),
    }


async def test_health_is_the_worst_of_all_rules(database: Database) -> None:
    """As the screens have it: what is over, or is well, makes nothing worse; who is not watched stays paused."""
    wrong, worse = Finding(Health.WARNING, "held"), Finding(Health.CRITICAL, "drift")
    cases: list[tuple[Health, list[Finding], str]] = [
        (Health.HEALTHY, [wrong], "warning"),
        (Health.IDLE, [wrong, worse], "critical"),
        (Health.CRITICAL, [wrong], "critical"),
        (Health.UNKNOWN, [wrong], "warning"),
        (Health.IDLE, [Finding(Health.HEALTHY, "nobody is held")], "idle"),
        (Health.PAUSED, [worse], "paused"),
    ]
    async with database.write() as tx:
        await alive(tx)
        for number, (fresh, others, _) in enumerate(cases):
            key = WorkspaceKey("main", number)
            await registered(tx, key, f"Desk {number}")
            await transitions.change(tx, key, Finding(fresh, "so"), ago(60))
            await transitions.change(tx, key, worse, ago(90), "over")
            await transitions.change(tx, key, Finding(Health.HEALTHY, "over"), ago(80), "over")
            for place, finding in enumerate(others):
                await transitions.change(tx, key, finding, ago(50), f"rule {place}")
    expected = [health for *_, health in cases]
    assert [
        row["health_status"] for row in await view(database, "webhook_health", "workspace_name")
    ] == expected
    rows = await view(database, "data_health_summary", "workspace_name")
    assert [row["health_status"] for row in rows] == expected


@pytest.mark.parametrize("engine", [True, False])
async def test_what_costs_half_of_the_score(database: Database, engine: bool) -> None:
    """No workspace and no engine cost as much, each under its own name."""
    async with database.write() as tx:
        await (alive(tx) if engine else registered(tx))
    (row,) = await view(database, "dashboard_health_summary")
    lost = (row["lost_to_engine"], row["lost_to_no_workspace"], row["engine_running"])
    assert lost == ((0, 50, True) if engine else (50, 0, False))


@pytest.mark.parametrize("name", COLUMNS)
async def test_names_of_later_parts_are_empty(database: Database, name: str) -> None:
    """Who reads them gets no rows, and no error."""
    assert await view(database, name) == []
