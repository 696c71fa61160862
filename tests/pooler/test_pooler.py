from __future__ import annotations

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest
from sqlalchemy import text

from bisonwatch.clock import SystemClock
from bisonwatch.errors import StoreBarred, StoreUnavailable
from bisonwatch.store import inbox
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.place import Place
from bisonwatch.store.seam import translate
from bisonwatch.store.tx import Tx
from tests.support import pgbouncer, postgres
from tests.support.house import delivery
from tests.support.places import TEMPLATE


@pytest.fixture(scope="module", params=["transaction", "session"])
def pooler(request: pytest.FixtureRequest, postgres_server: postgres.Server) -> Iterator[pgbouncer.Pooler]:
    with pgbouncer.beside(postgres_server, request.param) as pooler:
        yield pooler


async def _prepared(database: Database) -> int:
    """How many statements stand prepared on the connection after a query was asked twice."""
    async with database.read() as tx:
        for _ in range(2):
            await tx.value(text("SELECT 42"))
        found: int = await tx.value(text("SELECT count(*) FROM pg_prepared_statements"))
        return found


async def test_a_pooler_is_noticed(pooler: pgbouncer.Pooler, postgres_server: postgres.Server) -> None:
    """Unasked, nothing is prepared through a pooler, whatever its port and mode, and statements are on the server itself."""
    for place, expected in ((Place(pooler.url()), False), (Place(postgres_server.url()), True)):
        database = Database(place, SystemClock())
        assert (await _prepared(database) > 0) is expected
        await database.close()


async def test_what_is_said_overrules_what_is_seen(postgres_server: postgres.Server) -> None:
    """`pooler: transaction` prepares nothing, on the server itself too."""
    database = Database(Place(postgres_server.url(), pooled=True), SystemClock())
    assert await _prepared(database) == 0
    await database.close()


async def test_transactions_through_a_pooler_side_by_side(pooler: pgbouncer.Pooler) -> None:
    """Many connections share a few of the server's, and each statement is answered by its own."""
    database = Database(Place(pooler.url(), pool=8), SystemClock())

    async def ask(number: int) -> tuple[int, int]:
        async def alone(tx: Tx) -> int:
            return int(await tx.value(text(f"SELECT {number} + :n").bindparams(n=number)))

        async with database.write() as tx:
            first = int(await tx.value(text("SELECT cast(:n AS integer)").bindparams(n=number)))
            await asyncio.sleep(0)
            assert int(await tx.value(text("SELECT cast(:n AS integer)").bindparams(n=number))) == first
        return first, await database.at_once(Lane.INBOX, alone)

    answers = await asyncio.gather(*(ask(number) for number in range(200)))
    assert answers == [(number, 2 * number) for number in range(200)]
    await database.close()


async def test_a_delivery_does_not_wait_for_the_driver_to_learn_types(
    pooler: pgbouncer.Pooler, postgres_template: postgres.Server
) -> None:
    """It asks for arrays' types with a query that JIT compiles for seconds; through a pooler that was part of a first delivery."""
    database = Database(Place(pooler.url(TEMPLATE)), SystemClock())
    asked: list[str] = []

    async def put(tx: Tx) -> None:
        raw = await tx.sync(lambda connection: connection.connection.driver_connection)
        raw.add_query_logger(lambda record: asked.append(record.query))
        await inbox.put(tx, [delivery(b"{}")])

    await database.at_once(Lane.INBOX, put)
    assert asked == []  # what SQLAlchemy prepares is not logged, only what the driver asks by itself
    async with database.write() as tx:
        await tx.run(text("TRUNCATE bisonwatch.inbox, bisonwatch.bodies"))
    await database.close()


def test_what_the_driver_says_while_a_connection_is_made_ready_is_translated() -> None:
    """A pooler whose server is away takes a connection and closes it at the first question: the database is away, no fault of ours."""
    place = Place("postgresql://x@h/db")
    gone = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
    for error in (gone, asyncpg.InterfaceError("the connection is closed")):
        assert type(translate(error, place)) is StoreUnavailable
    assert type(translate(asyncpg.InsufficientPrivilegeError("no"), place)) is StoreBarred
