"""The walk of the inbox by last known ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bisonwatch.clients.bison.pace import Priority
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.event import SUBSCRIBABLE
from bisonwatch.domain.metric import Metric
from bisonwatch.errors import ProviderError
from bisonwatch.store import counts, cursors, leads, tables
from bisonwatch.store.cursors import Cursor
from bisonwatch.store.watch import Watch
from bisonwatch.sync.meter import Meter, StopAsked
from bisonwatch.sync.misses import Misses
from bisonwatch.sync.replies import Depth
from bisonwatch.sync.toll import Toll
from tests.sync.conftest import House
from tests.sync.provider import Row, Space, campaign, inbox_row, minutes, stamp

TYPES = frozenset(kind.value for kind in SUBSCRIBABLE)
SETTLE = minutes(2)


def ago(house: House, number: float) -> datetime:
    return house.clock.now() - minutes(number)


async def counted(house: House, space: Space) -> dict[Metric, int]:
    async with house.database.read() as tx:
        found = await counts.counted(tx, date(2026, 1, 1), date(2027, 12, 31))
    total: dict[Metric, int] = {}
    for (key, _, metric), n in found.items():
        if key == space.key and n:
            total[metric] = total.get(metric, 0) + n
    return total


async def cursor(house: House, space: Space, folder: str = "inbox") -> Cursor | None:
    async with house.database.read() as tx:
        return await cursors.get(tx, space.key, f"replies/{folder}")


async def facts(house: House, space: Space) -> list[Any]:
    async with house.database.read() as tx:
        t = tables.facts.c
        return list(await tx.rows(select(*t).where(t.workspace_id == space.id).order_by(t.key)))


@dataclass(frozen=True)
class Polled:
    facts: int
    toll: Toll


async def poll(house: House, space: Space, since: float | None = 24 * 60) -> Polled:
    """As the poll walks, by a subscription that is so many minutes old."""
    misses = Misses(Watch(space.key, subscribed_at=None if since is None else ago(house, since)), TYPES)
    gain = await house.replies.walk(
        space.key, source=Source.POLL, depth=Depth(settle=SETTLE), priority=Priority.POLL, misses=misses
    )
    return Polled(gain.facts, misses.toll)


def replied(space: Space, house: House, numbers: range, step: float = 1.0) -> list[Row]:
    """One reply a minute, the last one five minutes ago."""
    rows = [inbox_row(n, ago(house, 5 + (numbers.stop - n) * step)) for n in numbers]
    space.replies += rows
    return rows


async def test_every_folder_is_read_and_each_kind_counted_once(house: House, northwind: Space) -> None:
    """Answers, bounces, unrelated mail, what a person answered; our campaigns' own mail and spam are nothing."""
    at = ago(house, 60)
    northwind.campaigns = {
        44: campaign(44, include_auto_replies_in_stats=True),
        45: campaign(45, include_auto_replies_in_stats=False),
    }
    northwind.replies = [
        inbox_row(1, at),
        inbox_row(2, at, automated_reply=True),
        inbox_row(3, at, automated_reply=True, campaign_id=45),
        inbox_row(4, at, interested=True),
        inbox_row(5, at, folder="Bounced", type="Bounced", automated_reply=True),
        inbox_row(6, at, type="Untracked Reply", scheduled_email_id=None, campaign_id=None, lead_id=None, lead=None),
        inbox_row(7, at, folder="Sent", type="Outgoing Email", parent_id=1),
        inbox_row(8, at, folder="Sent", type="Outgoing Email"),
        inbox_row(9, at, folder="Spam"),
    ]  # fmt: skip
    gain = await house.replies.walk(northwind.key)
    wanted = {
        Metric.REPLIED: 3,
        Metric.REPLIED_AUTOMATED: 2,
        Metric.INTERESTED: 1,
        Metric.BOUNCED: 1,
        Metric.UNTRACKED: 1,
        Metric.MANUAL_SENT: 1,
    }
    assert await counted(house, northwind) == wanted
    assert {metric: span.count for metric, span in gain.spans.items()} == wanted
    assert gain.facts == 9
    assert house.provider.count("/api/campaigns/45") == 1
    async with house.database.read() as tx:
        stages = {row.email: row.pipeline_stage for row in await leads.page(tx, northwind.key, None, 20)}
    assert stages["lead870004@molar.example"] == "interested"
    assert stages["lead870005@molar.example"] == "bounced"
    assert stages["lead870001@molar.example"] == "replied"


async def test_a_walk_goes_down_to_where_the_last_one_began(house: House, northwind: Space) -> None:
    """Two hundred known, three new: one page of each folder is asked for, and nothing counted twice."""
    replied(northwind, house, range(1, 201), step=10)
    assert (await house.replies.walk(northwind.key)).facts == 200
    await house.clock.advance(600)
    northwind.replies += [inbox_row(n, ago(house, 3)) for n in (201, 202, 203)]
    before = house.provider.count("/api/replies")
    gain = await house.replies.walk(northwind.key)
    asked = house.provider.count("/api/replies") - before
    assert (gain.facts, asked) == (3, 4)
    found = await cursor(house, northwind)
    assert found is not None
    assert (found.position, found.walked_at) == (203, house.clock.now())


