"""Looking at dead letters, replaying and discarding them, with the processor at work."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete

from bisonwatch.bus import Topic
from bisonwatch.clock import SystemClock
from bisonwatch.domain.delivery import Delivery, DeliveryState
from bisonwatch.domain.letter import Changed, Wanted
from bisonwatch.errors import CallError
from bisonwatch.ingest import letters as module
from bisonwatch.ingest.letters import Letters
from bisonwatch.store import inbox, tables
from bisonwatch.store.database import Database
from bisonwatch.store.inbox import Failure
from tests.ingest.test_processor import POISON, cured, poisoned, sent
from tests.support.house import House, delivery, house, processor
from tests.support.news import at

NO_TYPE = b'{"event": {"workspace_id": 12}, "n": %d}'


def desk(house: House) -> Letters:
    return Letters(house.database, house.bus, house.clock)


async def unreadable(house: House, count: int = 1) -> list[Delivery]:
    """So many dead letters that nothing can cure, the oldest first."""
    items = [delivery(NO_TYPE % n, at(n - 600)) for n in range(count)]
    await house.put(*items)
    await house.drain()
    return items


async def died_of_poison(house: House, count: int = 1) -> list[Delivery]:
    """Dead letters of a database that refuses one lead."""
    await poisoned(house.database)
    items = [delivery(sent(n, POISON), at(n - 60)) for n in range(count)]
    await house.put(*items)
    for _ in range(6):
        await house.drain()
        await house.clock.advance(2 * 3600)
    assert {row.state for row in await house.all()} == {"dead"}
    return items


async def states(house: House) -> list[str]:
    return [row.state for row in await house.all()]


async def test_a_replay_after_the_fix_works(house: House) -> None:
    """All of a reason come into the mirror, each once; what has another reason stays where it is."""
    dead = await died_of_poison(house, 5)
    other = await unreadable(house)
    woken = house.bus.subscribe(Topic.INBOX)
    await cured(house.database)
    changed = await desk(house).replay(Wanted("the database refused it"))
    assert (sorted(changed.ids), changed.refused) == (sorted(item.id for item in dead), ())
    assert await woken.wait(0) == set()
    await house.drain()
    became = {row.id: (row.state, row.effect, row.error is None) for row in await house.all()}
    assert became == dict.fromkeys((item.id for item in dead), ("done", "applied", True)) | {
        other[0].id: ("dead", None, False)
    }
    counts = await house.all(tables.daily_counts)
    assert sum(row.n for row in counts if row.metric == "sent") == 5


async def test_a_replay_of_everything_takes_each_letter_once(
    door: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter that is dead again before the walk ends does not make it endless."""
    monkeypatch.setattr(module, "BATCH", 2)
    await unreadable(door, 7)
    letters = desk(door)
    real = letters._some

    async def raced(*arguments: object) -> Changed:
        told = await real(*arguments)  # type: ignore[arg-type]
        await door.drain()
        return told

    monkeypatch.setattr(letters, "_some", raced)
    changed = await letters.replay(Wanted())
    assert (len(changed.ids), len(set(changed.ids))) == (7, 7)
    assert await states(door) == ["dead"] * 7


async def test_a_replay_does_not_wait_for_the_next_try(house: House) -> None:
    """What failed and waits an hour is processed at once, with all of its reason or by its id."""
    await poisoned(house.database)
    items = [delivery(sent(n, POISON), at(n - 60)) for n in range(2)]
    await house.put(*items)
    await house.drain()
    await cured(house.database)
    assert (await desk(house).shelf()).waiting == 2
    assert (await desk(house).replay([items[0].id])).ids == (items[0].id,)
    assert (await desk(house).replay(Wanted("the database"))).ids == (items[1].id,)
    await house.drain()
    assert await states(house) == ["done", "done"]


async def test_what_cannot_be_replayed_says_why(house: House) -> None:
    """Each id once, with its own reason; nothing else is changed."""
    (dead, bodiless) = await unreadable(house, 2)
    done, fresh, unknown = delivery(sent(1)), delivery(sent(2)), uuid4()
    await house.put(done)
    await house.drain()
    await house.put(fresh)
    async with house.database.write() as tx:
        await tx.run(delete(tables.bodies).where(tables.bodies.c.id == bodiless.id))
    wanted = [dead.id, dead.id, done.id, fresh.id, unknown, bodiless.id]
    assert await desk(house).replay(wanted) == Changed(
        (dead.id,),
        (
            (done.id, "is no dead letter: it is processed"),
            (fresh.id, "waits to be processed already"),
            (unknown, "not found"),
            (bodiless.id, "its body is gone: it cannot be processed again"),
        ),
    )
    assert (await desk(house).replay([dead.id])).refused == ((dead.id, "waits to be processed already"),)


