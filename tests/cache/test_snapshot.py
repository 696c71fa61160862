"""The snapshot's maker over a database, and `client_metrics` for others."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bisonwatch.bus import Bus
from bisonwatch.cache import readings as read
from bisonwatch.cache.publish import Publisher
from bisonwatch.cache.snapshot import Pace, SnapshotMaker
from bisonwatch.domain.changes import Changes, Sighting
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.promptness import TEN_MINUTES
from bisonwatch.errors import StoreUnavailable
from bisonwatch.metrics import Metrics
from bisonwatch.store import counts, mirror, watch
from bisonwatch.store.database import Database
from bisonwatch.store.tables import client_metrics
from tests.cache.readings import ENGINE
from tests.support.clock import ManualClock
from tests.support.news import NOON, NORTHWIND, at, fact, sighting

TODAY = NOON.date()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at(30))


def maker(
    database: Database, clock: ManualClock, metrics: Metrics | None = None, pace: Pace | None = None
) -> SnapshotMaker:
    return SnapshotMaker(
        database,
        Bus(),
        clock,
        me=lambda: ENGINE,
        urls={"main": "https://send.example"},
        promptness=TEN_MINUTES,
        metrics=metrics,
        pace=pace,
    )


async def happened(database: Database, *keys: str, minutes: float = 0) -> None:
    """So many sends, in the mirror."""
    news = tuple(fact(key, when=at(minutes)) for key in keys)
    changes = Changes(facts=news, sightings=(sighting(),))
    async with database.write() as tx:
        await mirror.write(tx, changes, at(minutes))


async def test_before_the_first_look_everything_is_unknown(database: Database, clock: ManualClock) -> None:
    """And the first picture is number one."""
    made = maker(database, clock)
    assert (made.newest().number, made.newest().score) == (0, None)
    assert (await made.once()).number == 1
    assert made.newest().database.ok


async def test_sums_may_lag_two_seconds_and_no_more(database: Database, clock: ManualClock) -> None:
    """What moves with every event is read each time."""
    made = maker(database, clock)
    await happened(database, "s:1")
    [row] = (await made.once()).workspaces
    assert row.month.sent == 1
    await happened(database, "s:2", "s:3")
    assert (await made.once()).workspaces[0].month.sent == 1
    await clock.advance(2)
    assert (await made.once()).workspaces[0].month.sent == 3


async def test_a_report_and_what_came_after_it_make_the_shown_value(
    database: Database, clock: ManualClock
) -> None:
    """Facts up to its moment are in it already."""
    await happened(database, "s:1", "s:2")
    await happened(database, "s:3", minutes=20)
    async with database.write() as tx:
        await counts.report(tx, NORTHWIND, {Metric.SENT: {TODAY: 10}}, at(10))
    async with database.read() as tx:
        month = (await read.months(tx, at(30)))[NORTHWIND]
    assert (month.shown.sent, month.counted.sent) == (11, 3)
    assert month.reported is not None
    assert (month.reported.sent, month.as_of) == (10, at(10))


async def test_after_midnight_a_day_without_report_counts_once(
    database: Database, clock: ManualClock
) -> None:
    """Yesterday's report is topped up with yesterday's facts only, while the provider does not answer for today."""
    yesterday, day = TODAY - timedelta(days=1), 24 * 60
    await happened(database, "s:1", minutes=-day)
    await happened(database, "s:2", minutes=20 - day)
    await happened(database, "s:3", "s:4")
    async with database.write() as tx:
        await counts.report(tx, NORTHWIND, {Metric.SENT: {yesterday: 10}}, at(10 - day))
    async with database.read() as tx:
        month = (await read.months(tx, at(30)))[NORTHWIND]
    assert (month.shown.sent, month.counted.sent) == (10 + 1 + 2, 4)


async def test_a_fact_from_the_future_is_not_of_today(database: Database, clock: ManualClock) -> None:
    """Nor of this month, as far as it is known."""
    await happened(database, "s:1", minutes=20)
    await happened(database, "s:2", minutes=24 * 60)
    async with database.write() as tx:
        await counts.report(tx, NORTHWIND, {Metric.SENT: {TODAY: 10}}, at(10))
    async with database.read() as tx:
        month = (await read.months(tx, at(30)))[NORTHWIND]
    assert (month.shown.sent, month.counted.sent) == (11, 1)


async def test_while_the_database_is_away_the_last_picture_stays_and_is_marked(
    database: Database,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Told once when it goes and once when it is back; the rows keep their versions."""
    made = maker(database, clock)
    await happened(database, "s:1")
    before = await made.once()

    async def away(*_: object) -> None:
        raise StoreUnavailable("gone")

    caplog.set_level("INFO")
    with monkeypatch.context() as patched:
        patched.setattr(read, "quick", away)
        first, second = await made.once(), await made.once()
    assert [first.number, second.number] == [before.number + 1, before.number + 2]
    assert (first.database.ok, first.workspaces) == (False, before.workspaces)
    assert first.reasons == ("the database does not answer",)
    await clock.advance(3)
    after = await made.once()
    assert (after.database.ok, after.workspaces[0].version) == (True, before.workspaces[0].version)
    assert [record.message for record in caplog.records if "cache" in record.name] == [
        "the screen shows the last picture: gone",
        "the database answers again, after 3.0 s",
    ]


