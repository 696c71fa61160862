"""Sessions of nodes that fell silent are ended by whoever lives, and no others."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bisonwatch.store import nodes, sessions
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import ALIVE_FOR, Node
from tests.support import postgres
from tests.support.news import NOON

SILENT, LIVING, STOPPED = uuid4(), uuid4(), uuid4()


def node(id: UUID, *, silent: bool, stopped: bool = False) -> Node:
    seen = NOON - ALIVE_FOR - timedelta(seconds=1) if silent else NOON
    return Node(id, "host", "1", 1, seen, seen, seen if stopped else None, False, None, {})


async def session(url: str, name: str) -> asyncpg.Connection[asyncpg.Record]:
    """With a transaction that is open."""
    found = await asyncpg.connect(url, server_settings={"application_name": name})
    await found.execute("BEGIN; SELECT 1")
    return found


async def test_who_fell_silent_is_ended(
    on_postgres: Database, postgres_server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A living node's, a stopped one's and other programs' sessions go on; so does what a silent node just began."""
    async with on_postgres.write() as tx:
        await nodes.beat(tx, node(SILENT, silent=True))
        await nodes.beat(tx, node(LIVING, silent=False))
        await nodes.beat(tx, node(STOPPED, silent=True, stopped=True))
    names = [*map(sessions.called, (SILENT, LIVING, STOPPED, None)), f"psql {SILENT}"]
    url = postgres_server.url(make_url(on_postgres.place.url).database or "")
    theirs = [await session(url, name) for name in names]
    async with on_postgres.read() as tx:
        assert await sessions.end_silent(tx, NOON) == 0
    monkeypatch.setattr(sessions, "ALIVE_FOR", timedelta(0))
    async with on_postgres.read() as tx:
        assert await sessions.end_silent(tx, NOON - timedelta(seconds=1)) == 1
    async with asyncio.timeout(10):
        while not theirs[0].is_closed():
            await asyncio.sleep(0.01)
    assert [await other.fetchval("SELECT 1") for other in theirs[1:]] == [1] * 4
    for other in theirs:
        other.terminate()


async def test_an_engines_sessions_have_its_name(on_postgres: Database) -> None:
    """So that others know whom to end; a command's have none."""
    engine = Database(on_postgres.place, on_postgres.clock, SILENT)
    for database, name in ((engine, f"bisonwatch {SILENT}"), (on_postgres, "bisonwatch")):
        assert await told(database) == name
    await engine.close()


async def told(database: Database) -> object:
    async with database.read() as tx:
        return await tx.value(text("SELECT current_setting('application_name')"))


async def test_nobody_else_is_there(database: Database) -> None:
    """On either kind of database."""
    async with database.read() as tx:
        assert await sessions.end_silent(tx, NOON) == 0
