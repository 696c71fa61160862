"""Datasets made of a mirror, on each kind of database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import update

from bisonwatch.cache import readings
from bisonwatch.cache.datasets.loader import Loader
from bisonwatch.config.instances import Client
from bisonwatch.domain.account import AccountStatus, Warmup
from bisonwatch.domain.changes import Changes
from bisonwatch.domain.clean import clean
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.datasets.infrastructure import Infrastructure
from bisonwatch.domain.datasets.kpi import Kpi
from bisonwatch.domain.datasets.revenue import Revenue
from bisonwatch.domain.datasets.volume import Volume
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.errors import DatasetInvalid, StoreUnavailable, UnknownWorkspace
from bisonwatch.store import account_walks, account_warmups, accounts, counts, mirror, volume_days, workspaces
from bisonwatch.store.accounts import Labelled
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.tables import client_registry, daily_counts
from tests.store.test_accounts import OTHER, TESS
from tests.support.clock import ManualClock
from tests.support.news import NOON, NORTHWIND, at, fact, sighting

TODAY = NOON.date()
HOSTILE = "\x1b[31mNorth\u202ewind [link=x]" + "y" * 5000
CLIENTS = [
    Client(workspace=NORTHWIND, retainer=Decimal(100), price_per_lead=Decimal("12.50"), monthly_cost=Decimal(90), currency="EUR"),
    Client(workspace=OTHER, retainer=Decimal(7), currency="USD"),
]  # fmt: skip


def loader(database: Database, clients: Sequence[Client] = CLIENTS) -> Loader:
    return Loader(database, clients, ManualClock(NOON))


@pytest.fixture
async def filled(database: Database) -> Database:
    """Three mails of the 19th, reported as five; two of today, one of them after the report of one; a lead interested today; 3 mailboxes."""
    sent = [fact(f"s:{n}", when=at(-1440)) for n in range(3)]
    sent += [fact("s:8", when=at(-90)), fact("s:9", when=at(-5))]
    async with database.write() as tx:
        await mirror.write(
            tx,
            Changes(
                facts=(*sent, fact("lc:1:44", Metric.INTERESTED, at(-4))), sightings=(sighting(name=HOSTILE),)
            ),
            NOON,
        )
        await counts.report(
            tx,
            NORTHWIND,
            {Metric.SENT: {TODAY: 1, date(2026, 11, 19): 5}, Metric.REPLIED: {TODAY: 1}},
            at(-30),
        )
        await workspaces.set_target(tx, NORTHWIND, 40)
        boxes = [
            TESS,
            replace(TESS, id=2, email=HOSTILE, status=AccountStatus.DISCONNECTED),
            replace(TESS, id=3),
        ]
        await accounts.write(tx, [Labelled(box, "google", HOSTILE) for box in boxes])
        await accounts.gone(tx, NORTHWIND, 3, at(1))
        await account_walks.walked(tx, NORTHWIND, at(-20), 2, 2)
        warm = [Warmup(NORTHWIND, box.id, 90.5, 1, 1, 1, 1, 1, box.id % 2, NOON) for box in boxes]
        await account_warmups.write(tx, warm)
        await volume_days.capacity(tx, date(2026, 11, 19), at(-1440))
        await volume_days.scheduled(tx, NORTHWIND, {TODAY: 12, date(2026, 11, 21): 4}, at(-30))
    return database


async def test_results_are_the_values_that_are_shown(filled: Database) -> None:
    """The report of each day and what came after it; the same as on the first screen; the target of the registry."""
    found = cast(Kpi, (await loader(filled).make(NORTHWIND, DatasetName.KPI)).value)
    async with filled.read() as tx:
        month = (await readings.months(tx, NOON))[NORTHWIND]
    assert (found.today.shown.sent, found.today.counted.sent, found.today.reported.sent) == (2, 2, 1)
    assert found.month.shown.sent == month.shown.sent == 7
    assert (found.month.shown.replied, found.month.shown.interested) == (1, 1)
    assert (found.goal.target, found.as_of) == (40, at(-30))
    assert found.last_month.shown.sent is None


async def test_volume_has_what_was_kept(filled: Database) -> None:
    """Today's capacity as the accounts say, yesterday's as it was; what was scheduled."""
    made = await loader(filled).make(NORTHWIND, DatasetName.VOLUME)
    found = cast(Volume, made.value)
    assert [(day.sent, day.capacity) for day in found.days[-2:]] == [(5, 15), (2, 15)]
    assert (found.scheduled_today.n, found.scheduled_tomorrow.n, found.scheduled_today.as_of) == (
        12,
        4,
        at(-30),
    )
    assert (found.capacity, made.warnings) == (15, ())


async def test_revenue_is_of_the_clients_terms(filled: Database) -> None:
    """One lead at 12.50 beside the retainer, less the cost; who has no entry has no revenue."""
    found = cast(Revenue, (await loader(filled).make(NORTHWIND, DatasetName.REVENUE)).value)
    assert (found.month.revenue, found.month.profit) == (Decimal("112.50"), Decimal("22.50"))
    assert found.terms is not None
    assert found.terms.currency == "EUR"
    unknown = cast(Revenue, (await loader(filled, CLIENTS[1:]).make(NORTHWIND, DatasetName.REVENUE)).value)
    assert (unknown.terms, unknown.month.leads, unknown.month.revenue) == (None, 1, None)


async def test_mailboxes_are_those_that_are_there(filled: Database) -> None:
    """A removed one is in no number but its own, and its warm-up in none; hostile names are only text."""
    found = cast(Infrastructure, (await loader(filled).make(NORTHWIND, DatasetName.INFRASTRUCTURE)).value)
    every = found.accounts
    assert (every.accounts, every.connected, every.capacity, found.removed) == (2, 1, 15, 1)
    assert (every.sent, every.reply_rate) == (824, 0.021845)
    assert (found.warmup.unknown, found.warmup.scored, found.warmup.mean_score) == (2, 2, 90.5)
    assert found.warmup.stopped_for_bouncing == 1
    assert [(lost.id, lost.email) for lost in found.disconnected] == [(2, clean(HOSTILE))]
    assert [group.name for group in found.resellers] == [clean(HOSTILE)]
    assert (found.subject.name, found.as_of) == (clean(HOSTILE), at(-20))


async def test_a_workspace_of_which_nothing_is_known(filled: Database) -> None:
    """Each dataset is made, and says None; of one that is not registered there is none."""
    async with filled.write() as tx:
        await workspaces.see(tx, OTHER, "Cobalt", NOON)
    made = {name: await loader(filled).make(OTHER, name) for name in DatasetName}
    assert cast(Kpi, made[DatasetName.KPI].value).month.shown.sent is None
    assert cast(Volume, made[DatasetName.VOLUME].value).capacity is None
    assert cast(Revenue, made[DatasetName.REVENUE].value).month.revenue == Decimal(7)
    assert cast(Infrastructure, made[DatasetName.INFRASTRUCTURE].value).as_of is None
    with pytest.raises(UnknownWorkspace, match="main/99"):
        await loader(filled).make(WorkspaceKey("main", 99), DatasetName.KPI)


async def test_what_cannot_be_true_is_refused(filled: Database) -> None:
    """Another program wrote numbers below nothing: the flaw names them, and the other datasets are made."""
    async with filled.write() as tx:
        await tx.run(update(daily_counts).where(daily_counts.c.metric == "interested").values(n=-2))
        await tx.run(update(client_registry).values(kpi_target=-1))
    with pytest.raises(DatasetInvalid) as raised:
        await loader(filled).make(NORTHWIND, DatasetName.KPI)
    assert ("kpi", "today.shown.interested") in {flaw[:2] for flaw in raised.value.flaws}
    assert "goal.target" in {flaw.field for flaw in raised.value.flaws}
    assert (await loader(filled).make(NORTHWIND, DatasetName.INFRASTRUCTURE)).warnings == ()


async def test_a_database_that_is_away_says_so(tmp_path: Path) -> None:
    """StoreUnavailable, for whoever remembers an older value."""
    away = Database(Place("postgresql://nobody@127.0.0.1:1/none"), ManualClock(NOON))
    with pytest.raises(StoreUnavailable):
        await loader(away).make(NORTHWIND, DatasetName.KPI)
    await away.close()


async def test_a_day_begins_at_midnight_utc(filled: Database) -> None:
    """A minute on from the last of the month it is next month: the month's numbers are last month's. Reports of days ago stand as they are."""
    clock = ManualClock(NOON.replace(day=30, hour=23, minute=59))
    made = cast(Kpi, (await Loader(filled, (), clock).make(NORTHWIND, DatasetName.KPI)).value)
    assert (made.month.shown.sent, made.last_month.shown.sent) == (6, None)
    await clock.advance(60)
    made = cast(Kpi, (await Loader(filled, (), clock).make(NORTHWIND, DatasetName.KPI)).value)
    assert (made.month.shown.sent, made.last_month.shown.sent) == (0, 6)
    assert made.last_month.last - made.last_month.first == timedelta(days=29)
