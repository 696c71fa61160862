"""A database of each released schema is brought up to this one. BISONWATCH_GOLDEN=write rewrites the golden schemas."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bisonwatch.bus import Bus
from bisonwatch.clock import SystemClock
from bisonwatch.ingest.processor import Processor
from bisonwatch.metrics import Processing
from bisonwatch.store import migrate, tables
from bisonwatch.store.database import Database
from tests.conftest import Door
from tests.support import postgres
from tests.support.catalog import catalog
from tests.support.clock import ManualClock
from tests.support.news import NOON
from tests.support.schemas import stored_database, stored_file

GOLDEN = Path("tests/store/golden_schema")
RELEASED = ("0001",)
KEPT = {
    "accounts": 50,
    "campaigns": 3,
    "client_leads": 110,
    "client_registry": 2,
    "daily_counts": 12,
    "facts": 272,
    "inbox": 361,
    "leases": 1,
    "nodes": 1,
    "runs": 12,
    "traffic": 126,
    "workspace_watch": 2,
}
"""Rows of the stored databases."""


@pytest.fixture(params=[(kind, revision) for revision in RELEASED for kind in ("sqlite", "postgresql")])
async def stored(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A mirror as an older release left it."""
    kind, revision = request.param
    if kind == "sqlite":
        database = Database(stored_file(revision, tmp_path), SystemClock())
        yield database
        await database.close()
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    door: Door = request.getfixturevalue("postgres_door")
    async with stored_database(revision, server.url(), door.url()) as place:
        database = Database(place, SystemClock())
        yield database
        await database.close()


async def counts(database: Database, names: list[str]) -> dict[str, int]:
    async with database.read() as tx:
        return {
            name: int(await tx.value(select(func.count()).select_from(tables.metadata.tables[name])))
            for name in names
        }


async def golden(database: Database) -> None:
    file = GOLDEN / f"{database.dialect.name}.sql"
    told = await catalog(database)
    if os.environ.get("BISONWATCH_GOLDEN") == "write":
        file.write_text(told)
    assert told == file.read_text()


async def test_a_new_schema_is_the_reviewed_one(database: Database) -> None:
    """Tables, columns, defaults, keys, indexes with their conditions, triggers, views, functions and rights."""
    await golden(database)


async def test_an_upgraded_schema_is_the_new_one(stored: Database) -> None:
    """Whichever release made the database, nothing is left over and nothing is missing."""
    await migrate.upgrade(stored)
    await golden(stored)


async def test_an_upgrade_loses_nothing(stored: Database) -> None:
    """Every row is there afterwards, every delivery has its body, and what a person decided stays."""
    assert (await migrate.upgrade(stored)).current
    assert await counts(stored, list(KEPT)) == KEPT
    async with stored.read() as tx:
        whole = select(func.count()).join_from(
            tables.inbox, tables.bodies, tables.inbox.c.id == tables.bodies.c.id
        )
        assert await tx.value(whole.where(func.length(tables.bodies.c.body) > 0)) == KEPT["inbox"]
        lead = tables.client_leads.c
        persons = select(lead.lead_email, lead.pipeline_stage).where(lead.stage_author == "person")
        assert [tuple(row) for row in await tx.rows(persons.order_by(lead.lead_email))] == [
            ("lead0@kestrel.example", "lost — no budget"),
            ("lead1@molar.example", "won"),
        ]


async def test_what_was_pending_is_processed_after_an_upgrade(stored: Database) -> None:
    """Deliveries that were acknowledged before it are counted once, dead letters stay where they are."""
    await migrate.upgrade(stored)
    clock = ManualClock(NOON + timedelta(days=4), auto=True)
    while await Processor(stored, Bus(), clock, Processing()).once():
        pass
    async with stored.read() as tx:
        by_state = select(tables.inbox.c.state, func.count()).group_by(tables.inbox.c.state)
        assert {row[0]: row[1] for row in await tx.rows(by_state)} == {"done": 352, "dead": 9}
        facts = await tx.value(select(func.count()).select_from(tables.facts))
        assert await tx.value(select(func.sum(tables.daily_counts.c.n))) == facts == 298


async def test_an_upgrade_tells_each_step(stored: Database) -> None:
    """A long one is not silent; a second one has nothing to say."""
    told: list[str] = []
    await migrate.upgrade(stored, told.append)
    assert [line.partition(":")[0] for line in told] == [
        "schema 0002",
        "schema 0003",
        "schema 0004",
        "schema 0007",
    ]
    told.clear()
    await migrate.upgrade(stored, told.append)
    assert told == []


def upgrading(database: Database, folder: Path, *words: str) -> subprocess.Popen[str]:
    """`bisonwatch db upgrade` in a process of its own."""
    config = folder / "bisonwatch.yaml"
    config.write_text(f"database: {{url: '{database.place.url}'}}\n")
    command = [sys.executable, "-m", "bisonwatch", "--config", str(config), "db", "upgrade", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_two_upgrades_at_once(stored: Database, tmp_path: Path) -> None:
    """One does it, the other waits and finds it done; both succeed."""
    both = [upgrading(stored, tmp_path) for _ in range(2)]
    said = [child.communicate(timeout=50) for child in both]
    assert [child.returncode for child in both] == [0, 0], said
    assert sum(errors.count("schema 0002") for _, errors in said) == 1
    assert await counts(stored, list(KEPT)) == KEPT


async def test_an_upgrade_under_a_living_engine(stored: Database, tmp_path: Path) -> None:
    """It is refused, naming the engine; `--yes` overrules."""
    node, now = tables.nodes, stored.clock.now() + timedelta(minutes=1)
    async with stored.write() as tx:
        await tx.run(update(node).values(name="web-1", seen_at=now))
    refused = upgrading(stored, tmp_path)
    _, errors = refused.communicate(timeout=50)
    assert refused.returncode == 2
    assert errors == (
        f"bisonwatch: 1 engine runs on {stored.place.shown}: web-1"
        " (stop what is older than this version first, or say --yes)\n"
    )
    forced = upgrading(stored, tmp_path, "--yes")
    assert forced.communicate(timeout=50)[0].endswith("schema 0001 → 0007\n")
