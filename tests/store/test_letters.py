"""Dead letters in the log."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import delete

from bisonwatch.domain.delivery import Delivery, DeliveryState, Effect
from bisonwatch.domain.letter import EVERY_DEAD, Group, Letter, Wanted
from bisonwatch.store import deliveries, inbox, letters
from bisonwatch.store.database import Database
from bisonwatch.store.deliveries import Backlog
from bisonwatch.store.inbox import Done, Failure
from bisonwatch.store.tables import bodies
from tests.store.test_inbox import news
from tests.support.news import NORTHWIND, at

NO_TYPE, REFUSED = "the body has no event type", "the database refused it: value 5 is out of range"


async def dead(database: Database, *reasons: str, workspace: int | None = 12) -> list[Delivery]:
    """Dead letters, a minute apart, the oldest first."""
    items = [news(minute, n=minute, workspace=workspace) for minute in range(len(reasons))]
    async with database.write() as tx:
        await inbox.put(tx, items)
        await inbox.fail(
            tx,
            [Failure(item.id, reason, 1, None) for item, reason in zip(items, reasons, strict=True)],
            at(9),
        )
    return items


async def waiting(database: Database) -> Delivery:
    """A delivery that failed twice and has another try before it."""
    item = news(5, n=99)
    async with database.write() as tx:
        await inbox.put(tx, [item])
        await inbox.fail(tx, [Failure(item.id, REFUSED, 2, at(70))], at(9))
    return item


def told(letter: Letter) -> tuple[UUID, DeliveryState, int, str]:
    return letter.id, letter.state, letter.attempts, letter.reason


async def page(database: Database, wanted: Wanted = EVERY_DEAD) -> list[UUID]:
    async with database.read() as tx:
        return [letter.id for letter in await letters.page(tx, wanted, 100)]


async def test_pages_go_down_from_the_newest(database: Database) -> None:
    """Each page begins after the last letter of the one before; other deliveries are in none."""
    items = await dead(database, *[NO_TYPE] * 5)
    await waiting(database)
    async with database.read() as tx:
        first = await letters.page(tx, EVERY_DEAD, 3)
        second = await letters.page(tx, EVERY_DEAD, 3, (first[-1].received_at, first[-1].id))
    assert [letter.id for letter in (*first, *second)] == [item.id for item in reversed(items)]
    assert (first[0].workspace, first[0].type, first[0].ended_at) == (NORTHWIND, "email_sent", at(9))


async def test_letters_of_one_moment_are_each_on_one_page(database: Database) -> None:
    """Equal times are told apart by the id."""
    items = [news(0, n=n) for n in range(4)]
    async with database.write() as tx:
        await inbox.put(tx, items)
        await inbox.fail(tx, [Failure(item.id, NO_TYPE, 1, None) for item in items], at(9))
    seen, after = [], None
    async with database.read() as tx:
        while some := await letters.page(tx, EVERY_DEAD, 1, after):
            seen.append(some[0].id)
            after = (some[0].received_at, some[0].id)
    assert sorted(seen) == sorted(item.id for item in items)


async def test_a_page_of_what_is_wanted(database: Database) -> None:
    """By workspace, by type, by a whole reason or how it begins; `%` and `_` are only characters."""
    other = await dead(database, "100% wrong", "1000 wrong", workspace=31)
    mine = await dead(database, NO_TYPE, REFUSED)
    assert await page(database, Wanted.of(NORTHWIND)) == [mine[1].id, mine[0].id]
    assert await page(database, Wanted("the ")) == [mine[1].id, mine[0].id]
    assert await page(database, Wanted("the database refused it")) == [mine[1].id]
    assert await page(database, Wanted("100%")) == [other[0].id]
    assert await page(database, Wanted(type="lead_replied")) == []
    assert len(await page(database, Wanted(type="email_sent"))) == 4


async def test_reasons_are_counted_by_what_stands_before_the_particulars(database: Database) -> None:
    """The most first."""
    await dead(database, NO_TYPE, REFUSED, REFUSED.replace("5", "6"), "")
    async with database.read() as tx:
        assert await letters.groups(tx, EVERY_DEAD) == [
            Group("the database refused it", 2, at(2)),
            Group("", 1, at(3)),
            Group(NO_TYPE, 1, at(0)),
        ]


async def test_reasons_are_counted_over_the_newest(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million letters never make a face wait."""
    monkeypatch.setattr(letters, "GROUPED", 2)
    await dead(database, NO_TYPE, NO_TYPE, REFUSED)
    async with database.read() as tx:
        assert [(group.reason, group.count) for group in await letters.groups(tx, EVERY_DEAD)] == [
            ("the body has no event type", 1),
            ("the database refused it", 1),
        ]
        assert await letters.count(tx, EVERY_DEAD) == 3


