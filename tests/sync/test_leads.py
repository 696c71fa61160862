"""New leads at the top of the list, between full walks."""

from __future__ import annotations

import httpx
import pytest

from bisonwatch.domain.run import Outcome
from bisonwatch.errors import ProviderError
from bisonwatch.store import cursors, leads
from bisonwatch.store.cursors import Cursor
from tests.sync.conftest import House
from tests.sync.provider import Row, Space, lead, minutes, stamp


def made(house: House, number: int, minutes_ago: float) -> Row:
    return lead(number) | {"created_at": stamp(house.clock.now() - minutes(minutes_ago))}


async def count(house: House, space: Space) -> int:
    async with house.database.read() as tx:
        return await leads.count(tx, space.key)


async def cursor(house: House, space: Space) -> Cursor | None:
    async with house.database.read() as tx:
        return await cursors.get(tx, space.key, "leads")


async def test_only_the_top_of_the_list_is_read(house: House, northwind: Space) -> None:
    """A hundred known leads, three new ones: one page."""
    northwind.leads = [made(house, n, 60 * 24 + (500 - n) * 10) for n in range(500, 400, -1)]
    await house.leads.walk(northwind.key)
    before = house.provider.count("/api/leads")
    northwind.leads[:0] = [made(house, n, 3) for n in (503, 502, 501)]
    await house.leads.newest(northwind.key)
    assert (await count(house, northwind), house.provider.count("/api/leads") - before) == (103, 1)
    found = await cursor(house, northwind)
    assert found is not None
    assert found.position == 503


async def test_without_a_finished_walk_all_are_read(house: House, northwind: Space) -> None:
    """The first time everything is new; a walk that was cut does not count."""
    northwind.leads = [made(house, n, 60 * 24) for n in range(100, 0, -1)]
    house.provider.fault = lambda request: (
        httpx.Response(422, json={})
        if request.url.params.get("page") == "6" or "cursor" in request.url.params
        else None
    )
    with pytest.raises(ProviderError):
        await house.leads.newest(northwind.key)
    assert await cursor(house, northwind) is None
    house.provider.fault = lambda _request: None
    await house.leads.newest(northwind.key)
    assert await count(house, northwind) == 100


async def test_a_lead_that_turns_up_below_the_newest_is_found(house: House, northwind: Space) -> None:
    """An import commits out of order: within a quarter of an hour a walk goes past the newest id it knows."""
    rows = [made(house, n, (100 - n) / 10) for n in range(100, 0, -1)]
    northwind.leads = [row for row in rows if row["id"] != 30]
    await house.leads.newest(northwind.key)
    northwind.leads = rows
    await house.leads.newest(northwind.key)
    assert await count(house, northwind) == 100


async def test_an_import_of_thousands(house: House, northwind: Space) -> None:
    """However many came since, all are read, and an empty workspace is no fault."""
    await house.leads.newest(northwind.key)
    northwind.leads = [made(house, n, 3) for n in range(1000, 0, -1)]
    await house.leads.newest(northwind.key)
    assert await count(house, northwind) == 1000


async def test_every_workspace(house: House, northwind: Space, cobalt: Space) -> None:
    """Once goes over all of them."""
    northwind.leads, cobalt.leads = [made(house, 1, 3)], [made(house, 2, 3)]
    done = await house.leads.once()
    assert (done.outcome, done.tally.rows_written, done.tally.workspaces) == (Outcome.SUCCESS, 2, 2)
