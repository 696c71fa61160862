"""Promise: exactly-once effect. The same deliveries through two nodes at once, while others hold the rows they want."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from tests.support import postgres
from tests.support.checker import is_exact, rows, settled
from tests.support.daemon import Daemon
from tests.support.length import LONG
from tests.support.load import Load, eventually

DELIVERIES = 50_000 if LONG else 3_000
CROSSED = (
    "UPDATE daily_counts SET n = n WHERE day = (SELECT min(day) FROM daily_counts)",
    "UPDATE client_leads SET company = company WHERE workspace_id = 12",
)
"""Locks on rows of both, in either order: what we locked first they want last."""


@pytest.fixture
def hasty() -> Iterator[postgres.Server]:
    """A server that looks for a deadlock, once in each wait, when the third party is sure to wait too and our lock timeout has not come."""
    with postgres.throwaway("-c deadlock_timeout=200ms -c max_connections=60") as server:
        yield server


async def _hold(url: str, chance: random.Random, over: threading.Event) -> None:
    """Never the victim itself: it waits for long before it looks for a deadlock."""
    settings = {"search_path": "bisonwatch", "deadlock_timeout": "5s"}
    connection = await asyncpg.connect(url, server_settings=settings)
    while not over.is_set():
        try:
            async with connection.transaction():
                for statement in chance.sample(CROSSED, 2):
                    await connection.execute(statement)
                    await asyncio.sleep(chance.uniform(0.0, 0.1))
        except asyncpg.DeadlockDetectedError:
            continue
    await connection.close()


@contextmanager
def third_party(url: str) -> Iterator[None]:
    """Another program that locks rows of the mirror, now and then and for a while."""
    over = threading.Event()
    work = threading.Thread(target=lambda: asyncio.run(_hold(url, random.Random(31), over)), daemon=True)
    work.start()
    try:
        yield
    finally:
        over.set()
        work.join(20)


def deadlocks(url: str) -> int:
    """So far, as far as the server has counted; a session tells its own within a second or two."""
    return int(rows(url, "SELECT sum(deadlocks) FROM pg_stat_database")[0][0][0])


@pytest.mark.timeout(900 if LONG else 300)
def test_the_same_deliveries_through_two_nodes_that_meet_in_the_same_rows(
    hasty: postgres.Server, tmp_path: Path
) -> None:
    """Each body is delivered one to five times, to both at once; deadlocks happen, and the counters are the set of facts.

    A fast machine has acked everything before anybody met, so the load goes on until somebody has.
    """
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with Daemon(folders[0], database=hasty.url()) as one, Daemon(folders[1], database=hasty.url()) as two:
        one.start()
        two.start()
        with (
            third_party(hasty.url()),
            Load(one.hook, two.hook, seed=30, connections=16, copies=(1, 5)) as load,
        ):
            load.wait_for(DELIVERIES, within=600 if LONG else 60)
            eventually(lambda: deadlocks(hasty.url()) > 0, "nobody met anybody: the attack shows nothing")
        settled(hasty.url(), load.answers)
        assert (one.stop(), two.stop()) == (0, 0)
        is_exact(hasty.url(), load.answers)
        assert "Traceback" not in one.said() + two.said()