async def test_a_reading_that_hangs_is_not_waited_for(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture says so and keeps what the process knows; the reading goes on and serves the next one, or is begun anew."""
    metrics, begun, go = Metrics(), list[int](), asyncio.Event()
    made = maker(database, clock, metrics, Pace(patience=0.05))
    real = read.quick

    async def slow(*given: Any) -> read.Quick:
        begun.append(1)
        await go.wait()
        return await real(*given)

    monkeypatch.setattr(read, "quick", slow)
    metrics.spooling.waiting = 3
    first = await made.once()
    assert (first.database.ok, first.inbox.spooled) == (False, 3)
    await clock.advance(20)
    await made.once()
    go.set()
    while not (await made.once()).database.ok:
        pass
    assert len(begun) == 2


async def test_the_rate_of_the_last_minute_is_told_second_by_second(
    database: Database, clock: ManualClock
) -> None:
    """Unknown where nothing is measured."""
    metrics = Metrics()
    made = maker(database, clock, metrics)
    for acked in (0, 4, 10):
        metrics.listening.acked = acked
        await clock.advance(1)
        await made.once()
    assert made.newest().rate_trend == (4, 6)
    assert (await maker(database, clock).once()).rate_trend == ()


async def test_the_months_numbers_are_published_for_others(database: Database, clock: ManualClock) -> None:
    """All of them, or only of the workspaces that changed; the same again changes nothing but the date."""
    publisher = Publisher(database, Bus(), clock)
    await happened(database, "s:1", "s:2")
    assert await publisher.once(frozenset()) == 0
    assert await publisher.once(frozenset({NORTHWIND})) == 1
    assert await publisher.once(None) == 1
    async with database.read() as tx:
        [row] = await tx.rows(select(client_metrics))
    assert (row.workspace_name, row.emails_sent_mtd, row.update_source) == ("Northwind Desk", 2, "webhook")
    assert row.updated_at == clock.now()


async def test_a_new_month_begins_at_nought_though_nothing_happens(
    database: Database, clock: ManualClock
) -> None:
    """Else a quiet client's portal goes on showing last month's numbers as this month's."""
    publisher = Publisher(database, Bus(), clock)
    await happened(database, "s:1", "s:2")
    await publisher.once(None)
    await clock.advance(timedelta(days=15).total_seconds())
    assert await publisher.once(frozenset({NORTHWIND})) == 0
    assert await publisher.once(None) == 1
    async with database.read() as tx:
        [row] = await tx.rows(select(client_metrics))
    assert (row.emails_sent_mtd, row.unsubscribed_mtd, row.updated_at) == (0, 0, clock.now())


async def test_each_figure_of_the_month_is_published_under_its_name(
    database: Database, clock: ManualClock
) -> None:
    """From the facts to the columns: no figure is another's."""
    facts = [fact(f"{kind}:{n}", kind) for times, kind in enumerate(Metric, start=1) for n in range(times)]
    async with database.write() as tx:
        await mirror.write(tx, Changes(facts=tuple(facts), sightings=(sighting(),)), NOON)
    await Publisher(database, Bus(), clock).once(None)
    async with database.read() as tx:
        [row] = await tx.rows(select(client_metrics))
    times = {kind: times for times, kind in enumerate(Metric, start=1)}
    assert {name: value for name, value in row._mapping.items() if name.endswith("_mtd")} == {
        "emails_sent_mtd": times[Metric.SENT],
        "opens_mtd": times[Metric.OPENED],
        "replies_mtd": times[Metric.REPLIED],
        **dict.fromkeys(("interested_mtd", "positive_replies_mtd"), times[Metric.INTERESTED]),
        **dict.fromkeys(("bounces_mtd", "bounced_mtd"), times[Metric.BOUNCED]),
        **dict.fromkeys(("unsubscribes_mtd", "unsubscribed_mtd"), times[Metric.UNSUBSCRIBED]),
    }


@pytest.mark.parametrize(
    ("webhook", "polled", "missed", "source"),
    [
        (at(2), at(1), 3, "webhook"),
        (at(1), at(2), 0, "webhook"),
        (at(1), at(2), 3, "poll"),
        (at(1), None, 0, "webhook"),
        (None, at(2), 0, "poll"),
    ],
)
async def test_which_door_brought_the_newest(
    database: Database,
    clock: ManualClock,
    webhook: datetime | None,
    polled: datetime | None,
    missed: int,
    source: str,
) -> None:
    """A poll did where it is the newer and found something that no webhook had told; each date is under its own name."""
    async with database.write() as tx:
        seen = Sighting(NORTHWIND, "Desk", NOON, webhook, NOON)
        await mirror.write(tx, Changes(facts=(fact(),), sightings=(seen,)), NOON)
        if polled is not None:
            await watch.walked(tx, NORTHWIND, polled, missed, None)
    await Publisher(database, Bus(), clock).once(None)
    async with database.read() as tx:
        [row] = await tx.rows(select(client_metrics))
    dates = (row.last_webhook_update_at, row.last_poll_update_at)
    assert (*dates, row.update_source) == (webhook, polled, source)


async def test_what_could_not_be_published_is_published_when_the_database_is_back(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """News that was missed is not waited for: everything is written then. The log tells the turns."""
    caplog.set_level("INFO", "bisonwatch.cache.publish")
    clock = ManualClock(at(30), auto=True)
    await happened(database, "s:1")

    async def away(*_: object) -> None:
        raise StoreUnavailable("gone")

    async with asyncio.timeout(10):
        with monkeypatch.context() as patched:
            patched.setattr(read, "months", away)
            running = asyncio.create_task(Publisher(database, Bus(), clock).run())
            while len(clock.slept) < 3:
                await asyncio.sleep(0.01)
        while len(caplog.messages) < 2:
            await asyncio.sleep(0.01)
    running.cancel()
    async with database.read() as tx:
        assert await tx.value(select(client_metrics.c.emails_sent_mtd)) == 1
    assert caplog.messages[0] == "client_metrics cannot be written: gone"
    assert caplog.messages[1].startswith("client_metrics is written again, after ")
