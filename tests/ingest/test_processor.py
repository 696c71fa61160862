"""The life of a delivery from the inbox to the mirror, when all is well and when it is not."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import SystemClock
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import StoreConflict, StoreUnavailable
from bisonwatch.ingest import processor as module
from bisonwatch.ingest.batch import AGAIN, REASON
from bisonwatch.ingest.processor import AHEAD, Processor
from bisonwatch.metrics import Processing
from bisonwatch.store import inbox, migrate, mirror, tables, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.support import postgres
from tests.support.clock import ManualClock
from tests.support.house import House, body, delivery, fixture, house, processor
from tests.support.news import NOON, NORTHWIND, at
from tests.support.webhooks import webhook

POISON = "poison@molar.example"


def sent(number: int, email: str = "palle@molar.example") -> bytes:
    return body(webhook("email_sent", send=(number, NOON), email=email))


async def execute(database: Database, on_sqlite: str, on_postgres: str) -> None:
    async with database.write() as tx:
        wanted = on_sqlite if database.dialect.one_writer else on_postgres
        await tx.run(text(wanted.format(s=f'"{database.place.schema}".')))


async def poisoned(database: Database) -> None:
    """From now on the database refuses one lead."""
    await execute(
        database,
        f"CREATE TRIGGER poison BEFORE INSERT ON client_leads WHEN NEW.lead_email = '{POISON}' "
        "BEGIN SELECT RAISE(ABORT, 'poison'); END",
        f"ALTER TABLE {{s}}client_leads ADD CONSTRAINT poison CHECK (lead_email <> '{POISON}')",
    )


async def cured(database: Database) -> None:
    await execute(database, "DROP TRIGGER poison", "ALTER TABLE {s}client_leads DROP CONSTRAINT poison")


async def sent_count(house: House) -> int:
    return sum(row.n for row in await house.all(tables.daily_counts) if row.metric == "sent")


async def test_one_poison_does_not_stop_the_others(house: House) -> None:
    """A batch that fails is split until the delivery at fault stands alone; all others are applied at once."""
    await poisoned(house.database)
    emails = [f"lead{number}@molar.example" for number in range(8)]
    emails[5] = POISON
    await house.put(*(delivery(sent(number, email), at(number)) for number, email in enumerate(emails)))
    await house.clock.advance(3600)
    assert await house.processor.once() == 8
    rows = sorted(await house.all(), key=lambda row: row.received_at)
    assert [row.state for row in rows] == ["done"] * 5 + ["pending"] + ["done"] * 2
    assert await sent_count(house) == 7
    assert (rows[5].attempts, "poison" in rows[5].error) == (1, True)


async def test_poison_is_tried_again_then_set_aside(house: House) -> None:
    """Waits grow to an hour, spread by a quarter; after the last try it is a dead letter with its reason, counted."""
    await poisoned(house.database)
    await house.put(delivery(sent(1, POISON)))
    waits, tries = [], len(AGAIN.seconds) + 1
    for attempt in range(1, tries):
        assert await house.processor.once() == 1
        (row,) = await house.all()
        assert (row.state, row.attempts) == ("pending", attempt)
        waits.append((row.next_try_at - house.clock.now()).total_seconds())
        await house.clock.advance(waits[-1] - 0.001)
        assert await house.processor.once() == 0
        await house.clock.advance(0.002)
    assert await house.processor.once() == 1
    (row,) = await house.all()
    assert (row.state, row.attempts, row.processed_at) == ("dead", tries, house.clock.now())
    assert row.error.startswith("the database refused it: ")
    assert "poison" in row.error
    assert all(0.75 * plain <= wait <= 1.25 * plain for plain, wait in zip(AGAIN.seconds, waits, strict=True))
    assert await house.processor.once() == 0
    assert house.processing.dead == 1


async def test_poison_that_is_cured_is_applied(house: House) -> None:
    """A delivery that could not be written is applied as soon as it can be."""
    await poisoned(house.database)
    await house.put(delivery(sent(1, POISON)))
    await house.processor.once()
    await cured(house.database)
    await house.clock.advance(60)
    await house.drain()
    assert await house.states() == [("done", "email_sent", "applied", None)]
    assert await sent_count(house) == 1


UNREADABLE = {
    "no type": (b'{"event": {"workspace_id": 12}}', "the body has no event type"),
    "no event": (b'{"data": {}}', "the body has no event type"),
    "no workspace": (
        body(webhook("email_sent", workspace=None)),
        "neither the body nor the address it came to names a workspace",
    ),
    "no data": (
        b'{"event": {"type": "EMAIL_SENT", "workspace_id": 12}, "data": []}',
        "the body has no data object",
    ),
    "no account": (
        b'{"event": {"type": "email_account_added", "workspace_id": 12}, "data": {}}',
        "the body has no sender_email.id",
    ),
    "an unknown type of nobody": (
        b'{"event": {"type": "news"}}',
        "neither the body nor the address it came to names a workspace",
    ),
}


@pytest.mark.parametrize("case", UNREADABLE)
async def test_what_cannot_be_read_is_a_dead_letter_at_once(door: House, case: str) -> None:
    """Trying again would not help: set aside with its reason, and its neighbour is applied."""
    content, reason = UNREADABLE[case]
    await door.post(content)
    await door.post(sent(1))
    await door.drain()
    states = {(row.body == content, row.state, row.attempts, row.error) for row in await door.all()}
    assert states == {(True, "dead", 1, reason), (False, "done", 0, None)}
    assert (door.processing.dead, door.processing.processed) == (1, 1)


async def test_unreadable_and_poison_together(house: House) -> None:
    """A batch of good, unreadable, refused and test events: each ends as it would alone."""
    await poisoned(house.database)
    canary = delivery(sent(9), at(4), canary="nonce")
    bodies = [sent(1), b'{"event": {"workspace_id": 12}}', sent(2, POISON), sent(3)]
    await house.put(*(delivery(content, at(n)) for n, content in enumerate(bodies)), canary)
    await house.clock.advance(3600)
    await house.processor.once()
    rows = sorted(await house.all(), key=lambda row: row.received_at)
    assert [(row.state, row.effect) for row in rows] == [
        ("done", "applied"),
        ("dead", None),
        ("pending", None),
        ("done", "applied"),
        ("done", "canary"),
    ]


async def test_a_reason_is_clean_and_short(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a database says, with NUL and escapes, can be stored and shown."""

    async def refuse(*_: object) -> None:
        raise module.StoreError("bad \x00 value \x1b[31m" + "x" * 5000)

    monkeypatch.setattr(mirror, "write", refuse)
    await house.put(delivery(sent(1)))
    await house.processor.once()
    (row,) = await house.all()
    start = "the database refused it: bad   value  [31mxxx"
    assert (row.error[: len(start)], len(row.error)) == (start, REASON)


