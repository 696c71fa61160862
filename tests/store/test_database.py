from __future__ import annotations

import asyncio
import sqlite3
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bisonwatch.clock import SystemClock
from bisonwatch.errors import StoreBarred, StoreConflict, StoreError, StoreUnavailable
from bisonwatch.store import dialect, inbox, tables
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane, Turnstile
from bisonwatch.store.place import Place
from bisonwatch.store.seam import translate
from bisonwatch.store.tx import Tx
from tests.support.house import body, delivery, everything
from tests.support.news import NOON
from tests.support.proxy import Proxy

PLACE = Place("postgresql://bison:secret@db.example/mirror")


class Said(Exception):
    """What a driver says, with its SQLSTATE."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("<class 'x'>: no\nDETAIL: more")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "expected"),
    [
        ("40P01", StoreConflict),
        ("40001", StoreConflict),
        ("57P03", StoreUnavailable),
        ("57P01", StoreUnavailable),
        ("53300", StoreUnavailable),
        ("53100", StoreUnavailable),
        ("08006", StoreUnavailable),
        ("25006", StoreUnavailable),
        ("25P03", StoreUnavailable),
        ("55P03", StoreUnavailable),
        ("57014", StoreUnavailable),
        ("42703", StoreBarred),
        ("42501", StoreBarred),
        ("23505", StoreError),
        ("22021", StoreError),
        (None, StoreError),
    ],
)
def test_the_drivers_words_become_ours(sqlstate: str | None, expected: type[StoreError]) -> None:
    """Two writers that met, a server that is not there or cannot now, and a refusal are told apart; no password is told."""
    ours = translate(DBAPIError("INSERT", {}, Said(sqlstate)), PLACE)
    assert type(ours) is expected
    assert ours is not None
    assert ours.message.endswith(": no")
    assert "secret" not in str(ours)


def test_what_is_not_the_databases_passes() -> None:
    """A wait that was too long and a line that broke are ours; another's mistake is not."""
    assert isinstance(translate(PoolTimeout(), PLACE), StoreUnavailable)
    assert isinstance(translate(ConnectionRefusedError(), PLACE), StoreUnavailable)
    assert translate(KeyError("x"), PLACE) is None
    assert translate(None, PLACE) is None


@pytest.mark.parametrize("url", ["sqlite://", "postgresql://u:secret@h/x?sslmod=require", "not a url"])
def test_a_url_that_cannot_be_used(url: str) -> None:
    """It is refused at once, as an error of ours that tells no password."""
    with pytest.raises(StoreError) as refused:
        Database(Place(url), SystemClock())
    assert "secret" not in str(refused.value)


async def test_the_options_of_a_postgres_url(on_postgres: Database) -> None:
    """`sslmode`, as hosting firms print it into their URLs, is understood."""
    place = on_postgres.place
    database = Database(Place(place.url + "?sslmode=prefer"), SystemClock())
    async with database.read() as tx:
        assert await tx.value(text("SELECT 1")) == 1
    await database.close()


async def test_an_error_rolls_everything_back(database: Database) -> None:
    """A transaction is written whole or not at all."""
    row = {"name": "x", "holder": uuid4(), "fence": 1, "expires_at": NOON}

    async def mistaken() -> None:
        async with database.write() as tx:
            await tx.run(tx.dialect.insert(tables.leases), [row])
            raise KeyError("a bug")

    with pytest.raises(KeyError):
        await mistaken()
    assert await everything(database, tables.leases) == []


async def test_a_reader_sees_one_moment(database: Database) -> None:
    """What is committed meanwhile is not half in the picture; the next reader sees it."""
    row = {"name": "x", "holder": uuid4(), "fence": 1, "expires_at": NOON}
    count = select(func.count()).select_from(tables.leases)
    async with database.read() as before:
        assert await before.value(count) == 0
        async with database.write() as tx:
            await tx.run(tx.dialect.insert(tables.leases), [row])
        assert await before.value(count) == 0
    async with database.read() as after:
        assert await after.value(count) == 1


async def test_sqlite_is_set_up_for_durability(sqlite_place: Place) -> None:
    """WAL, every commit synced to disk, foreign keys, and space given back little by little."""
    database = Database(sqlite_place, SystemClock())
    async with database.write() as tx:
        told = [
            await tx.value(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "auto_vacuum", "busy_timeout")
        ]
    await database.close()
    assert told == ["wal", 2, 1, 2, 5000]


async def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    """A first start needs no mkdir."""
    database = Database(Place(f"sqlite:///{tmp_path}/a/b/mirror.db"), SystemClock())
    async with database.read() as tx:
        assert await tx.value(text("SELECT 1")) == 1
    await database.close()


async def test_writers_queue_by_lane() -> None:
    """The inbox goes before the processor, and that before jobs; within a lane who came first."""
    gate, served = Turnstile(), []

    async def write(name: str, lane: Lane) -> None:
        async with gate.turn(lane):
            served.append(name)

    async with gate.turn(Lane.JOBS):
        names = [("job", Lane.JOBS), ("process", Lane.PROCESSOR), ("put", Lane.INBOX), ("put 2", Lane.INBOX)]
        tasks = [asyncio.create_task(write(*each)) for each in names]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert served == ["put", "put 2", "process", "job"]


