from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import httpx
import pytest
from sqlalchemy import delete

from bisonwatch.clients.bison.caller import Usage
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.wire import LogRow
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Outcome
from bisonwatch.domain.share import Share
from bisonwatch.errors import ProviderError, ProviderUnreachable
from bisonwatch.store import counts, cursors, tables, watch, workspaces
from bisonwatch.sync.log_walk import STREAM, LogWalk
from bisonwatch.sync.poller import NO_LOG, Poller
from tests.sync.conftest import House
from tests.sync.provider import Space, minutes


async def position(house: House, space: Space) -> int | None:
    async with house.database.read() as tx:
        cursor = await cursors.get(tx, space.key, STREAM)
    return cursor.position if cursor else None


async def sent(house: House, space: Space) -> int:
    async with house.database.read() as tx:
        return await counts.total(tx, space.key, Metric.SENT)


def ago(house: House, number: float) -> datetime:
    return house.clock.now() - minutes(number)


async def test_holes_below_known_rows_are_found(house: House, northwind: Space) -> None:
    """One webhook in five is lost in a busy hour: the walk finds each, though the rows around it are known."""
    rows = [northwind.sent(n, ago(house, 70 - n)) for n in range(60)]
    for number, row in enumerate(rows):
        if number % 5 != 3:
            await house.webhook(row, northwind.key)
    result = await house.poller.walk(northwind.key)
    await house.process()
    assert (result.rows, result.missed, result.applied) == (60, 12, 12)
    assert result.missing_since == house.at(rows[3])
    assert await sent(house, northwind) == 60
    assert await house.polled() == 12


async def test_a_walk_again_inserts_nothing(house: House, northwind: Space) -> None:
    """Walking twice, even before the first walk's rows were processed, puts nothing twice and ends the episode."""
    for number in range(20):
        northwind.sent(number, ago(house, 30 - number))
    first, again = await house.poller.walk(northwind.key), await house.poller.walk(northwind.key)
    assert (first.missed, again.missed, again.applied) == (20, 0, 0)
    await house.process()
    assert (await house.poller.walk(northwind.key)).applied == 0
    assert await house.polled() == 20
    seen = await house.watched(northwind.key)
    assert (seen.missed, seen.missing_since, seen.verified_at) == (0, None, house.clock.now())


async def test_an_episode_keeps_its_first_miss(house: House, northwind: Space) -> None:
    """As long as every walk finds new misses, `missing_since` stays that of the first."""
    first = northwind.sent(1, ago(house, 5))
    await house.poller.walk(northwind.key)
    await house.clock.advance(300)
    northwind.sent(2, ago(house, 3))
    await house.poller.walk(northwind.key)
    assert (await house.watched(northwind.key)).missing_since == house.at(first)
    await house.poller.walk(northwind.key)
    assert (await house.watched(northwind.key)).missing_since is None


@pytest.mark.parametrize("cut", range(1, 5))
async def test_the_cursor_moves_only_after_a_finished_walk(house: House, northwind: Space, cut: int) -> None:
    """Cut at any page: the cursor stays, the failure is recorded, and the next walk finds and counts everything."""
    for number in range(60):
        northwind.sent(number, ago(house, 130 - number))
    pages = 0

    def fault(request: httpx.Request) -> httpx.Response | None:
        nonlocal pages
        pages += request.url.path == "/api/events"
        return httpx.Response(500) if pages >= cut and request.url.path == "/api/events" else None

    house.provider.fault = fault
    with pytest.raises(ProviderUnreachable):
        await house.poller.walk(northwind.key)
    assert await position(house, northwind) is None
    assert (await house.watched(northwind.key)).poll_failed_since is not None
    house.provider.fault = lambda _request: None
    result = await house.poller.walk(northwind.key)
    await house.process()
    assert await position(house, northwind) == northwind.log[-1]["id"]
    assert (result.missed, await sent(house, northwind)) == (60, 60)
    assert (await house.watched(northwind.key)).poll_error is None


async def test_misses_of_a_cut_walk_are_still_counted(house: House, northwind: Space) -> None:
    """What a walk put into the inbox before it was cut is missed all the same: the next finished walk says so."""
    for number in range(360):
        northwind.sent(number, ago(house, 500 - number))
    last = str(northwind.log[20]["id"])
    house.provider.fault = lambda request: (
        httpx.Response(500) if int(request.url.params.get("cursor", 10**9)) <= int(last) else None
    )
    with pytest.raises(ProviderUnreachable):
        await house.poller.walk(northwind.key)
    assert 300 <= await house.polled() < 360
    house.provider.fault = lambda _request: None
    result = await house.poller.walk(northwind.key)
    assert (result.missed, result.missing_since) == (360, house.at(northwind.log[0]))


