"""The database goes away, hangs, or refuses one row: what is acknowledged is durable, and reaches the mirror once."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bisonwatch.bus import Bus
from bisonwatch.clock import SystemClock
from bisonwatch.domain.delivery import Delivery
from bisonwatch.errors import StoreBarred, StoreUnavailable
from bisonwatch.ingest.drain import Drain
from bisonwatch.ingest.inbox import Bounds, Inbox
from bisonwatch.ingest.spool import Spool
from bisonwatch.metrics import Spooling
from bisonwatch.store import migrate, tables
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.spool import SpoolFile
from tests.support import postgres
from tests.support.clock import ManualClock
from tests.support.house import body, delivery, everything
from tests.support.news import NOON, at

HASTE, PATIENCE = 0.15, 20.0
"""How long the database may take while it hangs on purpose, and while it does not: the machine may be busy."""
SIZE = 1 << 20


class Node:
    """An inbox with its spool, stepped by hand: nothing drains but `drain`."""

    def __init__(self, database: Database, path: Path, size: int = SIZE) -> None:
        self.database, self.clock, self.figures = database, ManualClock(NOON), Spooling()
        self.file = SpoolFile(path, size, database.place.mirror)
        self.spool = Spool(self.file, self.clock, self.figures, PATIENCE)
        self.worker = Drain(self.spool, database, Bus(), self.clock)
        self.inbox = Inbox(database, Bus(), self.clock, None, self.spool)
        self.waits(PATIENCE)

    def waits(self, seconds: float) -> None:
        self.inbox._bounds = Bounds(deadline=seconds)
        self.worker._deadline = seconds

    async def put(self, *deliveries: Delivery) -> list[bool]:
        """Deliver as one batch."""
        tasks = [asyncio.create_task(self.inbox.put(each)) for each in deliveries]
        await asyncio.sleep(0)
        await self.inbox.once()
        return await asyncio.gather(*tasks)

    async def drain(self) -> None:
        while await self.worker.once():
            pass

    async def held(self) -> list[bytes]:
        return [held.delivery.body for held in (await self.file.oldest(1000, SIZE)).held]

    async def stored(self) -> list[bytes]:
        rows = await everything(self.database, tables.inbox)
        return [row.body for row in sorted(rows, key=lambda row: row.received_at)]


@pytest.fixture
async def node(database: Database, tmp_path: Path) -> AsyncIterator[Node]:
    node = Node(database, tmp_path / "spool.db")
    yield node
    await node.file.close()


def items(*numbers: int) -> list[Delivery]:
    return [delivery(body({"n": number}), at(number)) for number in numbers]


def bodies(*numbers: int) -> list[bytes]:
    return [body({"n": number}) for number in numbers]


@asynccontextmanager
async def hanging(*nodes: Node) -> AsyncIterator[None]:
    """Another writer holds what an insert needs; the database answers nobody in time."""
    other = Database(nodes[0].database.place, SystemClock())
    for node in nodes:
        node.waits(HASTE)
    async with other.write() as tx:
        if not other.dialect.one_writer:
            await tx.run(text(f'LOCK TABLE "{other.place.schema}".inbox IN EXCLUSIVE MODE'))
        yield
    await other.close()
    for node in nodes:
        node.waits(PATIENCE)


async def execute(database: Database, on_sqlite: str, on_postgres: str) -> None:
    async with database.write() as tx:
        wanted = on_sqlite if database.dialect.one_writer else on_postgres
        await tx.run(text(wanted.format(s=f'"{database.place.schema}".')))


async def poisoned(database: Database) -> None:
    """From now on the database refuses one kind of delivery."""
    await execute(
        database,
        "CREATE TRIGGER poison BEFORE INSERT ON inbox WHEN NEW.canary = 'poison' "
        "BEGIN SELECT RAISE(ABORT, 'poison'); END",
        "ALTER TABLE {s}inbox ADD CONSTRAINT poison CHECK (canary <> 'poison')",
    )


async def cured(database: Database) -> None:
    await execute(database, "DROP TRIGGER poison", "ALTER TABLE {s}inbox DROP CONSTRAINT poison")


async def test_what_the_database_does_not_take_in_time_is_spooled(node: Node) -> None:
    """And acknowledged; afterwards it is in the database once, though what timed out may have been committed too."""
    async with hanging(node):
        assert await node.put(*items(1, 2)) == [False, False]
        assert (await node.held(), node.figures.waiting, node.spool.instead) == (bodies(1, 2), 2, True)
    await node.drain()
    assert await node.stored() == bodies(1, 2)
    assert (await node.held(), node.figures.waiting, node.spool.instead) == ([], 0, False)


async def test_while_it_is_known_to_be_away_nobody_waits_for_it(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second batch is spooled without asking; only the drain asks, and finds it still away."""
    asked = 0
    real = Database.at_once

    async def counting(self: Database, *given: object) -> object:
        nonlocal asked
        asked += 1
        return await real(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Database, "at_once", counting)
    async with hanging(node):
        await node.put(*items(1))
        await node.put(*items(2))
        assert asked == 1
        with pytest.raises(StoreUnavailable, match="was not taken within"):
            await node.worker.once()
    await node.drain()
    await node.put(*items(3))
    assert (await node.stored(), node.figures.waiting) == (bodies(1, 2, 3), 0)


