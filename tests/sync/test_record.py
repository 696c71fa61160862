"""What the provider's log says of its deliveries to us is counted once each, by walks that read its rows anyway."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import httpx
import pytest

from bisonwatch.domain.record import NOTHING, Record
from bisonwatch.errors import ProviderError
from bisonwatch.store import traffic
from bisonwatch.sync.poller import Poller
from bisonwatch.sync.record import leads_here
from tests.sync.conftest import House
from tests.sync.provider import Row, Space, minutes

HERE = "https://hooks.example.com/webhooks/main/hook-token?workspace=12"


def delivered(row: Row, status: str = "succeeded", code: int | None = 200, url: str = HERE) -> Row:
    """The provider's record of one delivery of that event."""
    attempts = [{"id": 1, "status": status, "response_code": code}]
    one = {"webhook_url": url, "status": status, "attempt_count": 1, "webhook_attempts": attempts}
    row["webhook_deliveries"].append(one)
    return row


def events(house: House, space: Space, ages: list[float]) -> list[Row]:
    """Sends that were logged so many minutes ago, oldest first."""
    return [
        space.sent(len(space.log) + 1, house.clock.now() - minutes(age)) for age in sorted(ages, reverse=True)
    ]


async def told(house: House, space: Space) -> Record:
    async with house.database.read() as tx:
        day = await traffic.since(tx, house.clock.now() - timedelta(hours=24))
    return day[space.key].record if space.key in day else NOTHING


async def test_each_event_is_counted_once_when_it_is_old_enough(house: House, northwind: Space) -> None:
    """However often overlapping walks read it; one that is younger than ten minutes waits for a later walk."""
    for row in events(house, northwind, [40, 30, 20, 9, 1]):
        delivered(row)
    seen = []
    for _ in range(4):
        await house.poller.walk(northwind.key)
        seen.append((await told(house, northwind)).answered)
        await house.clock.advance(300)
    assert seen == [3, 4, 5, 5]


async def test_what_is_refused_what_is_late_and_what_was_never_tried(house: House, northwind: Space) -> None:
    """Late is no miss; an event without a delivery, or with one to somebody else, says nothing of ours."""
    rows = events(house, northwind, [60, 59, 58, 57, 56, 55, 54])
    delivered(rows[0])
    delivered(rows[1], "failed", 503)
    delivered(rows[2], "pending", 503)
    delivered(delivered(rows[3], "failed", 500), "succeeded")
    delivered(rows[4], "failed", None, "https://crm.example/hook")
    delivered(rows[5], "failed", None, "http://[no address")
    await house.poller.walk(northwind.key)
    assert await told(house, northwind) == Record(answered=2, refused=1, late=1)


async def test_an_address_that_is_configured_is_the_only_one_that_is_ours(
    house: House, northwind: Space
) -> None:
    """Without one the path tells; with one a second bisonwatch on another host is somebody else."""
    there = HERE.replace("hooks.example.com", "staging.example")
    for row in events(house, northwind, [50]):
        delivered(delivered(row), "failed", 500, there)
    delivered(events(house, northwind, [40])[0], "failed", 500, there)
    ours = partial(leads_here, house.public_url)
    one = Poller(house.database, house.providers, house.clock, house.bus, ours=ours)
    await one.walk(northwind.key)
    assert await told(house, northwind) == Record(answered=1)
    assert leads_here(None, there, "main")
    assert not leads_here(None, there, "other")


async def test_a_walk_that_is_cut_counts_nothing_and_the_next_one_all(house: House, northwind: Space) -> None:
    """The record moves with the cursor, in one transaction."""
    for row in events(house, northwind, [float(age) for age in range(15, 60)]):
        delivered(row)
    pages = 0

    def broken(request: httpx.Request) -> httpx.Response | None:
        nonlocal pages
        pages += request.url.path == "/api/events"
        return httpx.Response(422, json={"message": "no"}) if pages == 3 else None

    house.provider.fault = broken
    with pytest.raises(ProviderError):
        await house.poller.walk(northwind.key)
    assert await told(house, northwind) == NOTHING
    house.provider.fault = lambda _request: None
    await house.poller.walk(northwind.key)
    assert await told(house, northwind) == Record(answered=45)


async def test_only_the_last_day_is_counted(house: House, northwind: Space) -> None:
    """A first walk goes ten days back; a rate is of one."""
    for row in events(house, northwind, [60 * 24 * 3, 60 * 25, 60 * 23]):
        delivered(row)
    await house.poller.walk(northwind.key)
    assert await told(house, northwind) == Record(answered=1)


async def test_a_walk_that_another_one_overtook_counts_only_what_is_left(
    house: House, northwind: Space
) -> None:
    """Two nodes walk one log: the events are counted once."""
    for row in events(house, northwind, [50, 40, 30, 9.5]):
        delivered(row)
    other = Poller(house.database, house.providers, house.clock, house.bus)
    overtook = False

    async def overtake(request: httpx.Request) -> None:
        nonlocal overtook
        if not overtook and request.url.path == "/api/events":
            overtook = True
            await house.clock.advance(60)
            await other.walk(northwind.key)

    house.provider.after = overtake
    await house.poller.walk(northwind.key)
    assert overtook
    assert await told(house, northwind) == Record(answered=4)