async def test_a_walk_ends_at_its_cursor(house: House, northwind: Space) -> None:
    """With a cursor the walk goes down to fifteen minutes below it, and usually asks for one page."""
    for number in range(200):
        northwind.sent(number, ago(house, 300 - number))
    await house.poller.walk(northwind.key)
    asked = house.provider.count("/api/events")
    await house.clock.advance(60)
    result = await house.poller.walk(northwind.key)
    assert house.provider.count("/api/events") - asked == 2
    assert result.rows == 30


async def test_rows_that_may_still_come_are_left(house: House, northwind: Space) -> None:
    """A row younger than two minutes is its webhook's; the next walk finds it, although the cursor is above it."""
    old, young = northwind.sent(1, ago(house, 3)), northwind.sent(2, ago(house, 1))
    first = await house.poller.walk(northwind.key)
    assert (first.missed, await position(house, northwind)) == (1, young["id"])
    await house.clock.advance(120)
    second = await house.poller.walk(northwind.key)
    await house.process()
    assert (second.missed, second.missing_since) == (1, house.at(old))
    assert await sent(house, northwind) == 2


async def test_an_unprocessed_webhook_is_no_miss(house: House, northwind: Space) -> None:
    """A webhook that waits in our own inbox has come."""
    row = northwind.sent(1, ago(house, 5))
    await house.webhook(row, northwind.key, processed=False)
    assert (await house.poller.walk(northwind.key)).applied == 0


@pytest.mark.parametrize(("arrived", "missed"), [((), 3), ((0,), 2), ((0, 1), 1), ((0, 1, 2), 0), ((2,), 2)])
async def test_state_events_are_matched_one_to_one(
    house: House, northwind: Space, arrived: tuple[int, ...], missed: int
) -> None:
    """Three byte-equal disconnects need three webhooks, each within ten minutes of its row."""
    rows = [northwind.disconnected(5, ago(house, 40 - 2 * n)) for n in range(3)]
    for number in arrived:
        await house.webhook(rows[number], northwind.key)
    result = await house.poller.walk(northwind.key)
    assert (result.missed, await house.polled()) == (missed, missed)
    assert (await house.poller.walk(northwind.key)).missed == 0


async def test_a_webhook_out_of_time_matches_nothing(house: House, northwind: Space) -> None:
    """The webhook of an hour ago does not excuse a later state event with the same body."""
    early, late = northwind.disconnected(5, ago(house, 60)), northwind.disconnected(5, ago(house, 5))
    await house.webhook(early, northwind.key)
    result = await house.poller.walk(northwind.key)
    assert (result.missed, result.missing_since) == (1, house.at(late))


async def test_rows_from_before_our_subscription_are_no_misses(house: House, northwind: Space) -> None:
    """They are applied, as a backfill, and alarm nobody; nor does a type that no subscription can name."""
    await house.subscribed(northwind.key, minutes_ago=30)
    northwind.sent(1, ago(house, 60))
    after = northwind.sent(2, ago(house, 20))
    northwind.add("BLACKLISTED_EMAIL_ADDED", {"blacklisted_email": {"email": "x@y.example"}}, ago(house, 10))
    result = await house.poller.walk(northwind.key)
    assert (result.applied, result.missed, result.missing_since) == (3, 1, house.at(after))


async def test_without_a_subscription_nothing_is_missed(house: House, northwind: Space) -> None:
    """Where no webhook was ever ordered, the poll is the only door, and quiet."""
    async with house.database.write() as tx:
        await watch.subscribed(tx, northwind.key, None)
    northwind.sent(1, ago(house, 60))
    result = await house.poller.walk(northwind.key)
    assert (result.applied, result.missed) == (1, 0)


async def test_a_row_that_cannot_be_read_is_passed_over(house: House, northwind: Space) -> None:
    """One broken payload in the log does not hide its neighbours, and is in the validation log."""
    northwind.sent(1, ago(house, 9))
    northwind.add("EMAIL_ACCOUNT_DISCONNECTED", {}, ago(house, 8))
    northwind.log.append({"id": 88_000_002, "payload": "?", "created_at": "?"})
    northwind.sent(3, ago(house, 7))
    assert (await house.poller.walk(northwind.key)).applied == 2
    (flaws,) = house.providers.key(northwind.key).at(Priority.POLL).journal.validation.waiting.take().values()
    assert {(flaw.workspace, flaw.source, flaw.field, flaw.reason) for flaw in flaws} == {
        (northwind.key.id, "GET /api/events", "payload", "the body has no sender_email.id"),
        (northwind.key.id, "GET /api/events", "payload", "expected an object, found str"),
    }


