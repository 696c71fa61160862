"""The walk of the send ledger by the day messages were planned for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bisonwatch.domain.delivery import Source
from bisonwatch.domain.metric import Metric
from bisonwatch.errors import ProviderError
from bisonwatch.store import counts, cursors, leads, tables
from bisonwatch.store.watch import Watch
from bisonwatch.sync.meter import Meter
from bisonwatch.sync.misses import Misses
from tests.sync.conftest import House
from tests.sync.provider import Space, campaign, minutes, send_row, stamp


def ago(house: House, number: float) -> datetime:
    return house.clock.now() - minutes(number)


async def counted(house: House, space: Space) -> dict[Metric, int]:
    async with house.database.read() as tx:
        found = await counts.counted(tx, date(2026, 1, 1), date(2027, 12, 31))
    totals: dict[Metric, int] = {}
    for (key, _, metric), n in found.items():
        if key == space.key and n:
            totals[metric] = totals.get(metric, 0) + n
    return totals


async def test_what_went_out_and_what_failed(house: House, northwind: Space) -> None:
    """A message with a date was sent, whatever became of it; what is planned is nothing; who was met is known."""
    at = ago(house, 60)
    northwind.sends = [
        send_row(1, at),
        send_row(2, at, status="bounced"),
        send_row(3, at, status="replied"),
        send_row(4, at, status="failed", sent_at=None),
        send_row(5, at, status="scheduled", sent_at=None),
        send_row(6, ago(house, -600), status="scheduled", sent_at=None),
    ]
    ledger = await house.sends.walk(northwind.key)
    assert await counted(house, northwind) == {Metric.SENT: 3, Metric.SEND_FAILED: 1}
    assert (ledger.gain.facts, ledger.sent) == (4, {at.date(): 3})
    async with house.database.read() as tx:
        met = await leads.get(tx, northwind.key, "lead870001@molar.example")
        row = await tx.row(select(tables.client_leads).where(tables.client_leads.c.lead_id == 870_001))
    assert met is not None
    assert (met.pipeline_stage, met.marks.contacted_at) == ("contacted", at)
    assert row is not None
    assert (row.campaign_id, row.sender_email_id) == (44, 1)


@pytest.mark.parametrize("zone", [-11, 0, 13])
async def test_an_old_id_that_goes_out_today_is_found(house: House, northwind: Space, zone: int) -> None:
    """Ids are given at planning: yesterday's plan stands below everything, and the campaign's day is another than ours."""
    house.provider.zone = timedelta(hours=zone)
    northwind.sends = [send_row(n, ago(house, 60 * 24 * 5)) for n in range(100, 200)]
    await house.sends.walk(northwind.key)
    await house.clock.advance(timedelta(days=1).total_seconds())
    northwind.sends += [send_row(n, ago(house, 60 * 30 - n * 60)) for n in range(1, 30)]
    assert (await house.sends.walk(northwind.key)).gain.facts == 29
    assert (await house.sends.walk(northwind.key)).gain.facts == 0


async def test_a_walk_reads_from_two_days_before_the_last_finished_one(
    house: House, northwind: Space
) -> None:
    """The first reads ten days; the next asks for no more than it must; one that was cut moves nothing."""
    asked: list[str] = []

    def listen(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/api/scheduled-emails":
            asked.append(request.url.params["scheduled_date_local[value]"])
        return None

    house.provider.fault = listen
    northwind.sends = [send_row(n, ago(house, n * 60)) for n in range(1, 40)]
    today = house.clock.now().date()
    await house.sends.walk(northwind.key)
    await house.clock.advance(timedelta(days=3).total_seconds())
    house.provider.fault = lambda request: (
        listen(request) or (httpx.Response(422, json={}) if request.url.params.get("cursor") else None)
    )
    northwind.sends += [send_row(n, ago(house, n - 100)) for n in range(101, 140)]
    with pytest.raises(ProviderError):
        await house.sends.walk(northwind.key)
    house.provider.fault = listen
    await house.sends.walk(northwind.key)
    await house.sends.walk(northwind.key)
    days = [date.fromisoformat(day) for day in dict.fromkeys(asked)]
    assert days == [today - timedelta(days=12), today - timedelta(days=2), today + timedelta(days=1)]
    assert (await counted(house, northwind))[Metric.SENT] == 78


async def test_without_the_list_of_all_each_campaign_is_asked(house: House, northwind: Space) -> None:
    """An older instance: every campaign's own ledger, but for drafts."""
    house.provider.ledger = False
    northwind.campaigns = {
        44: campaign(44),
        45: campaign(45, status="Archived"),
        46: campaign(46, status="Draft"),
    }
    northwind.sends = [send_row(n, ago(house, n), campaign_id=44 + n % 2) for n in range(1, 50)]
    ledger = await house.sends.walk(northwind.key)
    assert await counted(house, northwind) == {Metric.SENT: 49}
    assert sum(ledger.sent.values()) == 49
    assert house.provider.count("/api/campaigns/45/scheduled-emails") == 2
    assert house.provider.count("/api/campaigns/46/scheduled-emails") == 0


async def test_memory_holds_a_batch(house: House, northwind: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand rows are written two hundred at a time, each in a transaction of its own."""
    sizes: list[int] = []
    write = counts.add

    async def listening(tx: Any, deltas: Any) -> None:
        sizes.append(sum(deltas.values()))
        await write(tx, deltas)

    monkeypatch.setattr(counts, "add", listening)
    northwind.sends = [send_row(n, ago(house, 60 + n / 10)) for n in range(1, 1001)]
    meter = Meter()
    await house.sends.walk(northwind.key, meter)
    assert (sum(sizes), meter.tally.rows_read, meter.tally.rows_written) == (1000, 1000, 1000)
    assert max(sizes) < 220


async def test_a_poll_leaves_young_messages_to_their_webhooks(house: House, northwind: Space) -> None:
    """It tells what it was the first to tell, since when; what it saw is counted all the same."""
    northwind.sends = [send_row(1, ago(house, 1)), send_row(2, ago(house, 3)), send_row(3, ago(house, 4))]
    northwind.sends.append(send_row(4, ago(house, 30), status="failed", sent_at=None))
    types = frozenset(("email_sent",))
    misses = Misses(Watch(northwind.key, subscribed_at=ago(house, 60)), types)
    ledger = await house.sends.walk(northwind.key, source=Source.POLL, settle=minutes(2), misses=misses)
    assert (ledger.gain.facts, sum(ledger.sent.values())) == (3, 3)
    assert (misses.toll.missed, misses.toll.since) == (2, ago(house, 4))


async def test_a_walk_from_a_later_day_leaves_the_cursor(house: House, northwind: Space) -> None:
    """A look at today says nothing of the days before."""
    await house.sends.walk(northwind.key)
    async with house.database.read() as tx:
        before = await cursors.get(tx, northwind.key, "sends")
    await house.clock.advance(timedelta(days=5).total_seconds())
    await house.sends.walk(northwind.key, since=house.clock.now().date())
    async with house.database.read() as tx:
        assert await cursors.get(tx, northwind.key, "sends") == before


async def test_a_message_from_next_year_has_no_date(house: House, northwind: Space) -> None:
    """The provider's clock is wrong: the plan dates it, else the reading."""
    planned = ago(house, 60)
    northwind.sends = [send_row(1, planned, sent_at=stamp(ago(house, -60 * 24 * 300)))]
    await house.sends.walk(northwind.key)
    async with house.database.read() as tx:
        row = await tx.row(select(tables.facts.c.at))
    assert row is not None
    assert row.at == planned
