"""Down the ladder: how lost webhooks are found where there is no event log."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from bisonwatch.domain.metric import Metric
from bisonwatch.errors import ProviderError
from bisonwatch.store import counts, traffic
from tests.sync.conftest import House
from tests.sync.provider import Provider, Row, Space, inbox_row, minutes, send_row


def series(provider: Provider, house: House, sent: int) -> None:
    """The provider's own count of today."""
    day = house.clock.now().date().isoformat()
    provider.series = [{"label": "Sent", "dates": [[day, sent]]}]


def ago(house: House, number: float) -> object:
    return house.clock.now() - minutes(number)


def both(space: Space, house: House, numbers: range) -> list[Row]:
    """Messages that went out, a minute apart, in the ledger and as events."""
    rows = []
    for number in numbers:
        at = house.clock.now() - minutes(5 + numbers.stop - number)
        space.sends.append(send_row(number, at))
        rows.append(space.sent(number, at))
    return rows


async def total(house: House, space: Space, metric: Metric = Metric.SENT) -> int:
    async with house.database.read() as tx:
        return await counts.total(tx, space.key, metric)


@pytest.fixture
def logless(house: House) -> House:
    house.provider.has_log = False
    return house


async def test_one_lost_message_in_five_is_found(logless: House, northwind: Space) -> None:
    """The series says that some are missing, the ledger which; they are counted, dated and told as a walk of the log would."""
    rows = both(northwind, logless, range(1, 61))
    for number, row in enumerate(rows):
        if number % 5 != 3:
            await logless.webhook(row, northwind.key)
    series(logless.provider, logless, 60)
    result = await logless.poller.walk(northwind.key)
    assert (result.log, result.missed, result.applied) == (False, 12, 12)
    assert result.missing_since == logless.at(rows[3])
    assert await total(logless, northwind) == 60
    seen = await logless.watched(northwind.key)
    assert (seen.missed, seen.missing_since, seen.poll_error) == (12, logless.at(rows[3]), None)
    again = await logless.poller.walk(northwind.key)
    assert (again.missed, (await logless.watched(northwind.key)).missing_since) == (0, None)
    async with logless.database.read() as tx:
        assert (await traffic.since(tx, logless.clock.now() - minutes(60)))[northwind.key].missed == 12


async def test_the_ledger_is_left_alone_while_the_witness_agrees(logless: House, northwind: Space) -> None:
    """A long list is read only when the provider counts more than we do."""
    for row in both(northwind, logless, range(1, 31)):
        await logless.webhook(row, northwind.key)
    series(logless.provider, logless, 30)
    assert (await logless.poller.walk(northwind.key)).missed == 0
    assert logless.provider.count("/api/scheduled-emails") == 0


async def test_a_difference_that_nothing_explains_is_not_looked_for_again(
    logless: House, northwind: Space
) -> None:
    """The series counts two that the ledger does not have: looked for once; one more that is really lost is found."""
    rows = both(northwind, logless, range(1, 31))
    for row in rows:
        await logless.webhook(row, northwind.key)
    series(logless.provider, logless, 32)
    assert (await logless.poller.walk(northwind.key)).missed == 0
    asked = logless.provider.count("/api/scheduled-emails")
    assert asked > 0
    await logless.poller.walk(northwind.key)
    assert logless.provider.count("/api/scheduled-emails") == asked
    both(northwind, logless, range(31, 32))
    series(logless.provider, logless, 33)
    assert (await logless.poller.walk(northwind.key)).missed == 1
    assert await total(logless, northwind) == 31


async def test_a_message_on_its_way_hides_no_lost_one(logless: House, northwind: Space) -> None:
    """What is too young to be missed makes a difference that is not remembered as unexplained."""
    rows = both(northwind, logless, range(1, 11))
    for row in rows:
        await logless.webhook(row, northwind.key)
    northwind.sends.append(send_row(11, logless.clock.now() - minutes(0.5)))
    series(logless.provider, logless, 11)
    assert (await logless.poller.walk(northwind.key)).missed == 0
    await logless.clock.advance(240)
    result = await logless.poller.walk(northwind.key)
    assert (result.missed, await total(logless, northwind)) == (1, 11)