async def test_an_instance_without_a_log_is_said_to_have_none(house: House, northwind: Space) -> None:
    """404 for the log, and for the lists too, is noted beside the workspace, and is no failure of the walk."""
    house.provider.fault = lambda request: (
        httpx.Response(404, json={"message": f"The route {request.url.path[1:]} could not be found."})
        if request.url.path in ("/api/events", "/api/replies")
        else None
    )
    result = await house.poller.walk(northwind.key)
    assert result.log is False
    assert (await house.watched(northwind.key)).poll_error == NO_LOG


async def test_a_workspace_that_fails_does_not_stop_others(
    house: House, northwind: Space, cobalt: Space
) -> None:
    """One key is rejected: the other workspace is walked, and the pass is partial."""
    house.provider.keys.pop("key-of-12")
    cobalt.sent(1, ago(house, 5))
    done = await house.poller.once()
    await house.process()
    assert done.outcome is Outcome.PARTIAL
    assert done.error is not None
    assert done.error.startswith("main/12: ")
    assert await sent(house, cobalt) == 1


async def test_once_walks_what_is_due(house: House, northwind: Space, cobalt: Space) -> None:
    """Silent workspaces every minute, a failing one no sooner than a walked one."""
    house.provider.keys.pop("key-of-13")
    await house.poller.once()
    asked = len(house.provider.asked)
    await house.clock.advance(50)
    await house.poller.once()
    assert len(house.provider.asked) == asked
    await house.clock.advance(11)
    await house.poller.once()
    assert len(house.provider.asked) > asked


async def test_a_key_that_reads_another_workspace_is_found(house: House, northwind: Space) -> None:
    """The binding is asked again after an hour, and nothing of the other workspace is taken."""
    await house.poller.walk(northwind.key)
    house.provider.keys["key-of-12"] = [13]
    await house.clock.advance(3601)
    done = await house.poller.once()
    assert done.outcome is Outcome.PARTIAL
    error = (await house.watched(northwind.key)).poll_error
    assert error is not None
    assert error.startswith("the key configured for main/12 reads main/13")


async def test_a_workspace_that_a_webhook_brought_and_no_key_reads_says_so(house: House) -> None:
    """It is never walked, and is told once."""
    strange = WorkspaceKey("main", 999)
    async with house.database.write() as tx:
        await workspaces.see(tx, strange, "Strange", house.clock.now())
    await house.poller.once()
    told = await house.watched(strange)
    assert (told.poll_error or "").startswith("no API key serves main/999")
    await house.clock.advance(61)
    await house.poller.once()
    assert (await house.watched(strange)).poll_failed_since == told.poll_failed_since


async def test_counts_lie_on_the_day_of_the_send(house: House, northwind: Space) -> None:
    """A polled row is dated as its webhook would have been."""
    northwind.sent(1, ago(house, 60 * 24))
    await house.poller.walk(northwind.key)
    await house.process()
    async with house.database.read() as tx:
        found = await counts.counted(tx, date(2026, 9, 1), date(2026, 9, 30))
    assert found == {(northwind.key, date(2026, 9, 13), Metric.SENT): 1}


async def test_two_walks_of_one_log_do_not_count_twice(house: House, northwind: Space) -> None:
    """A person's poll beside the schedule's: one waits for the other, and finds nothing left."""
    northwind.sent(1, ago(house, 5))
    results = await asyncio.gather(house.poller.walk(northwind.key), house.poller.walk(northwind.key))
    assert sorted(result.missed for result in results) == [0, 1]


async def test_every_node_knows_when_a_walk_failed(house: House, northwind: Space, cobalt: Space) -> None:
    """Another node, or this one after a restart, waits as long as the one that tried."""
    house.provider.fault = lambda _request: httpx.Response(503)
    await house.poller.once()
    other = Poller(house.database, house.providers, house.clock, house.bus)
    assert await other.due() == ()
    await house.clock.advance(61)
    assert await other.due() == (northwind.key, cobalt.key)