async def test_a_commit_whose_answer_is_lost_counts_once(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch is in the database and in the spool; drained by its key it is nothing."""
    real = Database.at_once

    async def lost(self: Database, *given: object) -> None:
        await real(self, *given)  # type: ignore[arg-type]
        await asyncio.Event().wait()

    node.waits(10 * HASTE)  # the commit itself is always done by then
    with monkeypatch.context() as patch:
        patch.setattr(Database, "at_once", lost)
        await node.put(*items(1, 2))
        assert (await node.stored(), await node.held()) == (bodies(1, 2), bodies(1, 2))
    node.waits(PATIENCE)
    await node.drain()
    assert (await node.stored(), await node.held()) == (bodies(1, 2), [])
    assert {row.duplicate for row in await everything(node.database, tables.inbox)} == {False}


async def test_a_crash_between_commit_and_removal_repeats_nothing(node: Node) -> None:
    """The spool still holds what the database has; the next start drains it again, and counts it once."""
    async with hanging(node):
        await node.put(*items(1, 2))
    await node.worker._commit([held.delivery for held in (await node.file.oldest(10, SIZE)).held])
    again = Node(node.database, node.file.path)
    assert await again.spool.open()
    assert again.figures.waiting == 2
    await again.drain()
    assert (await again.stored(), await again.held()) == (bodies(1, 2), [])
    await again.file.close()


async def test_the_oldest_drain_first(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """In batches that begin small and double; what comes in meanwhile goes straight to the database."""
    async with hanging(node):
        await node.put(*items(0))
        for n in range(1, 60):
            await node.put(*items(n))
    sizes = [await node.worker.once()]
    assert await node.stored() == bodies(*range(16))
    await node.put(*items(100))
    assert (await node.stored())[16:] == bodies(100)
    sizes += [await node.worker.once(), await node.worker.once(), await node.worker.once()]
    assert sizes == [16, 32, 12, 0]
    assert await node.stored() == bodies(*range(60), 100)


async def test_a_restart_drains_what_it_finds(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    """At once and without a delivery to wake it."""
    async with hanging(node):
        await node.put(*items(1, 2, 3))
    again = Node(node.database, node.file.path)
    await again.spool.open()
    running = asyncio.create_task(again.worker.run())
    async with asyncio.timeout(10):
        while again.figures.waiting or len(await again.stored()) < 3:
            await asyncio.sleep(0.01)
    running.cancel()
    assert f"3 deliveries wait in the spool {node.file.path} from before" in caplog.messages
    await again.file.close()


async def test_what_is_for_another_mirror_is_told_and_left(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    """After a change of `database.url`: who it is for is in the log, and nothing of it is drained."""
    other = SpoolFile(node.file.path, SIZE, "postgresql://old.example:5432/mirror/bisonwatch")
    await other.put(items(1, 2))
    await node.spool.open()
    await node.drain()
    assert (await node.stored(), len((await other.oldest(10, SIZE)).held)) == ([], 2)
    [line] = caplog.messages
    assert line.startswith(f"2 deliveries in the spool {node.file.path} are for postgresql://old.example")
    assert (node.figures.waiting, node.figures.foreign) == (0, 2)
    await other.close()


async def test_one_that_is_refused_alone_keeps_nobody_waiting(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    """Its batch is acknowledged and drained around it; it is set aside, counted, told, and offered again."""
    await poisoned(node.database)
    bad = delivery(body({"n": 3}), at(3), canary="poison")
    assert await node.put(*items(1, 2), bad, *items(4, 5)) == [False] * 5
    assert not node.spool.instead
    await node.drain()
    assert (await node.stored(), node.figures.waiting, node.figures.refused) == (bodies(1, 2, 4, 5), 0, 1)
    [line] = [line for line in caplog.messages if "set aside" in line]
    assert line.startswith(f"delivery {bad.id} is refused alone, and set aside in the spool: ")
    assert "poison" in line
    assert "poison" in (node.figures.reason or "")
    again = Node(node.database, node.file.path)
    await again.spool.open()
    assert (again.figures.refused, again.figures.reason) == (1, node.figures.reason)
    await again.file.close()
    await cured(node.database)
    await node.clock.advance(600)
    await node.worker.look()
    await node.drain()
    assert (await node.stored(), node.figures.refused) == (bodies(1, 2, 3, 4, 5), 0)
    await node.worker.look()
    assert node.figures.reason is None


async def test_over_its_bound_the_spool_refuses_and_keeps_what_it_has(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Said once; nothing acknowledged is lost, nothing refused is kept, and room that is given back is used again."""
    node, acked, refused = Node(database, tmp_path / "spool.db", 200_000), [], 0
    async with hanging(node):
        for n in range(20):
            try:
                await node.put(delivery(body({"n": n, "a": "x" * 20_000}), at(n)))
                acked.append(n)
            except StoreUnavailable:
                refused += 1
    assert (len(acked) + refused, refused > 5) == (20, True)
    await node.drain()
    assert len(await node.stored()) == len(acked)
    async with hanging(node):
        await node.put(*items(50))
    await node.drain()
    assert len(await node.stored()) == len(acked) + 1
    assert sum("deliveries cannot be spooled: " in line for line in caplog.messages) == 1
    await node.file.close()


async def test_with_both_gone_a_delivery_is_refused(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Then each batch asks the database itself, and the first that is back takes over, without a restart."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    node = Node(database, blocked / "spool.db")
    assert await node.spool.open() is False
    for _ in range(2):
        async with hanging(node):
            with pytest.raises(StoreUnavailable, match=r"the spool .* exists"):
                await node.put(*items(1))
        assert not node.spool.instead
    assert await node.put(*items(2)) == [False]
    blocked.unlink()
    async with hanging(node):
        assert await node.put(*items(3)) == [False]
    await node.drain()
    assert set(bodies(2, 3)) <= set(await node.stored())
    told = [line.split(":")[0].split(" /")[0] for line in caplog.messages if "refused with" not in line]
    assert told.count("deliveries cannot be spooled") == 1
    await node.file.close()


async def test_before_the_database_is_ready_nothing_is_drained(node: Node) -> None:
    """A node that starts without it keeps everything, until its schema is known to be ours."""
    await node.file.put(items(1))
    await node.spool.open()
    node.spool.hold(StoreUnavailable("not yet"))
    running = asyncio.create_task(node.worker.run())
    await node.put(*items(2))
    assert (await node.held(), await node.stored()) == (bodies(1, 2), [])
    node.spool.release()
    async with asyncio.timeout(10):
        while await node.stored() != bodies(1, 2):
            await asyncio.sleep(0.01)
    running.cancel()


async def test_what_cannot_be_removed_now_is_removed_later(
    node: Node, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """On a full disk the drain goes on all the same, says so once, and repeats nothing."""

    async def full(*_: object, **__: object) -> None:
        raise StoreUnavailable("full")

    async with hanging(node):
        for n in range(0, 60, 20):
            await node.put(*items(*range(n, n + 20)))
    with monkeypatch.context() as patch:
        patch.setattr(SpoolFile, "remove", full)
        assert [await node.worker.once() for _ in range(3)] == [16, 32, 12]
        with pytest.raises(StoreUnavailable, match="full"):
            await node.worker.once()
    assert (await node.stored(), len(await node.held())) == (bodies(*range(60)), 60)
    assert (await node.worker.once(), await node.held()) == (0, [])
    assert [line for line in caplog.messages if "not drained" in line] == [
        "the spool is not drained as it should be: full"
    ]


async def test_two_nodes_may_share_a_file(node: Node) -> None:
    """Both write, either drains, and each delivery arrives once."""
    other = Node(node.database, node.file.path)
    async with hanging(node, other):
        await node.put(*items(1))
        await other.put(*items(2))
        await node.put(*items(3))
    await asyncio.gather(other.drain(), node.drain())
    assert (await node.stored(), await node.held()) == (bodies(1, 2, 3), [])
    assert (await other.worker.once(), other.figures.waiting, node.figures.waiting) == (0, 0, 0)
    await other.file.close()


@pytest.fixture
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Server]:
    """A server that a test may stop; what it committed survives that."""
    with postgres.throwaway(options="-c fsync=off") as server:
        yield server


async def test_postgres_stops_under_load_and_comes_back(
    own_server: postgres.Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Every delivery is acknowledged; two seconds after the start the database serves again, and all of them are in it."""
    caplog.set_level(logging.INFO, "bisonwatch")
    database = Database(Place(own_server.url()), SystemClock())
    await migrate.upgrade(database)
    figures, clock = Spooling(), SystemClock()
    spool = Spool(SpoolFile(tmp_path / "s.db", 1 << 28, "m"), clock, figures)
    drain = Drain(spool, database, Bus(), clock)
    box = Inbox(database, Bus(), clock, None, spool)
    running = [asyncio.create_task(box.run()), asyncio.create_task(drain.run())]
    acked: list[int] = []

    async def sender(first: int) -> None:
        for n in range(first, first + 100_000):
            await box.put(delivery(body({"n": n})))
            acked.append(n)
            await asyncio.sleep(0.001)

    senders = [asyncio.create_task(sender(n * 100_000)) for n in range(8)]
    await asyncio.to_thread(own_server.stop, "immediate")
    away = len(acked)
    while len(acked) < away + 2000:
        await asyncio.sleep(0.01)
    assert spool.instead
    await asyncio.to_thread(own_server.start)
    began = time.monotonic()
    while spool.instead:
        await asyncio.sleep(0.01)
    assert time.monotonic() - began < 2
    for task in senders:
        task.cancel()
    await asyncio.gather(*senders, return_exceptions=True)
    box.close()
    while figures.waiting:
        await asyncio.sleep(0.01)
    async with database.read() as tx:
        assert await tx.value(text("SELECT count(*) FROM bisonwatch.inbox")) >= len(acked) > away
    told = [line.split(",")[0].split(" /")[0] for line in caplog.messages]
    assert told == ["deliveries go to the spool", "the database takes deliveries again"]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await spool.close()
    await database.close()


async def test_a_server_that_hangs_keeps_nobody_longer_than_the_deadline(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when what was cancelled takes its time to end, as a connection to a stopped server does."""
    ended = asyncio.Event()

    async def stubborn(*_: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await ended.wait()

    monkeypatch.setattr(Database, "at_once", stubborn)
    node.waits(HASTE)
    async with asyncio.timeout(5):
        assert await node.put(*items(1)) == [False]
    assert await node.held() == bodies(1)
    ended.set()


async def test_what_was_refused_and_is_wanted_now_comes_at_once(node: Node) -> None:
    """However many were set aside: while they are taken, the next are offered without waiting."""
    await poisoned(node.database)
    for n in range(0, 600, 200):
        await node.put(*(delivery(body({"n": m}), at(m / 60), canary="poison") for m in range(n, n + 200)))
    await node.drain()
    assert (await node.stored(), node.figures.refused) == ([], 600)
    await cured(node.database)
    await node.clock.advance(600)
    await node.worker.look()
    running = asyncio.create_task(node.worker.run())
    async with asyncio.timeout(20):
        while node.figures.refused or node.figures.waiting:
            await asyncio.sleep(0.01)
    running.cancel()
    assert len(await node.stored()) == 600


async def test_a_server_that_bars_us_is_away(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password changed while we run says nothing about the deliveries: none is set aside, all wait."""

    async def barred(*_: object) -> None:
        raise StoreBarred("refuses us: password authentication failed")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "at_once", barred)
        await node.put(*items(1, 2))
        with pytest.raises(StoreBarred):
            await node.worker.once()
        assert (node.spool.instead, node.figures.waiting, node.figures.refused) == (True, 2, 0)
    await node.drain()
    assert await node.stored() == bodies(1, 2)


async def spooled(node: Node, *deliveries: Delivery) -> None:
    """They come in while the database is known to be away, which never sees them."""
    node.spool.turn(StoreUnavailable("away"))
    await node.put(*deliveries)


def damaged(node: Node, what: str, seq: int = 0) -> None:
    """Change the row of the spool that came after so many others, as a flipped bit or another version would."""
    with closing(sqlite3.connect(node.file.path)) as file, file:
        file.execute(f"UPDATE spooled SET {what} WHERE seq = (SELECT min(seq) + {seq} FROM spooled)")


@pytest.mark.parametrize(
    "what",
    [
        "source = 'pull'",
        "instance = CAST(x'6dff' AS TEXT)",
        "id = x'00'",
        "received_at = 9223372036854775807",
        "body = 'text'",
        "workspace_id = 'twelve'",
    ],
)
async def test_a_row_that_cannot_be_read_keeps_nobody_waiting(
    node: Node, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is set aside with its bytes and a reason, told, and everything around it drains; the database serves again."""
    await spooled(node, *items(1, 2, 3))
    damaged(node, what, 1)
    await node.drain()
    assert (await node.stored(), node.figures.waiting, node.figures.refused) == (bodies(1, 3), 0, 1)
    assert not node.spool.instead
    [line] = [line for line in caplog.messages if "set aside" in line]
    assert "cannot be read" in line
    with closing(sqlite3.connect(node.file.path)) as file:
        [(kept, reason)] = file.execute("SELECT CAST(body AS BLOB), reason FROM spooled WHERE refused_at > 0")
    assert kept == (b"text" if "body" in what else bodies(2)[0])
    assert reason.startswith("cannot be read: ")


async def test_rows_that_cannot_be_read_are_read_again_later(node: Node) -> None:
    """A version that knows them takes them, without anyone's help; a batch of nothing else hides nobody behind it."""
    await spooled(node, *items(*range(40)))
    for seq in range(30):
        damaged(node, "source = 'pull'", seq)
    await node.drain()
    assert (await node.stored(), node.figures.refused) == (bodies(*range(30, 40)), 30)
    with closing(sqlite3.connect(node.file.path)) as file, file:
        file.execute("UPDATE spooled SET source = 'webhook'")
    await node.clock.advance(600)
    await node.worker.look()
    await node.drain()
    assert (await node.stored(), node.figures.refused) == (bodies(*range(40)), 0)


async def test_a_drain_that_dies_leaves_the_door_to_the_database(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in it must not keep new deliveries in the spool beside a healthy database."""

    async def bug(*_: object) -> None:
        raise RuntimeError("a bug")

    await spooled(node, *items(1))
    assert node.spool.instead
    with monkeypatch.context() as patch:
        patch.setattr(Drain, "_commit", bug)
        with pytest.raises(RuntimeError, match="a bug"):
            await node.worker.run()
    assert not node.spool.instead
    await node.put(*items(2))
    assert await node.stored() == bodies(2)


async def test_what_cannot_be_set_aside_now_is_set_aside_later(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk the drain says so and waits, instead of offering the same again and again."""

    async def full(*_: object, **__: object) -> None:
        raise StoreUnavailable("full")

    await spooled(node, *items(1, 2))
    damaged(node, "source = 'pull'")
    with monkeypatch.context() as patch:
        patch.setattr(SpoolFile, "set_aside", full)
        assert await node.worker.once() == 2
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="full"):
                await node.worker.once()
    assert (await node.worker.once(), node.figures.refused) == (0, 1)
    assert await node.held() == []


def moved(node: Node, to: str) -> Path:
    """The spool's file gets another name, with its journal."""
    for suffix in ("-wal", "-shm", ""):
        file = node.file.path.with_name(node.file.path.name + suffix)
        if file.exists():
            file.rename(node.file.path.with_name(to + suffix))
    return node.file.path.with_name(to)


@pytest.mark.parametrize("more", [(), (3,)])
async def test_a_file_that_is_moved_away_and_put_back_drains(node: Node, more: tuple[int, ...]) -> None:
    """Without a restart, what it held and what comes in afterwards; also when nothing comes in."""
    await spooled(node, *items(1))
    old = moved(node, "old.db")
    await spooled(node, *items(2))
    await node.drain()
    assert await node.stored() == bodies(2)
    moved(node, "new.db")
    old.rename(node.file.path)
    if more:
        await spooled(node, *items(*more))
    else:
        await node.worker.look()
        assert node.figures.waiting == 1
    await node.drain()
    assert (await node.stored(), node.figures.waiting) == (bodies(1, 2, *more), 0)
    assert await node.held() == []


async def test_a_new_file_drains_though_the_clock_stepped_back(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its places are before all that was drained from the old one, and even the same."""

    async def full(*_: object, **__: object) -> None:
        raise StoreUnavailable("full")

    monkeypatch.setattr("bisonwatch.store.spool_file.time.time_ns", lambda: 7_000_000)
    await spooled(node, *items(1))
    with monkeypatch.context() as patch:
        patch.setattr(SpoolFile, "remove", full)
        assert await node.worker.once() == 1
    moved(node, "same.db")
    await spooled(node, *items(2))
    await node.drain()
    assert (await node.stored(), await node.held()) == (bodies(1, 2), [])
    moved(node, "before.db")
    monkeypatch.setattr("bisonwatch.store.spool_file.time.time_ns", lambda: 5_000_000)
    await spooled(node, *items(3))
    await node.drain()
    assert (await node.stored(), await node.held()) == (bodies(1, 2, 3), [])


async def test_what_another_program_hands_over_drains(node: Node) -> None:
    """Rows that become ours behind what was drained already: they are seen when the drain looks, without a restart."""
    other = SpoolFile(node.file.path, SIZE, "elsewhere")
    await other.put(items(1))
    await spooled(node, *items(2))
    await node.drain()
    await other.close()
    damaged(node, f"mirror = '{node.database.place.mirror}'")
    await node.worker.look()
    await node.drain()
    assert (await node.stored(), node.figures.waiting) == (bodies(1, 2), 0)
