from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bisonwatch.domain.delivery import Delivery, DeliveryState, Effect, Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import deliveries, inbox
from bisonwatch.store.database import Database
from bisonwatch.store.deliveries import Backlog, LogEntry
from bisonwatch.store.inbox import Done, Failure
from tests.support.house import body, delivery
from tests.support.news import NORTHWIND, at


def news(minutes: float, n: int = 0, workspace: int | None = 12, source: Source = Source.WEBHOOK) -> Delivery:
    head = {"type": "email_sent", "workspace_id": workspace}
    return delivery(body({"event": head, "data": {"n": n}}), at(minutes), source=source)


async def put(database: Database, *items: Delivery) -> frozenset[object]:
    async with database.write() as tx:
        return frozenset(await inbox.put(tx, items))


async def due(database: Database, minutes: float, limit: int = 10) -> list[Delivery]:
    async with database.read() as tx:
        return await inbox.due(tx, at(minutes), limit)


async def fail(database: Database, *failures: Failure) -> None:
    async with database.write() as tx:
        await inbox.fail(tx, failures, at(9))


async def test_what_is_put_comes_back_whole(database: Database) -> None:
    """Every field survives the table, to the microsecond and the byte."""
    item = replace(
        news(0),
        logged_at=at(-1) + timedelta(microseconds=1),
        canary="n0nce",
        source=Source.POLL,
        body=b"\x00\xff",
    )
    await put(database, item)
    assert await due(database, 0) == [item]


async def test_put_twice_is_once(database: Database) -> None:
    """The same delivery again, after an ambiguous commit or from an overlapping walk, is nothing."""
    item = news(0)
    assert await put(database, item) == frozenset()
    await put(database, item, item)
    assert await due(database, 0) == [item]


async def test_put_of_nothing(database: Database) -> None:
    """An empty batch is no error."""
    assert await put(database) == frozenset()


async def test_a_repeat_within_48_hours_is_told(database: Database) -> None:
    """The same content from any door within two days, in the same batch too, is a repeat; older or other content is not."""
    first, twin, poll = news(0), news(1), news(2, source=Source.POLL)
    assert await put(database, first, twin) == {twin.id}
    assert await put(database, news(1, n=5)) == frozenset()
    assert await put(database, poll) == {poll.id}
    edge, later = news(2 + 48 * 60), news(5 + 2 * 48 * 60)
    assert await put(database, edge) == {edge.id}
    assert await put(database, later) == frozenset()


async def test_the_oldest_due_come_first(database: Database) -> None:
    """By the moment of their next try, at most as many as asked for, none before its time."""
    items = [news(minute, n=minute) for minute in (3, 1, 2)]
    await put(database, *items)
    assert [item.received_at for item in await due(database, 2)] == [at(1), at(2)]
    assert [item.received_at for item in await due(database, 9, limit=2)] == [at(1), at(2)]


async def test_a_failed_delivery_waits_for_its_next_try(database: Database) -> None:
    """It comes back at its time with its attempts; for good it is a dead letter, and what is over stays over."""
    item = news(0)
    await put(database, item)
    await fail(database, Failure(item.id, "no luck", 1, at(5)))
    assert await due(database, 4) == []
    assert await due(database, 5) == [replace(item, attempts=1)]
    await fail(database, Failure(item.id, "no luck at all", 2, None))
    await fail(database, Failure(item.id, "late", 3, at(6)))
    assert await due(database, 99) == []
    async with database.read() as tx:
        assert await deliveries.backlog(tx) == Backlog(pending=0, dead=1, oldest_pending_at=None)


async def test_a_claim_holds_until_the_end(on_postgres: Database) -> None:
    """What one transaction claimed another one skips, and what is done cannot be claimed."""
    one, two = news(0), news(1, n=1)
    await put(on_postgres, one, two)
    async with on_postgres.write() as first:
        assert await inbox.claim(first, [one.id]) == {one.id}
        async with on_postgres.write() as second:
            assert await inbox.claim(second, [one.id, two.id]) == {two.id}
            await inbox.finish(second, [Done(two.id, 12, "x", Effect.APPLIED, "")], at(2))
    async with on_postgres.write() as third:
        assert await inbox.claim(third, [one.id, two.id]) == {one.id}


async def test_claim_takes_only_what_waits(database: Database) -> None:
    """Done and dead ones are nobody's any more."""
    waiting, done, dead = (news(n, n=n) for n in range(3))
    await put(database, waiting, done, dead)
    async with database.write() as tx:
        await inbox.finish(tx, [Done(done.id, 12, "email_sent", Effect.APPLIED, "")], at(2))
    await fail(database, Failure(dead.id, "broken", 1, None))
    async with database.write() as tx:
        assert await inbox.claim(tx, [waiting.id, done.id, dead.id]) == {waiting.id}


async def test_the_newest_of_the_log(database: Database) -> None:
    """The log shows what a delivery was and became, newest first."""
    old, new = news(0), news(1, n=1, workspace=None)
    await put(database, old, new)
    async with database.write() as tx:
        await inbox.finish(tx, [Done(old.id, 12, "email_sent", Effect.APPLIED, "palle@x.example")], at(2))
    pending, done = DeliveryState.PENDING, DeliveryState.DONE
    shown = [
        LogEntry(new.id, at(1), "main", None, "email_sent", "", Source.WEBHOOK, pending, None),
        LogEntry(
            old.id, at(0), "main", 12, "email_sent", "palle@x.example", Source.WEBHOOK, done, Effect.APPLIED
        ),
    ]
    async with database.read() as tx:
        assert await deliveries.newest(tx, 5) == shown
        assert await deliveries.newest(tx, 1) == shown[:1]


async def test_heard_and_stored(database: Database) -> None:
    """When webhooks of a content came since a moment (polls aside), and which deliveries are there at all."""
    first, again, polled = news(0), news(5), news(6, source=Source.POLL)
    other = news(7, n=1)
    await put(database, first, again, polled)
    async with database.read() as tx:
        hashes = [first.content_hash, other.content_hash]
        heard = await deliveries.heard(tx, hashes, at(0))
        assert {key: sorted(times) for key, times in heard.items()} == {first.content_hash: [at(0), at(5)]}
        assert await deliveries.heard(tx, hashes, at(1)) == {first.content_hash: [at(5)]}
        assert await deliveries.stored(tx, [first.id, other.id]) == {first.id}
        assert await deliveries.stored(tx, []) == frozenset()


async def test_dead_letters_per_workspace(database: Database) -> None:
    """Those received since a moment; those of no workspace are counted in the backlog only."""
    items = [news(0), news(5, n=1), news(6, n=2), news(7, n=3, workspace=31), news(8, n=4, workspace=None)]
    await put(database, *items, news(9, n=5))
    await fail(database, *(Failure(item.id, "broken", 1, None) for item in items))
    async with database.read() as tx:
        assert await deliveries.dead_since(tx, at(5)) == {NORTHWIND: 2, WorkspaceKey("main", 31): 1}
        assert await deliveries.backlog(tx) == Backlog(pending=1, dead=5, oldest_pending_at=at(9))


async def test_a_canary_is_found_by_its_nonce(database: Database) -> None:
    """Proof that a test event went the whole way."""
    await put(database, replace(news(0), canary="n0nce"))
    async with database.read() as tx:
        assert (
            await deliveries.canary_arrived(tx, "n0nce"),
            await deliveries.canary_arrived(tx, "other"),
        ) == (
            True,
            False,
        )