async def test_a_share_is_polled_alone(house: House, northwind: Space, cobalt: Space) -> None:
    """Three nodes walk each workspace once between them, and know which share has something due."""
    shares = {house.providers.slot(space.key) % 3: space.key for space in (northwind, cobalt)}
    assert await house.poller.due_in(3) == shares.keys()
    for number in range(3):
        done = await house.poller.once(share=Share(number, 3))
        assert done.tally.done == (number in shares)
    assert await house.poller.due() == ()


@pytest.mark.parametrize("same_news", [True, False])
async def test_two_nodes_that_walk_one_log_tell_every_miss_once(
    house: House, northwind: Space, same_news: bool
) -> None:
    """A run was rescued while its former node still walked: whoever ends last, no miss is forgotten, nor the newer walk."""
    northwind.sent(1, ago(house, 5))
    slow, quick = (Poller(house.database, house.providers, house.clock, house.bus) for _ in range(2))
    waiting, go = asyncio.Event(), asyncio.Event()
    plain = LogWalk.finish

    async def held(walk: LogWalk) -> None:
        if walk is walks[0]:
            waiting.set()
            await go.wait()
        await plain(walk)

    walks: list[LogWalk] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LogWalk, "finish", lambda walk: held(walks.append(walk) or walk))  # type: ignore[func-returns-value]
        late = asyncio.create_task(slow.walk(northwind.key))
        await waiting.wait()
        await house.clock.advance(30)
        if not same_news:
            northwind.sent(2, ago(house, 3))
        await quick.walk(northwind.key)
        newest = (await house.watched(northwind.key)).last_poll_at
        go.set()
        await late
    known = await house.watched(northwind.key)
    assert known.missed == (1 if same_news else 2)
    assert (known.last_poll_at, known.missing_since is not None) == (newest, True)


async def test_a_pruned_webhook_is_no_miss(house: House, northwind: Space) -> None:
    """An idle workspace's newest row is met by every walk, and was judged long ago: its webhook may be gone."""
    row = northwind.disconnected(5, ago(house, 60))
    await house.webhook(row, northwind.key)
    await house.poller.walk(northwind.key)
    async with house.database.write() as tx:
        await tx.run(delete(tables.inbox))
    await house.clock.advance(3600)
    result = await house.poller.walk(northwind.key)
    assert (result.rows, result.applied) == (1, 0)


@pytest.mark.parametrize(
    ("rest", "said"),
    [(0.0, "no page of the event log within 0.01 s"), (40.0, "the instance asks to be left alone for 40 s")],
)
async def test_a_hanging_instance_is_given_up(house: House, northwind: Space, rest: float, said: str) -> None:
    """A page that does not come in time ends the walk, with the reason, and leaves the place to others."""
    await house.providers.client(northwind.key)
    key = house.providers.key(northwind.key)
    poller = Poller(
        house.database, house.providers, house.clock, house.bus, timeout=timedelta(milliseconds=10)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key, "at", lambda *_: Hanging())
        house.providers.instances[0].breaker.rest(rest)
        with pytest.raises(ProviderError, match=said):
            await poller.walk(northwind.key)
    assert said in ((await house.watched(northwind.key)).poll_error or "")


class Hanging:
    """A client whose pages never come."""

    usage = Usage()
    journal = None

    def bound(self, _workspace: int) -> Hanging:
        return self

    @property
    def events(self) -> Hanging:
        return self

    async def pages(self, _start: date, _end: date, *, there: bool) -> AsyncIterator[Page[LogRow]]:
        await asyncio.Event().wait()
        yield Page((), (), (), None, None, datetime.now().astimezone())


async def test_one_slow_log_keeps_no_other_waiting(house: House, northwind: Space, cobalt: Space) -> None:
    """A log that takes an hour to read is left to whoever reads it; the others are walked in their time, and once."""
    poller = Poller(house.database, house.providers, house.clock, house.bus, concurrency=1)
    northwind.sent(1, ago(house, 5))
    lost = cobalt.sent(2, ago(house, 5))
    begun, go = asyncio.Event(), asyncio.Event()

    async def slowly(request: httpx.Request) -> None:
        if request.url.path == "/api/events" and "key-of-12" in request.headers["authorization"]:
            begun.set()
            await go.wait()

    house.provider.after = slowly
    slow = asyncio.create_task(poller.once())
    await begun.wait()
    assert await poller.due() == (cobalt.key,)
    done = await poller.once()
    assert (done.outcome, done.tally.workspaces) == (Outcome.SUCCESS, 1)
    assert (await house.watched(cobalt.key)).missing_since == house.at(lost)
    go.set()
    assert (await slow).outcome is Outcome.SUCCESS
    assert house.provider.count("/api/events") == 2