async def test_a_writer_that_gave_up_does_not_hold_the_queue() -> None:
    """Cancelled while it waits, or just as its turn comes, the next one is served."""
    gate, served = Turnstile(), []

    async def write(name: str) -> None:
        async with gate.turn(Lane.JOBS):
            served.append(name)

    async with gate.turn(Lane.JOBS):
        tasks = [asyncio.create_task(write(name)) for name in ("first", "second", "third")]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert served == ["third"]
    async with asyncio.timeout(1), gate.turn(Lane.INBOX):
        served.append("free again")


async def test_two_writers_that_meet_try_again(on_postgres: Database) -> None:
    """A deadlock between two transactions ends with both written."""
    async with on_postgres.write() as tx:
        await tx.run(text("CREATE TABLE meeting (id int primary key, n int)"))
        await tx.run(text("INSERT INTO meeting VALUES (1, 0), (2, 0)"))
    met, tries = asyncio.Barrier(2), 0

    async def work(order: tuple[int, int], tx: Tx) -> None:
        nonlocal tries
        tries += 1
        for number in order:
            await tx.run(text("UPDATE meeting SET n = n + 1 WHERE id = :id"), {"id": number})
            if tries <= 2 and number == order[0]:
                await met.wait()

    await asyncio.gather(*(on_postgres.again(Lane.JOBS, partial(work, order)) for order in ((1, 2), (2, 1))))
    async with on_postgres.read() as tx:
        assert await tx.value(text("SELECT sum(n) FROM meeting")) == 4
    assert tries == 3


async def test_deliveries_wait_for_no_other_work(on_postgres: Database) -> None:
    """While everything else that we may have of the server is taken, a batch is stored."""
    async with AsyncExitStack() as busy:
        for _ in range(on_postgres.place.pool):
            await busy.enter_async_context(on_postgres.read())
        async with asyncio.timeout(5):
            await on_postgres.at_once(Lane.INBOX, partial(inbox.put, deliveries=[delivery(body({}))]))


async def test_over_a_slow_network_the_first_delivery_is_as_quick_as_any(postgres_place: Place) -> None:
    """All that a connection asks for once was asked before: a few messages go there, not a dozen."""
    with Proxy(postgres_place.url) as proxy:
        database = Database(replace(postgres_place, url=proxy.url), SystemClock())
        await database.warm()
        opened = proxy.asked
        await database.at_once(Lane.INBOX, partial(inbox.put, deliveries=[delivery(body({}))]))
        assert (opened > 10, proxy.asked - opened <= 4) == (True, True)
        await database.close()


@pytest.mark.parametrize("lane", [Lane.JOBS, Lane.PROCESSOR])
async def test_who_falls_silent_lets_go(on_postgres: Database, lane: Lane) -> None:
    """A node that is frozen in the middle of a transaction holds up the others for a while, and then learns that it is gone."""
    async with on_postgres.write() as tx:
        await tx.run(text("CREATE TABLE held (n int)"))
        await tx.run(text("INSERT INTO held VALUES (1)"))
    setting = text("SELECT current_setting('idle_in_transaction_session_timeout')")
    frozen = Database(on_postgres.place, SystemClock())

    async def fall_silent() -> None:
        async with frozen.write(lane) as tx:
            if lane is Lane.PROCESSOR:
                await inbox.claim(tx, [uuid4()])
            assert await tx.value(setting) == f"{dialect.SILENT_S}s"
            await tx.run(text("UPDATE held SET n = 2"))
            await tx.run(text("SET LOCAL idle_in_transaction_session_timeout = '200ms'"))
            async with asyncio.timeout(10), on_postgres.write() as other:
                await other.run(text("UPDATE held SET n = 3"))
            await tx.run(text("UPDATE held SET n = 4"))

    with pytest.raises(StoreUnavailable):
        await fall_silent()
    async with frozen.read() as tx:
        assert await tx.value(text("SELECT n FROM held")) == 3
        assert await tx.value(setting) == "0"
    await frozen.close()


async def test_a_transaction_given_up_while_it_begins_leaves_nothing_open(sqlite_place: Place) -> None:
    """Another process holds the file; whoever waits for it is cancelled; the next transaction finds the door as it should be."""
    database = Database(sqlite_place, SystemClock())
    other = sqlite3.connect(str(sqlite_place.file), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with database.write() as tx:
            await tx.run(insert(tables.leases).values(name="one", holder=uuid4(), fence=1, expires_at=NOON))

    given_up = asyncio.create_task(write())
    await asyncio.sleep(0.1)  # it waits in its thread for the file, as long as SQLite's busy timeout at most
    given_up.cancel()
    other.execute("ROLLBACK")
    await asyncio.gather(given_up, return_exceptions=True)
    await write()
    async with database.read() as tx:
        assert len(await tx.rows(select(tables.leases))) == 1
    await database.close()
    other.close()


async def test_a_connection_is_opened_while_another_program_writes(
    sqlite_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long that takes: nothing that is said at the door asks for the writer's place."""
    monkeypatch.setattr("sqlite3.connect", partial(sqlite3.connect, timeout=0))
    with closing(sqlite3.connect(str(sqlite_place.file), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        database = Database(sqlite_place, SystemClock())
        assert await everything(database, tables.runs) == []
        await database.close()
