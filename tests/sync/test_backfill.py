"""A window of history against the simulated provider, which knows what really happened, and against one made by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import httpx
import pytest

from bisonwatch.bus import Bus
from bisonwatch.domain.backfill import Haste, Order
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Outcome, Part, Tally
from bisonwatch.simulator.past.chronicle import History
from bisonwatch.simulator.world import World
from bisonwatch.store import backfills, counts, leads, witness, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.sync.discovery import Discovery
from tests.support.clock import ManualClock
from tests.sync.conftest import House
from tests.sync.provider import URL, Provider, Space, inbox_row, minutes, send_row
from tests.sync.test_simulated import keyed

KEY = WorkspaceKey("main", 12)
COUNTED = (Metric.SENT, Metric.REPLIED, Metric.BOUNCED, Metric.INTERESTED)


@pytest.fixture
def world() -> World:
    return World(11, 3, 120, start=ManualClock().now(), url=URL, rate=0, past=History(120, 0.1))


@pytest.fixture
async def old(sqlite_place: Place, world: World) -> AsyncIterator[House]:
    """A mirror that was set up just now, of a provider with months of past."""
    clock = ManualClock(auto=True)
    database = Database(sqlite_place, clock)
    house = House(clock, database, Bus(), Provider(), keyed(world, clock))
    await Discovery(database, house.providers, clock, house.bus).once()
    yield house
    await house.providers.close()
    await database.close()


def order(house: House, days: int, upto: int = 0, haste: Haste = Haste.FULL) -> Order:
    today = house.clock.now().date()
    return Order(today - timedelta(days=days), today - timedelta(days=upto), haste)


async def counted(
    house: House, first: date, last: date, key: WorkspaceKey = KEY
) -> dict[tuple[date, Metric], int]:
    async with house.database.read() as tx:
        found = await counts.counted(tx, first, last)
    return {
        (day, metric): n
        for (mine, day, metric), n in found.items()
        if n and mine == key and metric in COUNTED
    }


def truth(world: World, first: date, last: date) -> dict[tuple[date, Metric], int]:
    found = world.truth_of_the_past(12).items()
    return {(day, m): n for (day, m), n in found if n and first <= day <= last and m in COUNTED}


async def test_three_months_are_what_happened(old: House, world: World) -> None:
    """Day by day every number of the past is the oracle's, and the witness reaches back; a second run asks for next to nothing."""
    wanted = order(old, 90)
    yesterday = wanted.last - timedelta(days=1)
    done = await old.backfill.run(KEY, wanted, ())
    assert (done.outcome, done.error) == (Outcome.SUCCESS, None)
    assert await counted(old, wanted.first, yesterday) == truth(world, wanted.first, yesterday)
    assert done.tally.done == done.tally.total
    again = await old.backfill.run(KEY, wanted, ())
    assert again.outcome is Outcome.SUCCESS
    assert again.tally.requests < done.tally.requests / 4
    assert again.tally.rows_written < 600  # the daily numbers
    assert await counted(old, wanted.first, yesterday) == truth(world, wanted.first, yesterday)
    async with old.database.read() as tx:
        first = await witness.first_days(tx, KEY)
        reach = (await backfills.known(tx))[KEY]
    assert {first[m] for m in (Metric.SENT, Metric.REPLIED, Metric.BOUNCED)} == {wanted.first}
    assert first[Metric.OPENED] == first[Metric.UNSUBSCRIBED] == wanted.last + timedelta(days=1)
    assert {m.value: r.basis for m, r in reach.items()} == {
        "sent": "counted",
        "replied": "counted",
        "bounced": "counted",
        "interested": "counted",
        "opened": "reported",
        "unsubscribed": "reported",
    }
    assert {r.first for r in reach.values()} == {wanted.first}


async def test_what_has_no_history_is_shown_as_reported(old: House, world: World) -> None:
    """Opens and unsubscribes of the past are the provider's number, whatever is counted."""
    wanted = order(old, 40)
    await old.backfill.run(KEY, wanted, [Part.METRICS])
    async with old.database.read() as tx:
        told = (await counts.sums(tx, wanted.first, wanted.last, [KEY]))[KEY]
    assert told.reported[Metric.UNSUBSCRIBED] > 0
    assert told.counted.get(Metric.UNSUBSCRIBED, 0) == told.counted.get(Metric.SENT, 0) == 0
    async with old.database.read() as tx:
        assert set((await backfills.known(tx))[KEY]) == {Metric.OPENED, Metric.UNSUBSCRIBED}


@pytest.mark.parametrize("stop", [3, 20, 60, 110, 150])
async def test_a_stopped_one_goes_on_where_it_stopped(old: House, world: World, stop: int) -> None:
    """Stopped after so many requests, and again, and again: in the end everything is there, and little was asked twice."""
    wanted, asked = order(old, 90), 0
    whole = len(truth(world, wanted.first, wanted.last))
    for _ in range(200):

        async def progress(tally: Tally) -> bool:
            return tally.requests >= stop + 30

        done = await old.backfill.run(KEY, wanted, (), progress)
        asked += done.tally.requests
        if done.outcome is not Outcome.CANCELLED:
            break
    assert done.outcome is Outcome.SUCCESS
    yesterday = wanted.last - timedelta(days=1)
    assert await counted(old, wanted.first, yesterday) == truth(world, wanted.first, yesterday)
    assert whole


