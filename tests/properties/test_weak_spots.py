"""Failing examples that were mended: dates of the future, names out of order, removals of one moment, days without a count."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from sqlalchemy import delete

from bisonwatch.domain.account import Account, AccountStatus
from bisonwatch.domain.changes import Changes
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.plausible import AHEAD
from bisonwatch.ingest.fold import fold
from bisonwatch.ingest.understand import understand
from bisonwatch.store import accounts, mirror, tables, watch, workspaces
from bisonwatch.store.accounts import Labelled
from bisonwatch.store.database import Database
from tests.support.house import House, body, delivery, everything
from tests.support.news import NOON, NORTHWIND, at, fact, sighting
from tests.support.webhooks import webhook

YEAR = 365 * 24 * 60


def test_a_date_of_the_future_is_no_date() -> None:
    """What happened more than an hour after it was heard of takes its next date: a broken clock outranks nothing for long."""
    told = body(webhook("email_sent", happened=(1, at(YEAR)), send=(5, at(YEAR)), campaign=44))
    heard = understand(delivery(told, NOON))
    logged = understand(delivery(told, at(60), source=Source.POLL, logged_at=at(-5)))
    wild = understand(delivery(told, at(60), source=Source.POLL, logged_at=at(YEAR)))
    assert [item.facts[0].at for item in (heard, logged, wild)] == [NOON, at(-5), at(60)]
    assert [item.version.known_at for item in (heard, logged, wild)] == [NOON, at(-5), at(60)]


@pytest.mark.parametrize(("late", "kept"), [(timedelta(), True), (timedelta(microseconds=1), False)])
def test_clocks_may_disagree_by_an_hour(late: timedelta, kept: bool) -> None:
    """Up to there a date is believed, as the look into the newest facts does."""
    happened = NOON + AHEAD + late
    item = understand(delivery(body(webhook("email_sent", happened=(1, happened))), NOON))
    assert (item.version.known_at == happened) == kept


async def test_one_wild_date_does_not_hold_a_lead_for_ever(house: House) -> None:
    """The next event describes the lead again."""
    wild = webhook("email_opened", happened=(9, at(YEAR)), first_name="Wild")
    await house.put(delivery(body(wild), NOON))
    await house.put(delivery(body(webhook("email_opened", happened=(10, at(5)), first_name="Next")), at(5)))
    await house.clock.advance(4000)
    await house.drain()
    assert [row.first_name for row in await house.all(tables.client_leads)] == ["Next"]


async def test_names_that_come_out_of_order(house: House) -> None:
    """Any order of arrival leaves the newest name by the provider's dates, in one batch or in several."""
    told = [("Old", -9), ("Northwind", -8), ("Sideways", -6), ("Northwind", -4)]
    await house.clock.advance(4000)
    for workspace, order in enumerate(itertools.permutations(range(len(told))), start=100):
        for heard, number in enumerate(order):
            name, minute = told[number]
            raw = webhook("email_opened", workspace=workspace, name=name, happened=(number + 1, at(minute)))
            await house.put(delivery(body(raw), at(heard)))
            if order[0] % 2:
                await house.drain()
    await house.drain()
    assert {row.provider_name for row in await house.all(tables.client_registry)} == {"Northwind"}


async def test_a_name_told_again_keeps_older_ones_out(database: Database) -> None:
    """The same name is not written again for every batch, yet its newest telling counts."""
    for name, minute in (("A", 1), ("A", 5), ("B", 3)):
        async with database.write() as tx:
            await mirror.write(tx, Changes(sightings=(sighting(name=name, when=at(minute)),)), NOON)
    async with database.read() as tx:
        assert await workspaces.names_of(tx, [NORTHWIND]) == {NORTHWIND: ("A", "A")}


async def test_a_name_of_our_own_gives_way_to_any_of_the_provider(database: Database) -> None:
    """`workspace 12` stands only until somebody tells a name, however old the news."""
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, None, NOON)
        assert await workspaces.see(tx, NORTHWIND, "Northwind", at(-60)) == "Northwind"


async def test_the_first_webhook_of_a_batch_proves_the_subscription(database: Database) -> None:
    """Not the last: what the log tells of between the two is a miss."""
    raws = [webhook("email_opened", happened=(n, at(n))) for n in (1, 2, 3)]
    items = [understand(delivery(body(raw), at(n))) for n, raw in ((7, raws[0]), (4, raws[1]), (9, raws[2]))]
    async with database.write() as tx:
        await mirror.write(tx, fold(items), NOON)
        found = await watch.get(tx, NORTHWIND)
    assert found is not None
    assert (found.subscribed_at, found.last_webhook_at) == (at(4), at(9))


def account(number: int, limit: int, minute: float) -> Labelled:
    words = (f"a{number}@try.example", None, AccountStatus.CONNECTED, "google", ())
    return Labelled(Account(NORTHWIND, number, *words, limit, None, 0, 0, 0, at(minute)), "google", None)


@pytest.mark.parametrize("removal", [True, False])
async def test_readings_of_one_moment_end_alike_in_any_order(database: Database, removal: bool) -> None:
    """Two pages and a 404 of the same microsecond: the removal wins, and without it always the same page."""
    ends = set()
    for order in itertools.permutations((1, 2, 404)):
        async with database.write() as tx:
            await tx.run(delete(tables.accounts))
            await accounts.write(tx, [account(7, 1, -5)])
            for step in order:
                if step != 404:
                    await accounts.write(tx, [account(7, 10 * step, 0)])
                elif removal:
                    await accounts.gone(tx, NORTHWIND, 7, NOON)
        (row,) = await everything(database, tables.accounts)
        ends.add((row.status, 0 if removal else row.daily_limit))
    assert ends == {("removed", 0)} if removal else len(ends) == 1


async def test_a_day_that_is_counted_no_more_stays_so(database: Database) -> None:
    """A fact that moves away from a day whose count was pruned leaves no count below zero."""
    async with database.write() as tx:
        await mirror.write(tx, Changes(facts=(fact(when=NOON, rank=1),), sightings=(sighting(),)), NOON)
        await tx.run(delete(tables.daily_counts))
        moved = fact(when=at(-24 * 60), rank=0)
        await mirror.write(tx, Changes(facts=(moved,), sightings=(sighting(),)), NOON)
    found = await everything(database, tables.daily_counts)
    assert [(row.day, row.n) for row in found] == [(date(2026, 11, 19), 1)]


async def test_an_older_page_does_not_bring_a_removed_account_back(database: Database) -> None:
    """A page read before the 404 comes after it: the account stays removed until a newer reading has it."""
    seen = []
    async with database.write() as tx:
        await accounts.write(tx, [account(7, 1, -5)])
        await accounts.gone(tx, NORTHWIND, 7, at(1))
        for minute in (0, 1, 2):
            await accounts.write(tx, [account(7, 2, minute)])
            seen += [row.status for row in await accounts.page(tx, NORTHWIND, None, 10)]
    assert seen == ["removed", "removed", "connected"]