async def test_a_conflict_is_tried_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two writers meeting is nobody's fault: the same batch is written again, and nothing counts as a try."""
    real, met = mirror.write, 0

    async def conflicting(*arguments: object) -> object:
        nonlocal met
        met += 1
        if met < module.MEETINGS:
            raise StoreConflict
        return await real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(mirror, "write", conflicting)
    await house.put(delivery(sent(1)))
    await house.processor.once()
    (row,) = await house.all()
    assert (row.state, row.attempts, len(house.clock.slept)) == ("done", 0, module.MEETINGS - 1)
    assert await sent_count(house) == 1


async def test_two_nodes_apply_each_delivery_once(on_postgres: Database) -> None:
    """Two processors at once on one Postgres: every delivery is done once, and the counts are exact."""
    other = Database(on_postgres.place, SystemClock())
    async with house(on_postgres) as built:
        items = [delivery(sent(n % 60 + 1, f"lead{n % 7}@molar.example"), at(-n)) for n in range(180)]
        await built.put(*items)
        nodes = [processor(database, built.clock, batch=25) for database in (on_postgres, other)]

        async def work(node: Processor) -> None:
            while await node.once():
                pass

        await asyncio.gather(*(work(node) for node in nodes))
        assert sum(node._figures.processed for node in nodes) == 180
        assert Counter(row.effect for row in await built.all()) == {"applied": 60, "duplicate": 120}
        assert (await sent_count(built), len(await built.all(tables.client_leads))) == (60, 7)
        (types,) = await built.all(tables.event_types)
        assert types.n == 180
    await other.close()


async def test_a_delivery_in_another_nodes_hands_is_left_alone(on_postgres: Database) -> None:
    """What another transaction has claimed is skipped, not waited for."""
    async with house(on_postgres) as built:
        mine, theirs = delivery(sent(1), at(-2)), delivery(sent(2), at(-1))
        await built.put(mine, theirs)
        async with on_postgres.write() as tx:
            assert await inbox.claim(tx, [theirs.id]) == {theirs.id}
            await built.processor.once()
            assert await sent_count(built) == 1
        await built.drain()
        assert await sent_count(built) == 2


@pytest.fixture
def own_server() -> Iterator[postgres.Server]:
    """A server that a test may stop; what it committed survives that."""
    folder = Path(tempfile.mkdtemp(prefix="bisonwatch-pg-"))
    server = postgres.Server(folder, options="-c fsync=off")
    server.start()
    yield server
    server.stop("immediate")
    shutil.rmtree(folder)


