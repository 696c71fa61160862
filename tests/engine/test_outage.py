"""An engine whose Postgres is away at its start, and goes away while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from bisonwatch.clock import AgreedClock, SystemClock
from bisonwatch.config.secrets import DatabaseUrl
from bisonwatch.config.settings import Settings
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.engine.service import Engine
from bisonwatch.engine.sockets import Sockets
from bisonwatch.errors import StoreOlder, StoreUnavailable
from bisonwatch.store import migrate
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.engine.conftest import TOKEN
from tests.support import postgres

BODY = Path("tests/fixtures/webhooks/email_sent.json").read_bytes()


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    """A server that a test may stop; what it committed survives that."""
    with postgres.throwaway(options="-c fsync=off") as server:
        yield server


@pytest.fixture
def on(settings: Settings) -> Callable[[postgres.Server], Engine]:
    """An engine on that server's database."""

    def engine(server: postgres.Server) -> Engine:
        database = settings.database.model_copy(update={"url": DatabaseUrl.parse(server.url())})
        chosen = settings.model_copy(update={"database": database})
        return Engine(chosen, Sockets.bound(chosen), AgreedClock(SystemClock()))

    return engine


async def until(engine: Engine, wanted: Callable[[Snapshot], bool]) -> Snapshot:
    async with asyncio.timeout(20):
        while not wanted(engine.snapshot()):
            await asyncio.sleep(0.02)
    return engine.snapshot()


async def deliver(engine: Engine, count: int) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(count):
            answer = await client.post(f"{engine.listener.url}/webhooks/main/{TOKEN}", content=BODY)
            assert answer.status_code == 200


async def test_it_listens_though_its_database_is_away(
    server: postgres.Server, on: Callable[[postgres.Server], Engine]
) -> None:
    """Deliveries are spooled and shown; a fresh database that appears gets its schema, and they are in the mirror."""
    server.stop("immediate")
    engine = on(server)
    await engine.start()
    await deliver(engine, 3)
    picture = await until(engine, lambda seen: seen.inbox.spooled == 3)
    assert (picture.database.ok, picture.listener.acked, picture.started_at is not None) == (False, 3, True)
    assert picture.reasons == ("the database does not answer", "3 deliveries are spooled")
    await asyncio.to_thread(server.start)
    picture = await until(engine, lambda seen: seen.inbox.processed == 3)
    assert (picture.database.ok, picture.inbox.spooled, picture.leader) == (True, 0, True)
    await engine.stop()


async def test_what_it_does_itself_stays_fresh_while_the_database_is_away(
    server: postgres.Server, on: Callable[[postgres.Server], Engine]
) -> None:
    """The last picture stays, and what the process counts goes on; a stop in the middle keeps the spool for the next start."""
    engine = on(server)
    await engine.start()
    await deliver(engine, 1)
    before = await until(engine, lambda seen: seen.inbox.processed == 1 and bool(seen.workspaces))
    server.stop("immediate")
    await deliver(engine, 2)
    picture = await until(engine, lambda seen: seen.inbox.spooled == 2)
    assert (picture.listener.acked, picture.workspaces[0].key) == (3, before.workspaces[0].key)
    assert picture.at > before.at
    await engine.stop()
    await asyncio.to_thread(server.start)
    engine = on(server)
    await engine.start()
    picture = await until(engine, lambda seen: seen.inbox.processed == 3)
    assert picture.inbox.spooled == 0
    await engine.stop()


async def test_a_late_database_of_another_schema_ends_it(
    server: postgres.Server, on: Callable[[postgres.Server], Engine]
) -> None:
    """Nothing is written there, what was spooled stays, and who runs the engine hears why."""
    database = Database(Place(server.url()), SystemClock())
    await migrate.upgrade(database)
    async with database.write() as tx:
        await tx.run(text("UPDATE bisonwatch.alembic_version SET version_num = '0001'"))
    await database.close()
    server.stop("immediate")
    engine = on(server)
    await engine.start()
    await deliver(engine, 1)
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(20):
        await engine.over.wait()
    await engine.stop()
    assert isinstance(engine.fault, StoreOlder)
    assert engine.metrics.spooling.waiting == 1


async def test_without_a_spool_it_does_not_start(
    server: postgres.Server, on: Callable[[postgres.Server], Engine], tmp_path: Path
) -> None:
    """There is nothing that it could promise."""
    (tmp_path / "spool.db").mkdir()
    server.stop("immediate")
    engine = on(server)
    with pytest.raises(StoreUnavailable, match="nothing listens at"):
        await engine.start()
    assert engine.sockets.listener.fileno() == -1
    server.start()