async def test_a_replayed_letter_is_due_at_once_with_its_reason(database: Database) -> None:
    """Its tries begin anew; the reason stays until it is processed; a second replay changes nothing."""
    item = (await dead(database, NO_TYPE))[0]
    later = await waiting(database)
    async with database.write() as tx:
        assert await letters.replay(tx, [item.id, later.id], at(20)) == {item.id, later.id}
        assert await letters.replay(tx, [item.id, later.id], at(21)) == frozenset()
        assert [found.id for found in await inbox.due(tx, at(20), 9)] == [item.id, later.id]
        assert sorted(map(told, await letters.states(tx, [item.id, later.id]))) == sorted(
            [(item.id, DeliveryState.PENDING, 0, NO_TYPE), (later.id, DeliveryState.PENDING, 0, REFUSED)]
        )
        await inbox.finish(tx, [Done(item.id, 12, "email_sent", Effect.APPLIED, "")], at(22))
        assert [told(letter) for letter in await letters.states(tx, [item.id])] == [
            (item.id, DeliveryState.DONE, 0, "")
        ]
        assert await letters.replay(tx, [item.id], at(23)) == frozenset()


async def test_a_discarded_letter_counts_nowhere_and_can_be_replayed(database: Database) -> None:
    """It stays in the log; discarding twice changes nothing."""
    item = (await dead(database, NO_TYPE))[0]
    async with database.write() as tx:
        assert await letters.discard(tx, [item.id], at(20)) == {item.id}
        assert await letters.discard(tx, [item.id], at(21)) == frozenset()
        assert await deliveries.backlog(tx) == Backlog(0, 0, None)
        assert await deliveries.dead_since(tx, at(-10)) == {}
        assert [entry.state for entry in await deliveries.newest(tx, 5)] == [DeliveryState.DISCARDED]
    assert await page(database) == []
    assert await page(database, Wanted(state=DeliveryState.DISCARDED)) == [item.id]
    async with database.write() as tx:
        assert await letters.replay(tx, [item.id], at(30)) == {item.id}
        assert [found.id for found in await inbox.due(tx, at(30), 9)] == [item.id]


async def test_what_was_processed_is_no_letter(database: Database) -> None:
    """Wanting such is wanting none."""
    item = (await dead(database, NO_TYPE))[0]
    async with database.write() as tx:
        await letters.replay(tx, [item.id], at(20))
        await inbox.finish(tx, [Done(item.id, 12, "email_sent", Effect.APPLIED, "")], at(22))
    assert await page(database, Wanted(state=DeliveryState.DONE)) == []


async def test_without_its_body_a_letter_is_not_replayed(database: Database) -> None:
    """It would wait for ever."""
    item = (await dead(database, NO_TYPE))[0]
    async with database.write() as tx:
        await tx.run(delete(bodies))
        assert await letters.replay(tx, [item.id], at(20)) == frozenset()
        assert (await letters.body(tx, item.id), await letters.held(tx, [item.id])) == (None, frozenset())


async def test_a_letter_is_found_by_how_its_id_begins(database: Database) -> None:
    """Only letters answer to a beginning; a whole id finds its delivery whatever became of it."""
    items = await dead(database, NO_TYPE, NO_TYPE)
    plain = news(0, n=50)
    async with database.write() as tx:
        await inbox.put(tx, [plain])
        found = await letters.beginning(tx, UUID(int=0), UUID(int=2**128 - 1), 9)
        assert [letter.id for letter in found] == [item.id for item in items]
        assert [letter.id for letter in await letters.beginning(tx, plain.id, plain.id, 9)] == [plain.id]