async def test_a_row_that_appears_below_known_ones_is_found(house: House, northwind: Space) -> None:
    """The provider commits out of order: an id below the newest turns up a little later."""
    rows = replied(northwind, house, range(1, 60))
    northwind.replies = [row for row in rows if row["id"] not in (10, 50)]
    await house.replies.walk(northwind.key)
    northwind.replies = rows
    gain = await house.replies.walk(northwind.key)
    assert gain.facts == 1, "50 lies in the overlap of fifteen minutes; what is older waits for a deeper walk"
    deep = await house.replies.walk(northwind.key, depth=Depth(until=ago(house, 120)))
    assert deep.facts == 1
    assert await counted(house, northwind) == {Metric.REPLIED: 59}


@pytest.mark.parametrize("cut", range(1, 6))
async def test_a_walk_that_is_cut_leaves_its_cursor(house: House, northwind: Space, cut: int) -> None:
    """Whichever page fails, the next walk goes down as deep, and all is counted once."""
    replied(northwind, house, range(1, 31))
    await house.replies.walk(northwind.key)
    before = await cursor(house, northwind)
    await house.clock.advance(3600)
    replied(northwind, house, range(31, 91))
    asked = house.provider.count("/api/replies")

    def fault(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/api/replies" or request.url.params.get("folder") != "inbox":
            return None
        return httpx.Response(422, json={}) if house.provider.count("/api/replies") - asked >= cut else None

    house.provider.fault = fault
    with pytest.raises(ProviderError):
        await house.replies.walk(northwind.key)
    assert await cursor(house, northwind) == before
    house.provider.fault = lambda _request: None
    await house.replies.walk(northwind.key)
    assert await counted(house, northwind) == {Metric.REPLIED: 90}


async def test_a_stop_in_the_middle(house: House, northwind: Space) -> None:
    """What was written until then stays, the cursor where it was, and the next walk brings the rest."""
    replied(northwind, house, range(1, 400))
    meter = Meter()

    async def stop(tally: Any) -> bool:
        return bool(tally.rows_read >= 300)

    meter = Meter(stop)
    with pytest.raises(StopAsked):
        await house.replies.walk(northwind.key, meter)
    written = sum((await counted(house, northwind)).values())
    assert 200 <= written < 399
    assert await cursor(house, northwind) is None
    assert (await house.replies.walk(northwind.key)).facts == 399 - written


async def test_young_rows_are_left_to_their_webhooks(house: House, northwind: Space) -> None:
    """Of the last two minutes nothing is taken by a poll; the next one finds what no webhook brought by then."""
    northwind.replies = [inbox_row(n, ago(house, (4 - n) * 1.5)) for n in (1, 2, 3)]
    assert (await poll(house, northwind)).toll.missed == 2
    found = await cursor(house, northwind)
    assert found is not None
    assert found.position == 3
    assert (await poll(house, northwind)).facts == 0
    await house.clock.advance(120)
    gain = await poll(house, northwind)
    assert (gain.facts, gain.toll.missed) == (1, 1)


async def test_what_is_missed_is_dated_by_the_provider(house: House, northwind: Space) -> None:
    """A reply synced two hours late is missed since it was synced, and its day is that of the mail."""
    mailed, synced = ago(house, 130), ago(house, 10)
    northwind.replies = [inbox_row(1, synced, date_received=stamp(mailed))]
    gain = await poll(house, northwind)
    assert (gain.toll.missed, gain.toll.since) == (1, synced)
    (fact,) = await facts(house, northwind)
    assert (fact.at, fact.logged_at, fact.source, fact.webhook_at) == (mailed, synced, "poll", None)


async def test_what_no_webhook_should_have_brought_is_not_missed(house: House, northwind: Space) -> None:
    """From before the subscription, without one, or of a kind that no event tells."""
    northwind.campaigns = {45: campaign(45, include_auto_replies_in_stats=False)}
    northwind.replies = [inbox_row(1, ago(house, 50)), inbox_row(2, ago(house, 20))]
    northwind.replies.append(inbox_row(3, ago(house, 19), automated_reply=True, campaign_id=45))
    assert (await poll(house, northwind, since=30)).toll.missed == 1
    assert {row.key: row.source for row in await facts(house, northwind)}["r:3"] == "read"
    northwind.replies.append(inbox_row(4, ago(house, 10)))
    gain = await poll(house, northwind, since=None)
    assert (gain.facts, gain.toll.missed) == (1, 0)


async def test_a_webhook_that_waits_in_our_inbox_was_not_missed(house: House, northwind: Space) -> None:
    """The processor is behind: the poll may write the fact first, and yet it was told in time."""
    at = ago(house, 10)
    northwind.replies = [inbox_row(1, at), inbox_row(2, at)]
    row = northwind.add(
        "LEAD_REPLIED",
        {"reply": {"id": 1, "date_received": stamp(at)}, "lead": northwind.replies[0]["lead"], "campaign": {"id": 44}},
        at,
    )  # fmt: skip
    await house.webhook(row, northwind.key, processed=False)
    gain = await poll(house, northwind)
    assert (gain.facts, gain.toll.missed) == (2, 1)
    await house.process()
    assert await counted(house, northwind) == {Metric.REPLIED: 2}


async def test_what_was_read_with_its_history_can_still_be_missed(house: House, northwind: Space) -> None:
    """A resync came before the poll: the fact is counted once, and the poll tells that no webhook brought it."""
    northwind.replies = [inbox_row(1, ago(house, 10)), inbox_row(2, ago(house, 9))]
    assert (await house.replies.walk(northwind.key)).facts == 2
    gain = await poll(house, northwind)
    assert (gain.facts, gain.toll.missed) == (0, 2)
    assert (await poll(house, northwind)).toll.missed == 0
    assert {row.source for row in await facts(house, northwind)} == {"poll"}


async def test_a_mark_on_an_old_reply_is_found(house: House, northwind: Space) -> None:
    """Somebody marks a reply of last week: no new row tells, the list of the marked does; dated no earlier than it was set."""
    old = inbox_row(1, ago(house, 60 * 24 * 7))
    northwind.replies = [old, *(inbox_row(n, ago(house, 60)) for n in range(2, 40))]
    await poll(house, northwind)
    await house.clock.advance(3600)
    marked = ago(house, 5)
    old |= {"interested": True, "updated_at": stamp(marked)}
    gain = await poll(house, northwind)
    assert (gain.toll.missed, gain.toll.since) == (1, marked)
    async with house.database.read() as tx:
        found = await leads.get(tx, northwind.key, "lead870001@molar.example")
    assert found is not None
    assert found.marks.interested_at == marked
    assert (await poll(house, northwind)).facts == 0


async def test_a_mark_just_set_is_left_to_its_webhook(house: House, northwind: Space) -> None:
    """By the date of the change, not of the mail."""
    northwind.replies = [inbox_row(1, ago(house, 300))]
    await poll(house, northwind)
    northwind.replies[0] |= {"interested": True, "updated_at": stamp(ago(house, 1))}
    assert (await poll(house, northwind)).facts == 0
    await house.clock.advance(120)
    assert (await poll(house, northwind)).toll.missed == 1


async def test_after_a_long_downtime_a_walk_goes_down_to_its_cursor(house: House, northwind: Space) -> None:
    """The inbox has no end of ten days: whatever came meanwhile is read, and the cursor moves."""
    replied(northwind, house, range(1, 5))
    await house.replies.walk(northwind.key)
    await house.clock.advance(timedelta(days=30).total_seconds())
    northwind.replies += [inbox_row(n, ago(house, 60 * 24 * (30 - n))) for n in range(5, 30)]
    assert (await house.replies.walk(northwind.key)).facts == 25
    found = await cursor(house, northwind)
    assert found is not None
    assert found.position == 29


async def test_a_shallow_walk_does_not_move_the_cursor(house: House, northwind: Space) -> None:
    """One that was asked to go less deep than the last has left a hole; the next must find it."""
    replied(northwind, house, range(1, 5))
    await house.replies.walk(northwind.key)
    before = await cursor(house, northwind)
    await house.clock.advance(7200)
    northwind.replies += [
        inbox_row(5, ago(house, 100)),
        *(inbox_row(n, ago(house, 20)) for n in range(6, 40)),
    ]
    await house.replies.walk(northwind.key, depth=Depth(until=ago(house, 30)))
    assert await cursor(house, northwind) == before
    await house.replies.walk(northwind.key)
    assert await counted(house, northwind) == {Metric.REPLIED: 39}


async def test_rows_without_dates_and_dates_of_the_future(house: House, northwind: Space) -> None:
    """A row that says nothing of when is as new as its page; one from next year has no date."""
    northwind.replies = [
        inbox_row(1, ago(house, 60), created_at=None, updated_at=None, date_received=None),
        inbox_row(2, ago(house, 60), created_at=None),
        inbox_row(3, ago(house, -60 * 24 * 300)),
    ]
    await house.replies.walk(northwind.key)
    found = {row.key: row.at for row in await facts(house, northwind)}
    assert found == {"r:1": house.clock.now(), "r:2": ago(house, 60), "r:3": house.clock.now()}
    async with house.database.read() as tx:
        rows = await leads.page(tx, northwind.key, None, 10)
    assert all(row.marks.replied_at and row.marks.replied_at <= house.clock.now() for row in rows)