async def test_a_longer_window_reads_what_is_missing(old: House, world: World) -> None:
    """First a month in the middle, then three: the middle is not read again, and the witness moves once there is no hole."""
    middle, wide = order(old, 60, 30), order(old, 90)
    await old.backfill.run(KEY, middle, ())
    async with old.database.read() as tx:
        assert (await witness.first_days(tx, KEY))[Metric.SENT] > wide.last
        assert KEY not in await backfills.known(tx)
    assert await counted(old, middle.first, middle.last) == truth(world, middle.first, middle.last)
    await old.backfill.run(KEY, wide, ())
    async with old.database.read() as tx:
        assert (await witness.first_days(tx, KEY))[Metric.SENT] == wide.first
    yesterday = wide.last - timedelta(days=1)
    assert await counted(old, wide.first, yesterday) == truth(world, wide.first, yesterday)


async def test_the_day_after_it_goes_on(old: House, world: World) -> None:
    """The same command a day later reads the new days and nothing else."""
    done = await old.backfill.run(KEY, order(old, 90), (Part.SENDS,))
    await old.clock.advance(86_400)
    world.advance(old.clock.now())
    later = await old.backfill.run(KEY, order(old, 91), (Part.SENDS,))
    assert later.tally.rows_read < done.tally.rows_read / 2


async def test_off_peak_asks_five_times_a_second(old: House) -> None:
    """However many workspaces at once; at full pace the key's own pace is all that holds it back."""
    began = old.clock.monotonic()
    done = await old.backfill.run(KEY, order(old, 60, haste=Haste.OFF_PEAK), ())
    took = old.clock.monotonic() - began
    assert 0.9 * done.tally.requests / 5 < took < 1.1 * done.tally.requests / 5


async def test_a_persons_stage_survives_and_nothing_is_missed(house: House, northwind: Space) -> None:
    """What is read of the past says nothing of webhooks, and never moves a stage that a person set."""
    at = house.clock.now() - minutes(60 * 24 * 40)
    northwind.sends = [send_row(1, at)]
    northwind.replies = [inbox_row(1, at + minutes(60), interested=True)]
    async with house.database.write() as tx:
        await workspaces.see(tx, northwind.key, northwind.name, house.clock.now())
    await house.backfill.run(northwind.key, order(house, 90), ())
    email = "lead870001@molar.example"
    async with house.database.write() as tx:
        found = await leads.get(tx, northwind.key, email)
        assert found is not None
        assert found.pipeline_stage == "interested"
        await leads.set_stage(tx, northwind.key, email, "qualified")
        await backfills.forget(tx, northwind.key)
    await house.backfill.run(northwind.key, order(house, 90), ())
    async with house.database.read() as tx:
        found = await leads.get(tx, northwind.key, email)
        now = house.clock.now()
        gone = await witness.missed(
            tx, northwind.key, [at.date()], at - minutes(60), timedelta(minutes=10), now
        )
    assert found is not None
    assert (found.pipeline_stage, found.stage_author) == ("qualified", "person")
    assert (gone, (await house.watched(northwind.key)).missed) == ({}, 0)


async def test_a_place_the_provider_forgot(house: House, northwind: Space) -> None:
    """The cursor is refused the next time: the folder is read from its top, and nothing is missing."""
    start = house.clock.now() - minutes(60 * 24 * 2)
    northwind.replies = [inbox_row(n, start - minutes(600 * (400 - n))) for n in range(1, 401)]
    stop = 0

    async def progress(tally: Tally) -> bool:
        return tally.requests > stop

    stop = 30
    first = await house.backfill.run(northwind.key, order(house, 180), [Part.REPLIES], progress)
    assert first.outcome is Outcome.CANCELLED
    kept: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response | None:
        if request.url.params.get("cursor") and not kept:
            kept.append(request.url.params["cursor"])
            return httpx.Response(422, json={"message": "The cursor is not valid."})
        return None

    house.provider.fault = refuse
    done = await house.backfill.run(northwind.key, order(house, 180), [Part.REPLIES])
    assert (done.outcome, len(kept)) == (Outcome.SUCCESS, 1)
    async with house.database.read() as tx:
        assert await counts.total(tx, northwind.key, Metric.REPLIED) == 400


async def test_a_provider_that_heeds_no_day(house: House, northwind: Space) -> None:
    """Filters that it does not know it ignores: that is said, instead of reading everything for every day."""
    at = house.clock.now() - minutes(60 * 24 * 20)
    northwind.sends = [send_row(n, at) for n in range(1, 40)]
    house.provider.fault = lambda request: (
        httpx.Response(200, json={"data": northwind.sends[:15], "meta": {}})
        if request.url.path == "/api/scheduled-emails"
        else None
    )
    done = await house.backfill.run(northwind.key, order(house, 60), ())
    assert done.outcome is Outcome.PARTIAL
    assert done.error is not None
    assert "does not heed the day" in done.error
    assert house.provider.count("/api/scheduled-emails") < 3


async def test_an_instance_without_the_list_of_all(house: House, northwind: Space) -> None:
    """Campaign after campaign, each kept when it was read."""
    house.provider.ledger = False
    northwind.campaigns = {
        44: {"id": 44, "name": "Wave", "status": "Active"},
        45: {"id": 45, "status": "Draft"},
    }
    start = house.clock.now() - minutes(60 * 24 * 50)
    northwind.sends = [send_row(n, start + minutes(600 * n)) for n in range(1, 60)]
    done = await house.backfill.run(northwind.key, order(house, 60), [Part.SENDS])
    assert (done.outcome, done.error) == (Outcome.SUCCESS, None)
    async with house.database.read() as tx:
        assert await counts.total(tx, northwind.key, Metric.SENT) == 59
    asked = house.provider.count("/api/campaigns/44/scheduled-emails")
    await house.backfill.run(northwind.key, order(house, 60, 4), [Part.SENDS])
    assert house.provider.count("/api/campaigns/44/scheduled-emails") == asked