@pytest.mark.parametrize(
    "broken", ["/api/workspaces/v1.1/line-area-chart-stats", "/api/scheduled-emails", "/api/sender-emails"]
)
async def test_what_a_cut_poll_found_is_told_by_the_next(
    logless: House, northwind: Space, broken: str
) -> None:
    """The replies were written before the poll broke: they are in the mirror, and count as missed once a poll comes to its end."""
    northwind.replies = [inbox_row(n, logless.clock.now() - minutes(10)) for n in (1, 2, 3)]
    both(northwind, logless, range(10, 12))
    series(logless.provider, logless, 2)
    logless.provider.fault = lambda request: (
        httpx.Response(422, json={}) if request.url.path == broken else None
    )
    with pytest.raises(ProviderError):
        await logless.poller.walk(northwind.key)
    assert (await logless.watched(northwind.key)).poll_failed_since is not None
    logless.provider.fault = lambda _request: None
    result = await logless.poller.walk(northwind.key)
    assert result.missed == 5
    assert (await logless.watched(northwind.key)).poll_failed_since is None


async def test_accounts_are_read_when_nobody_has_of_late(logless: House, northwind: Space) -> None:
    """No event tells that a mailbox was disconnected: the poll looks, unless the light walk just did."""
    northwind.mailboxes(3)
    await logless.poller.walk(northwind.key)
    assert logless.provider.count("/api/sender-emails") == 1
    await logless.poller.walk(northwind.key)
    assert logless.provider.count("/api/sender-emails") == 1
    await logless.clock.advance(300)
    await logless.poller.walk(northwind.key)
    assert logless.provider.count("/api/sender-emails") == 2


async def test_what_the_log_has_forgotten_is_read_from_the_lists(house: House, northwind: Space) -> None:
    """We were away for three weeks: the log knows ten days, the lists the rest, and each is told once."""
    await house.webhook(northwind.sent(1, house.clock.now() - minutes(10)), northwind.key)
    northwind.sends.append(send_row(1, house.clock.now() - minutes(10)))
    await house.poller.walk(northwind.key)
    begin = house.clock.now()
    await house.clock.advance(timedelta(days=21).total_seconds())
    for number in range(2, 22):
        at = begin + timedelta(days=number - 1.5)
        northwind.sends.append(send_row(number, at))
        row = northwind.sent(number, at)
        if house.clock.now() - at > timedelta(days=10):
            northwind.log.remove(row)
    northwind.replies = [inbox_row(1, begin + timedelta(days=2))]
    result = await house.poller.walk(northwind.key)
    await house.process()
    assert (await total(house, northwind), await total(house, northwind, Metric.REPLIED)) == (21, 1)
    assert result.missed == 21
    assert (await house.poller.walk(northwind.key)).missed == 0


async def test_a_log_that_ran_empty_has_forgotten_nothing(house: House, northwind: Space) -> None:
    """A workspace that has slept for weeks, and was walked all the time: the lists need not tell what the log had no words for."""
    row = northwind.sent(1, house.clock.now() - minutes(10))
    await house.poller.walk(northwind.key)
    for _ in range(12):
        await house.clock.advance(timedelta(days=1).total_seconds())
        if house.clock.now() - house.at(row) > timedelta(days=10):
            northwind.log.clear()
        await house.poller.walk(northwind.key)
    assert not northwind.log
    assert (house.provider.count("/api/replies"), house.provider.count("/api/scheduled-emails")) == (0, 0)
    await house.clock.advance(timedelta(days=11).total_seconds())
    await house.poller.walk(northwind.key)
    assert house.provider.count("/api/scheduled-emails") == 1
    await house.poller.walk(northwind.key)
    assert house.provider.count("/api/scheduled-emails") == 1
