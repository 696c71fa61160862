"""Whether an engine lives is the database's clock's to say: heartbeats are in its time, and this machine's may be far off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bisonwatch.clock import AgreedClock, SystemClock
from bisonwatch.store import migrate, moment, nodes
from bisonwatch.store.copy_standing import standing
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import Node
from bisonwatch.store.place import Place


@pytest.fixture(params=[60, -60], ids=["ahead", "behind"])
async def askew(request: pytest.FixtureRequest, postgres_place: Place) -> AsyncIterator[Database]:
    """A mirror seen from a machine whose clock is a minute off, with one engine that lives and one that was killed."""
    clock = AgreedClock(SystemClock())
    clock.ahead = -timedelta(seconds=request.param)
    database = Database(postgres_place, clock)
    async with database.write() as tx:
        now = await moment.now(tx, datetime.now(UTC))
        for number, (name, seen) in enumerate([("alive", now), ("silent", now - timedelta(seconds=30))]):
            await nodes.beat(tx, Node(UUID(int=number), name, "1", 7, now, seen, None, False, None, {}))
    yield database
    await database.close()


async def test_an_upgrade_sees_who_lives(askew: Database) -> None:
    """Neither is a living engine overlooked, nor does a dead one stand in the way."""
    assert await migrate.living(askew, await migrate.state(askew)) == ["alive"]


async def test_a_copy_sees_who_lives(askew: Database, sqlite_place: Place) -> None:
    """On the source as on the target."""
    other = Database(sqlite_place, SystemClock())
    found = await standing(askew, other)
    assert (found.source_engines, found.target_engines) == (("alive (pid 7)",), ())
    found = await standing(other, askew)
    assert (found.source_engines, found.target_engines) == ((), ("alive (pid 7)",))
    await other.close()
