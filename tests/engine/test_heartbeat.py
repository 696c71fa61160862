"""A heartbeat also looks after those whose own has stopped."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

import pytest

from bisonwatch.engine import heartbeat
from bisonwatch.engine.heartbeat import LOOK, Heartbeat
from bisonwatch.errors import StoreBarred
from bisonwatch.store import nodes
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.tx import Tx
from tests.engine.conftest import Node
from tests.support.clock import START, ManualClock


async def _agreed() -> None:
    """Clocks agree."""


def heart_of(node: Node) -> Heartbeat:
    return Heartbeat(
        node.database,
        node.clock,
        node.identity,
        "1.0",
        agree=_agreed,
        members=node.members,
        leads=lambda: False,
        api_url=lambda: None,
        figures=lambda: None,
    )


async def beaten(database: Database, clock: ManualClock, times: int) -> None:
    """So many heartbeats of a node."""
    node = Node(database, clock)
    running = asyncio.create_task(heart_of(node).run())
    async with asyncio.timeout(10):
        while (clock.now() - START).total_seconds() < times:
            await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When sessions of others were to be ended; the server ends three the first time."""
    moments: list[datetime] = []

    async def end_silent(_tx: Tx, now: datetime) -> int:
        moments.append(now)
        return 3 if len(moments) == 1 else 0

    monkeypatch.setattr(heartbeat.sessions, "end_silent", end_silent)
    return moments


async def test_it_looks_every_few_beats(
    sqlite_place: Place, asked: list[datetime], caplog: pytest.LogCaptureFixture
) -> None:
    """And says what it ended."""
    clock = ManualClock(auto=True)
    database = Database(sqlite_place, clock)
    with caplog.at_level(logging.WARNING):
        await beaten(database, clock, 4 * LOOK)
    async with database.read() as tx:
        assert len(await nodes.recent(tx)) == 1
    await database.close()
    assert 3 <= len(asked) <= 5
    assert caplog.messages == ["3 sessions of nodes that fell silent are ended: they held up the others"]


async def test_where_it_may_not_it_says_so_once(
    sqlite_place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The heartbeat goes on, and nobody is asked again."""
    tries = 0

    async def end_silent(_tx: Tx, _now: datetime) -> int:
        nonlocal tries
        tries += 1
        raise StoreBarred("the server refuses us: permission denied for function pg_terminate_backend")

    monkeypatch.setattr(heartbeat.sessions, "end_silent", end_silent)
    clock = ManualClock(auto=True)
    database = Database(sqlite_place, clock)
    with caplog.at_level(logging.WARNING):
        await beaten(database, clock, 3 * LOOK)
    await database.close()
    assert tries == 1
    assert [message.split(":")[0] for message in caplog.messages] == [
        "sessions of nodes that fall silent cannot be ended"
    ]