async def test_the_database_goes_away_and_comes_back(
    own_server: postgres.Server, caplog: pytest.LogCaptureFixture
) -> None:
    """While Postgres is stopped the door answers 503 and the mirror stands still, said once; then all goes on."""
    caplog.set_level(logging.INFO, "bisonwatch")
    database = Database(Place(own_server.url()), SystemClock())
    await migrate.upgrade(database)
    async with house(database) as built:
        assert (await built.post(sent(1))).status == 200
        own_server.stop("immediate")
        for _ in range(2):
            assert (await built.post(sent(2))).status == 503
            with pytest.raises(StoreUnavailable):
                await built.processor.once()
        changed = built.bus.subscribe(Topic.CHANGED)
        running = asyncio.create_task(built.processor.run())
        while not any("the mirror stands still" in line for line in caplog.messages):
            await asyncio.sleep(0)
        own_server.start()
        assert await changed.wait(20) == {NORTHWIND}
        assert (await built.post(sent(2))).status == 200
        await changed.wait(20)
        assert await sent_count(built) == 2
        running.cancel()
    await database.close()
    told = [line.split(":")[0].split(", after")[0] for line in caplog.messages]
    assert sorted(told) == [
        "deliveries are refused with 503",
        "deliveries are taken again",
        "the mirror moves again",
        "the mirror stands still",
    ]


async def test_a_poll_brings_what_a_webhook_lost(house: House) -> None:
    """A row of the event log is applied by the same processor; the webhook that comes later is a duplicate."""
    content = fixture("variant.events-envelope.lead_replied")
    await house.put(delivery(content, NOON, source=Source.POLL, logged_at=at(-5)))
    await house.drain()
    await house.clock.advance(60)
    await house.post(fixture("lead_replied"))
    await house.drain()
    rows = sorted(await house.all(), key=lambda row: row.received_at)
    assert [(row.source, row.effect) for row in rows] == [("poll", "applied"), ("webhook", "duplicate")]
    (fact,) = await house.all(tables.facts)
    assert (fact.source, fact.seen_at, fact.logged_at, fact.webhook_at) == ("poll", NOON, at(-5), at(1))
    traffic = {
        row.minute: (row.polled, row.webhooks, row.due, row.prompt) for row in await house.all(tables.traffic)
    }
    assert traffic == {at(-5): (0, 0, 1, 1), at(0): (1, 0, 0, 0), at(1): (0, 1, 0, 0)}


async def test_a_new_workspace_is_discovered(house: House) -> None:
    """Events of a workspace nobody told us about register it, under its key where its name is taken."""
    for workspace in (12, 31):
        await house.post(body(webhook("email_sent", workspace=workspace, send=(1, NOON))))
        await house.clock.advance(1)
    await house.post(body(webhook("news", workspace=40, name=None)))
    await house.drain()
    async with house.database.read() as tx:
        assert await workspaces.names(tx) == {
            NORTHWIND: "Northwind Desk",
            WorkspaceKey("main", 31): "Northwind Desk (main/31)",
            WorkspaceKey("main", 40): "workspace 40",
        }


async def test_new_leads_carry_the_name_of_today(house: House) -> None:
    """After a rename by another node, an old event's new lead stands under the new name."""
    await house.post(sent(1))
    await house.drain()
    async with house.database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Southwind", at(5))
    await house.post(sent(2, "second@molar.example"))
    await house.drain()
    names = {row.lead_email: row.workspace_name for row in await house.all(tables.client_leads)}
    assert names == {"palle@molar.example": "Southwind", "second@molar.example": "Southwind"}


async def test_news_wakes_whoever_waits(house: House) -> None:
    """A committed batch names its workspaces on the bus, and hints wake the reader of accounts."""
    changed, hinted = house.bus.subscribe(Topic.CHANGED), house.bus.subscribe(Topic.HINTS)
    await house.post(fixture("email_account_disconnected"))
    await house.drain()
    assert await changed.wait(1) == {NORTHWIND}
    assert hinted._event.is_set()


async def test_run_wakes_for_what_is_committed(house: House) -> None:
    """The loop needs no timer to see a delivery, and ends when it is cancelled."""
    changed = house.bus.subscribe(Topic.CHANGED)
    running = asyncio.create_task(house.processor.run())
    await house.post(sent(1))
    assert await changed.wait(10) == {NORTHWIND}
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_the_oldest_go_first(door: House) -> None:
    """What has waited longest is taken first, AHEAD batches of it."""
    small = Processor(door.database, Bus(), ManualClock(at(100)), Processing(), batch=2)
    most = 2 * AHEAD
    await door.put(*(delivery(sent(number), at(number)) for number in (*range(most + 1, 1, -1), 1)))
    assert await small.once() == most
    waiting = [row.received_at for row in await door.all() if row.state == "pending"]
    assert waiting == [at(most + 1)]