async def test_discard_and_its_undoing(house: House) -> None:
    """Discarded letters leave the shelf and stay in the log; a replay by id takes them back."""
    first, second = await unreadable(house, 2)
    assert await desk(house).discard([first.id]) == Changed((first.id,))
    assert await desk(house).discard([first.id]) == Changed((), ((first.id, "is discarded already"),))
    assert [letter.id for letter in (await desk(house).shelf()).letters] == [second.id]
    assert (await desk(house).discard(Wanted())).ids == (second.id,)
    assert (await desk(house).shelf()).total == 0
    away = Wanted(state=DeliveryState.DISCARDED)
    assert [letter.id for letter in (await desk(house).shelf(away)).letters] == [second.id, first.id]
    assert (await desk(house).replay([first.id])).ids == (first.id,)
    await house.drain()
    assert sorted(await states(house)) == ["dead", "discarded"]


async def test_discarding_all_leaves_what_may_still_succeed(house: House) -> None:
    """A delivery that waits for its next try is no dead letter yet."""
    await poisoned(house.database)
    await house.put(delivery(sent(1, POISON), at(-5)))
    await house.drain()
    assert await desk(house).discard(Wanted()) == Changed()
    assert await states(house) == ["pending"]


async def test_a_letter_answers_to_the_beginning_of_its_id(house: House) -> None:
    """With or without hyphens; too short, nobody's and several's are told."""
    items = await unreadable(house, 2)
    letters = desk(house)
    assert (await letters.find(str(items[0].id)[:20].upper())).id == items[0].id
    assert (await letters.find(items[1].id.hex)).id == items[1].id
    for word, message in (
        ("0199", "'0199' is not the id of a letter, nor the first 8 or more characters of one"),
        ("zzzzzzzz", "'zzzzzzzz' is not the id"),
        ("ffffffff", "there is no letter 'ffffffff'"),
    ):
        with pytest.raises(CallError, match=message):
            await letters.find(word)
    twins = [delivery(NO_TYPE % n, at(0)) for n in (70, 71)]
    await house.put(*twins)
    await house.drain()
    with pytest.raises(CallError, match="more than one letter begins with"):
        await letters.find(str(twins[0].id)[:13])


async def test_an_opened_letter_has_its_payload_as_lines(house: House) -> None:
    """Without a body it says nothing; an unknown id is nobody."""
    (item,) = await unreadable(house)
    opened = await desk(house).open(item.id)
    assert opened is not None
    assert opened.payload == ("{", '  "event": {', '    "workspace_id": 12', "  },", '  "n": 0', "}")
    async with house.database.write() as tx:
        await tx.run(delete(tables.bodies))
    opened = await desk(house).open(item.id)
    assert opened is not None
    assert opened.payload is None
    assert await desk(house).open(UUID(int=5)) is None


async def test_two_people_replay_everything_while_the_mirror_moves(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is first: each letter is processed once, and the counts are exact."""
    monkeypatch.setattr(module, "BATCH", 7)
    other = database if database.dialect.one_writer else Database(database.place, SystemClock())
    async with house(database) as built:
        items = [delivery(sent(n, f"lead{n % 9}@molar.example"), at(n - 300)) for n in range(150)]
        await built.put(*items)
        async with database.write() as tx:
            await inbox.fail(tx, [Failure(item.id, "no luck", 6, None) for item in items], at(0))
        mirrors = [processor(one, built.clock, batch=20) for one in (database, other)]
        people = [Letters(one, built.bus, built.clock) for one in (database, other)]
        replaying = [asyncio.create_task(one.replay(Wanted("no luck"))) for one in people]
        while not all(task.done() for task in replaying):
            await asyncio.gather(*(mirror.once() for mirror in mirrors))
        await built.drain()
        changed = [task.result() for task in replaying]
        assert {number for one in changed for number in one.ids} == {item.id for item in items}
        assert await states(built) == ["done"] * 150
        counts = await built.all(tables.daily_counts)
        assert sum(row.n for row in counts if row.metric == "sent") == 150
    if other is not database:
        await other.close()
