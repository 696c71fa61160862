"""The pull side against the simulated provider, which knows what really happened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import cast

import httpx
import pytest

from bisonwatch.bus import Bus
from bisonwatch.cache.datasets.loader import Loader
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.config.instances import Instance
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.datasets.infrastructure import Infrastructure
from bisonwatch.domain.datasets.kpi import Kpi
from bisonwatch.domain.datasets.volume import Volume
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Outcome
from bisonwatch.simulator.faults import FaultSwitch
from bisonwatch.simulator.httpx_sending import HttpxSender, Straight
from bisonwatch.simulator.server import create_app
from bisonwatch.simulator.webhooks import Deliveries
from bisonwatch.simulator.world import World
from bisonwatch.store import accounts, campaigns, counts, leads
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.sync.discovery import Discovery
from bisonwatch.sync.providers import Providers, connected
from bisonwatch.sync.subscriptions import Change, Subscriptions
from tests.support.clock import ManualClock
from tests.sync.conftest import House
from tests.sync.provider import URL, Provider

PUBLIC = "https://hooks.example.com"


def api_of(world: World, clock: ManualClock) -> Straight:
    faults = FaultSwitch()
    deliveries = Deliveries(world, faults, clock, sender=HttpxSender(httpx.AsyncClient()))
    return Straight(create_app(world, deliveries, faults, clock))


def keyed(world: World, clock: ManualClock) -> Providers:
    """One key for each simulated workspace."""
    chosen = [{"id": number, "api_key": world.api_key(number)} for number in world.workspaces]
    instance = Instance.model_validate({"name": "main", "url": URL, "workspaces": chosen})
    return connected([instance], clock, transports={"main": api_of(world, clock)}, environ={})


@pytest.fixture
def world() -> World:
    return World(11, 3, 120, start=ManualClock().now(), url=URL, rate=2.0)


@pytest.fixture
async def simulated(sqlite_place: Place, world: World) -> AsyncIterator[House]:
    """Every workspace discovered and subscribed; half an hour of life has passed without a webhook."""
    clock = ManualClock(auto=True)
    database = Database(sqlite_place, clock)
    house = House(clock, database, Bus(), Provider(), keyed(world, clock))
    await Discovery(database, house.providers, clock, house.bus).once()
    subscriptions = Subscriptions(database, house.providers, clock, lambda: PUBLIC, {"main": "secret"})
    for number in world.workspaces:
        assert (await subscriptions.register(WorkspaceKey("main", number))).change is Change.CREATED
        assert (await subscriptions.register(WorkspaceKey("main", number))).change is Change.UNCHANGED
    await clock.advance(1800)
    world.advance(clock.now())
    yield house
    await house.providers.close()
    await database.close()


async def counted(house: House) -> dict[tuple[WorkspaceKey, date, Metric], int]:
    async with house.database.read() as tx:
        found = await counts.counted(tx, date(2026, 1, 1), date(2026, 12, 31))
    return {slot: n for slot, n in found.items() if n}


async def test_nothing_is_wrong_with_what_it_answers(simulated: House, world: World) -> None:
    """Every request is written down, and the validation log stays empty."""
    journal = simulated.providers.key(WorkspaceKey("main", min(world.workspaces))).at(Priority.POLL).journal
    assert (await simulated.poller.once()).outcome is Outcome.SUCCESS
    for number in world.workspaces:
        client = await simulated.providers.client(WorkspaceKey("main", number))
        _ = [page async for page in client.accounts.pages(WorkspaceKey("main", number))]
        _ = [page async for page in client.leads.pages()]
        _ = [page async for page in client.campaigns.pages()]
        _ = [page async for page in client.replies.pages()]
    asked = {endpoint.name: tally.errors for endpoint, tally in journal.calls.totals.items()}
    assert {"GET /api/events", "GET /api/sender-emails", "GET /api/leads", "GET /api/replies"} <= set(asked)
    assert set(asked.values()) == {0}
    assert journal.validation.counts.total() == 0


async def test_the_poll_alone_finds_everything(simulated: House, world: World) -> None:
    """Not one webhook came: after two walks every fact since the world began is counted, once, on its day."""
    first = await simulated.poller.once()
    await simulated.clock.advance(180)
    again = await simulated.poller.once()
    await simulated.process()
    truth = {
        (WorkspaceKey("main", number), day, metric): n
        for number in world.workspaces
        for (day, metric), n in world.truth(number, with_past=True).days.items()
    }
    assert (first.outcome, again.outcome) == (Outcome.SUCCESS, Outcome.SUCCESS)
    assert await counted(simulated) == truth
    polled = await simulated.polled()
    await simulated.poller.every()
    assert await simulated.polled() == polled


async def test_a_resync_is_complete(simulated: House, world: World) -> None:
    """Every account and every lead of every workspace is there afterwards, and the series beside the counts."""
    done = await simulated.resync.all()
    assert (done.outcome, done.error) == (Outcome.SUCCESS, None)
    async with simulated.database.read() as tx:
        today = simulated.clock.now().date()
        reported = await counts.reported(tx, today - timedelta(days=2), today)
        for number, workspace in world.workspaces.items():
            key = WorkspaceKey("main", number)
            assert await accounts.count(tx, key) == len(workspace.accounts)
            assert await leads.count(tx, key) == len(workspace.leads)
            assert (key, today, Metric.SENT) in reported


async def test_datasets_of_a_simulated_workspace(simulated: House, world: World) -> None:
    """Out of the mirror alone: what really was sent and is planned, what may be sent, and who is connected."""
    for job in (simulated.accounts, simulated.reports):
        assert (await job.once()).outcome is Outcome.SUCCESS
    today, loader = simulated.clock.now().date(), Loader(simulated.database, (), simulated.clock)
    for number, workspace in world.workspaces.items():
        key = WorkspaceKey("main", number)
        made = {name: (await loader.make(key, name)).value for name in DatasetName}
        connected = [account for account in workspace.accounts if account.connected]
        capacity = sum(account.daily_limit for account in connected)
        volume = cast(Volume, made[DatasetName.VOLUME])
        assert (volume.capacity, volume.days[-1].capacity) == (capacity, capacity)
        assert volume.scheduled_today.n is not None
        assert volume.scheduled_today.n <= capacity
        kpi = cast(Kpi, made[DatasetName.KPI])
        assert kpi.today.shown.sent == world.truth(number, with_past=True).days.get((today, Metric.SENT), 0)
        mailboxes = cast(Infrastructure, made[DatasetName.INFRASTRUCTURE]).accounts
        assert (mailboxes.accounts, mailboxes.connected) == (len(workspace.accounts), len(connected))


async def test_a_resync_reads_mail_and_replies_too(simulated: House, world: World) -> None:
    """Not one webhook came, and nothing the log told is processed: what was sent, answered and bounced is there all the same."""
    done = await simulated.resync.all()
    assert done.outcome is Outcome.SUCCESS
    kept = (Metric.SENT, Metric.REPLIED, Metric.BOUNCED)
    found = {slot: n for slot, n in (await counted(simulated)).items() if slot[2] in kept}
    first = world.started_at.date()
    truth = {
        (WorkspaceKey("main", number), day, metric): n
        for number in world.workspaces
        for (day, metric), n in world.truth(number, with_past=True).days.items()
        if metric in kept and n
    }
    assert {slot: n for slot, n in found.items() if slot[1] >= first} == truth
    assert min(day for _, day, _ in found) == first - timedelta(days=31)
    async with simulated.database.read() as tx:
        for number, workspace in world.workspaces.items():
            assert await campaigns.count(tx, WorkspaceKey("main", number)) == len(workspace.campaigns)
