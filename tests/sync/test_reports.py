"""The provider's own numbers: the daily series, and the summary of each month."""

from __future__ import annotations

from datetime import date, timedelta

import httpx
import pytest

from bisonwatch.domain.datasets.volume import Told
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Outcome
from bisonwatch.errors import ProviderError
from bisonwatch.store import counts, summaries, volume_days
from bisonwatch.sync.reports import last_of, months, window
from tests.sync.conftest import House
from tests.sync.provider import PER_PAGE, Fault, Space, _nothing, minutes

STATS = {
    "emails_sent": "412",
    "total_leads_contacted": 280,
    "opened": 0,
    "unique_opens_per_contact": None,
    "unique_replies_per_contact": "8",
    "bounced": 3,
    "unsubscribed": 0,
    "interested": 2,
}


@pytest.mark.parametrize(
    ("today", "asked"),
    [
        (date(2026, 9, 14), [date(2026, 9, 1)]),
        (date(2026, 9, 3), [date(2026, 9, 1)]),
        (date(2026, 9, 2), [date(2026, 8, 1), date(2026, 9, 1)]),
        (date(2027, 1, 1), [date(2026, 12, 1), date(2027, 1, 1)]),
    ],
)
def test_a_month_is_summed_up_while_it_is_revised(today: date, asked: list[date]) -> None:
    """The last one too, in the first days of the next."""
    assert months(*window(today)) == asked
    assert [last_of(month).month for month in asked] == [month.month for month in asked]
    assert all((last_of(month) - month).days >= 27 for month in asked)


async def test_a_summary_is_kept_as_it_is_told(house: House, northwind: Space) -> None:
    """Numbers or text, and null where the provider does not tell; a newer one replaces it, an older one never does."""
    house.provider.stats = dict(STATS)
    await house.reports.read(northwind.key)
    async with house.database.read() as tx:
        kept = await summaries.of(tx, northwind.key, date(2026, 9, 1))
    assert kept is not None
    assert (kept.until, kept.sent, kept.leads_contacted) == (date(2026, 9, 14), 412, 280)
    assert (kept.unique_opens, kept.unique_replies, kept.interested) == (None, 8, 2)
    await house.clock.advance(300)
    house.provider.stats = STATS | {"emails_sent": 420}
    await house.reports.read(northwind.key)
    async with house.database.write() as tx:
        await summaries.write(tx, northwind.key, kept)
        newest = await summaries.of(tx, northwind.key, date(2026, 9, 1))
    assert newest is not None
    assert (newest.sent, newest.as_of - kept.as_of) == (420, minutes(5))


async def test_the_series_stays_where_the_summary_fails(house: House, northwind: Space) -> None:
    """Two requests, two fates."""

    def fault(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(404, json={"message": "gone"}) if request.url.path.endswith("/stats") else None

    house.provider.series = [{"label": "Sent", "dates": [["2026-09-14", 7]]}]
    house.provider.fault = fault
    with pytest.raises(ProviderError):
        await house.reports.read(northwind.key)
    day = house.clock.now().date()
    async with house.database.read() as tx:
        assert (await counts.reported(tx, day, day))[northwind.key, day, Metric.SENT].n == 7


async def planned(house: House, space: Space) -> dict[date, Told]:
    today = house.clock.now().date()
    async with house.database.read() as tx:
        found = await volume_days.of(tx, space.key, today - timedelta(days=1), today + timedelta(days=2))
    return dict(found.scheduled)


async def test_what_is_planned_is_read_with_the_reports(house: House, northwind: Space) -> None:
    """All campaigns together, over several pages; newer plans replace older ones."""
    now, day = house.clock.now(), house.clock.now().date()
    house.provider.planned = {"today": [5] * (PER_PAGE + 2), "tomorrow": []}
    assert (await house.reports.once()).outcome is Outcome.SUCCESS
    assert await planned(house, northwind) == {day: Told(85, now), day + timedelta(days=1): Told(0, now)}
    await house.clock.advance(300)
    house.provider.planned = {"today": [3], "tomorrow": [120, 1]}
    await house.reports.once()
    told = (await planned(house, northwind)).values()
    assert [(each.n, each.as_of - now) for each in told] == [(3, minutes(5)), (121, minutes(5))]


async def test_an_instance_that_cannot_tell_its_plans_is_left_alone(house: House, northwind: Space) -> None:
    """It does not know the route, or refuses it: nothing is kept and nothing has failed. One that breaks down has."""
    assert (await house.reports.once()).outcome is Outcome.SUCCESS
    house.provider.fault = _schedules(422)
    assert (await house.reports.once()).outcome is Outcome.SUCCESS
    house.provider.fault = _schedules(403)
    assert (await house.reports.once()).outcome is not Outcome.SUCCESS
    assert await planned(house, northwind) == {}


def _schedules(status: int) -> Fault:
    def fault(request: httpx.Request) -> httpx.Response | None:
        answer = httpx.Response(status, json={"message": "no"})
        return answer if request.url.path.endswith("sending-schedules") else None

    return fault


async def test_plans_told_over_midnight_are_of_no_day(house: House, northwind: Space) -> None:
    """What was tomorrow for the first question is today for the second."""
    house.provider.planned = {"today": [5], "tomorrow": [6]}
    midnight = (house.clock.now() + timedelta(days=1)).replace(hour=0, minute=0)

    async def night(request: httpx.Request) -> None:
        if request.url.params.get("day") == "today":
            await house.clock.advance((midnight - house.clock.now()).total_seconds())

    house.provider.after = night
    await house.reports.once()
    assert house.provider.count("/api/campaigns/sending-schedules") >= 2
    assert await planned(house, northwind) == {}
    house.provider.after = _nothing
    await house.reports.once()
    assert [told.n for told in (await planned(house, northwind)).values()] == [5, 6]
