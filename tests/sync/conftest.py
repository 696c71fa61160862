"""A migrated SQLite file, two workspaces at a provider made by hand, and workers over both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
import pytest

from bisonwatch.bus import Bus
from bisonwatch.clients.bison.canonical import content_hash
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.config.instances import Instance
from bisonwatch.domain.delivery import Delivery, Source
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.ingest.processor import Processor
from bisonwatch.metrics import Processing
from bisonwatch.store import deliveries, inbox, nodes, watch, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import Node
from bisonwatch.store.place import Place
from bisonwatch.sync.accounts import Accounts
from bisonwatch.sync.backfill import Backfill
from bisonwatch.sync.campaigns import Campaigns
from bisonwatch.sync.canary import Canaries
from bisonwatch.sync.consistency import Consistency
from bisonwatch.sync.labels import Labels
from bisonwatch.sync.ladder import Ladder, Rungs
from bisonwatch.sync.leads import Leads
from bisonwatch.sync.plan import Tempo
from bisonwatch.sync.poller import Poller
from bisonwatch.sync.providers import Providers, connected
from bisonwatch.sync.pushing import Pushing
from bisonwatch.sync.replies import Replies
from bisonwatch.sync.reports import Reports
from bisonwatch.sync.resync import Readers, Resync
from bisonwatch.sync.sends import Sends
from bisonwatch.sync.stint import Restraint
from bisonwatch.sync.subscriptions import Subscriptions
from tests.support.clock import ManualClock
from tests.sync.provider import URL, Provider, Row, Space, minutes

LABELS = Labels({"google": ["Google"], "microsoft": ["Outlook"]}, ["Mailforge"])


def configured(*spaces: Space) -> Instance:
    """Each workspace with a key of its own."""
    chosen = [{"id": space.id, "api_key": f"key-of-{space.id}"} for space in spaces]
    return Instance.model_validate({"name": "main", "url": URL, "workspaces": chosen})


@dataclass
class House:
    """What a test of the pull side needs at hand."""

    clock: ManualClock
    database: Database
    bus: Bus
    provider: Provider
    providers: Providers
    public_url: str | None = "https://hooks.example.com"
    reached: str | None = None
    """What is wrong at our public address, seen from this machine."""

    def __post_init__(self) -> None:
        self.accounts = Accounts(self.database, self.providers, self.bus, LABELS)
        self.campaigns = Campaigns(self.database, self.providers, self.bus)
        self.replies = Replies(self.database, self.providers, self.bus)
        self.leads = Leads(self.database, self.providers, self.bus)
        self.reports = Reports(self.database, self.providers, self.clock, self.bus)
        self.sends = Sends(self.database, self.providers, self.bus)
        rungs = Rungs(self.replies, self.sends, self.accounts, self.reports)
        self.ladder = Ladder(self.database, rungs, Tempo())
        self.poller = Poller(self.database, self.providers, self.clock, self.bus, ladder=self.ladder)
        self.consistency = Consistency(self.database, self.providers, self.clock, self.bus, self.reports)
        self.readers = Readers(
            self.accounts, self.campaigns, self.leads, self.replies, self.sends, self.reports
        )
        self.resync = Resync(self.database, self.providers, self.readers, self.poller)
        behind = self.providers.behind(Priority.BACKFILL)
        self.backfill = Backfill(
            self.database,
            behind,
            Reports(self.database, behind, self.clock, self.bus),
            self.bus,
            Restraint(self.clock, 5.0),
        )
        self.hooks = Subscriptions(
            self.database, self.providers, self.clock, lambda: self.public_url, {"main": "hook-token"}
        )
        self.canaries = Canaries(self.database, self.providers, self.hooks, self.clock, reach=self._reached)
        self.pushing = Pushing(self.database, self.providers, self.hooks, self.canaries)
        self.processor = Processor(self.database, self.bus, self.clock, Processing())

    async def _reached(self, _public_url: str, _instance: str) -> str | None:
        return self.reached

    async def living(self, rejected: int = 0) -> None:
        """An engine runs on the database, and has turned so many deliveries away."""
        now = self.clock.now()
        figures = {"rejected": rejected}
        node = Node(UUID(int=1), "host-a", "1", 1, now, now, None, True, None, figures)
        async with self.database.write() as tx:
            await nodes.beat(tx, node)

    async def webhook(
        self, row: Row, workspace: WorkspaceKey, after: float = 0.1, processed: bool = True
    ) -> None:
        """The webhook of a log row arrives so many minutes after it, and is processed."""
        at = self.at(row) + minutes(after)
        payload = row["payload"]
        delivery = Delivery(
            uuid7(at), workspace.instance, workspace.id, None, Source.WEBHOOK, at, orjson.dumps(payload),
            content_hash(payload),
        )  # fmt: skip
        async with self.database.write() as tx:
            await inbox.put(tx, [delivery])
        if processed:
            await self.process()

    def at(self, row: Row) -> datetime:
        return datetime.fromisoformat(row["created_at"])

    async def process(self) -> None:
        while await self.processor.once():
            pass

    async def subscribed(self, workspace: WorkspaceKey, minutes_ago: float = 60 * 24) -> None:
        async with self.database.write() as tx:
            await watch.subscribed(tx, workspace, self.clock.now() - minutes(minutes_ago))

    async def polled(self) -> int:
        """Deliveries that polls have put into the inbox."""
        async with self.database.read() as tx:
            return sum(entry.source is Source.POLL for entry in await deliveries.newest(tx, 10_000))

    async def watched(self, workspace: WorkspaceKey) -> watch.Watch:
        async with self.database.read() as tx:
            return await watch.get(tx, workspace) or watch.Watch(workspace)


@pytest.fixture
def northwind() -> Space:
    return Space(12, "Northwind Desk")


@pytest.fixture
def cobalt() -> Space:
    return Space(13, "Cobalt Ridge")


@pytest.fixture
async def house(sqlite_place: Place, northwind: Space, cobalt: Space) -> AsyncIterator[House]:
    """Both workspaces registered, subscribed a day ago, silent so far."""
    clock = ManualClock(auto=True)
    database = Database(sqlite_place, clock)
    provider = Provider(northwind, cobalt)
    providers = connected(
        [configured(northwind, cobalt)], clock, transports={"main": provider.transport}, environ={}
    )
    house = House(clock, database, Bus(), provider, providers)
    async with database.write() as tx:
        for space in (northwind, cobalt):
            await workspaces.see(tx, space.key, space.name, clock.now())
    for space in (northwind, cobalt):
        await house.subscribed(space.key)
    yield house
    await providers.close()
    await database.close()
