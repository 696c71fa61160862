from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bisonwatch.domain.run import Outcome
from bisonwatch.domain.share import Share
from bisonwatch.errors import ProviderError
from bisonwatch.store import cursors, tables
from bisonwatch.sync.meter import Meter, StopAsked
from tests.sync.conftest import House
from tests.sync.provider import Space, campaign


async def stored(house: House, space: Space) -> dict[int, Any]:
    c = tables.campaigns.c
    async with house.database.read() as tx:
        rows = await tx.rows(select(*c).where(c.workspace_id == space.id))
    return {row.id: row for row in rows}


async def test_all_campaigns_are_read_and_unchanged_ones_left_alone(house: House, northwind: Space) -> None:
    """Forty over three pages, then only what changed is written."""
    northwind.campaigns = {n: campaign(n) for n in range(1, 41)}
    await house.campaigns.walk(northwind.key)
    assert sorted(await stored(house, northwind)) == list(range(1, 41))
    await house.clock.advance(45)
    northwind.campaigns[7] = campaign(7, status="Paused", emails_sent="500")
    meter = Meter()
    await house.campaigns.walk(northwind.key, meter)
    tally = meter.tally
    assert (tally.rows_read, tally.rows_written, tally.rows_unchanged, tally.rows_removed) == (40, 1, 39, 0)
    assert (tally.done, tally.total, tally.requests) == (40, 40, 3)
    changed = (await stored(house, northwind))[7]
    assert (changed.status, changed.sent, changed.type) == ("paused", 500, "outbound")


async def test_a_campaign_that_is_gone_is_removed_on_its_404_only(house: House, northwind: Space) -> None:
    """Not met by a complete walk, it is asked for by its id; one that answers after all stays, and so does one that cannot be asked."""
    northwind.campaigns = {n: campaign(n) for n in (1, 2, 3, 4)}
    await house.campaigns.walk(northwind.key)
    await house.clock.advance(45)
    del northwind.campaigns[1]
    hidden = {2: northwind.campaigns[2], 3: northwind.campaigns[3]}

    def fault(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/campaigns"):
            rows = [row for n, row in northwind.campaigns.items() if n not in hidden]
            return httpx.Response(200, json={"data": rows, "meta": {"next_cursor": None}})
        return httpx.Response(500) if request.url.path.endswith("/campaigns/3") else None

    house.provider.fault = fault
    meter = Meter()
    await house.campaigns.walk(northwind.key, meter)
    gone = {number: row.gone_at is not None for number, row in (await stored(house, northwind)).items()}
    assert gone == {1: True, 2: False, 3: False, 4: False}
    assert meter.tally.rows_removed == 1
    house.provider.fault = lambda _request: None
    northwind.campaigns[1] = campaign(1)
    await house.clock.advance(45)
    await house.campaigns.walk(northwind.key)
    assert (await stored(house, northwind))[1].gone_at is None


@pytest.mark.parametrize("page", [1, 2, 3])
async def test_a_walk_that_is_cut_removes_nobody(house: House, northwind: Space, page: int) -> None:
    """A page that fails ends the walk; what was not met by then is not asked for, and the next walk goes on."""
    northwind.campaigns = {n: campaign(n) for n in range(1, 41)}
    await house.campaigns.walk(northwind.key)
    before = house.provider.count("/api/campaigns")

    def fault(request: httpx.Request) -> httpx.Response | None:
        asked = house.provider.count("/api/campaigns") - before
        return httpx.Response(422, json={"message": "no"}) if asked >= page else None

    await house.clock.advance(45)
    house.provider.fault = fault
    with pytest.raises(ProviderError):
        await house.campaigns.walk(northwind.key)
    assert not any(row.gone_at for row in (await stored(house, northwind)).values())
    assert not any("/api/campaigns/" in path for _, path in house.provider.asked)
    async with house.database.read() as tx:
        cursor = await cursors.get(tx, northwind.key, "campaigns")
    assert cursor is not None
    assert cursor.walked_at < house.clock.now()


async def test_a_stop_is_heard(house: House, northwind: Space) -> None:
    """Asked to stop after a page, it stops there."""
    northwind.campaigns = {n: campaign(n) for n in range(1, 41)}

    async def stop(_tally: object) -> bool:
        return True

    with pytest.raises(StopAsked):
        await house.campaigns.walk(northwind.key, Meter(stop))
    assert house.provider.count("/api/campaigns") == 1


async def test_every_workspace_of_a_share(house: House, northwind: Space, cobalt: Space) -> None:
    """Once goes over all; one that fails does not stop the other; half a share is half of them."""
    northwind.campaigns, cobalt.campaigns = {1: campaign(1)}, {2: campaign(2), 3: campaign(3)}
    done = await house.campaigns.once()
    assert (done.outcome, done.tally.rows_written, done.tally.workspaces) == (Outcome.SUCCESS, 3, 2)
    halves = [await house.campaigns.once(share=Share(n, 2)) for n in (0, 1)]
    assert sum(half.tally.rows_read for half in halves) == 3
    house.provider.keys.pop("key-of-12")
    assert (await house.campaigns.once()).outcome is Outcome.PARTIAL


async def test_rows_that_cannot_be_read_are_no_reason_to_remove(
    house: House, northwind: Space, caplog: pytest.LogCaptureFixture
) -> None:
    """A row whose values are broken is told and skipped; its id was met."""
    northwind.campaigns = {1: campaign(1), 2: campaign(2)}
    await house.campaigns.walk(northwind.key)
    northwind.campaigns[1] = campaign(1, status=[], emails_sent={}, name=None, tags="?")
    await house.clock.advance(45)
    await house.campaigns.walk(northwind.key)
    found = await stored(house, northwind)
    assert (found[1].status, found[1].sent, found[1].gone_at) == (None, None, None)
    assert found[2].status == "active"
