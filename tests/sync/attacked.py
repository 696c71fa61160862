"""The simulated provider under attack: one workspace of it, each kind of walk over it, and whether the mirror has all there is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from sqlalchemy import select

from bisonwatch.bus import Bus
from bisonwatch.config.instances import Instance
from bisonwatch.domain.absence import NOTHING
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.simulator.faults import NONE, Break, FaultSwitch, WalkFault
from bisonwatch.simulator.httpx_sending import HttpxSender, Straight
from bisonwatch.simulator.server import create_app
from bisonwatch.simulator.webhooks import Deliveries
from bisonwatch.simulator.world import World
from bisonwatch.store import account_walks, tables
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.sync.discovery import Discovery
from bisonwatch.sync.providers import connected
from tests.support.clock import START, ManualClock
from tests.sync.conftest import House
from tests.sync.provider import URL, Provider

ROUTES = {
    "accounts": "/api/sender-emails",
    "campaigns": "/api/campaigns",
    "leads": "/api/leads",
    "newest leads": "/api/leads",
    "log": "/api/events",
    "replies": "/api/replies",
    "sends": "/api/scheduled-emails",
}
COUNTED = {
    "log": frozenset(Metric),
    "replies": frozenset((Metric.REPLIED, Metric.BOUNCED, Metric.UNTRACKED)),
    "sends": frozenset((Metric.SENT,)),
}
"""What a walk of that kind brings."""


@dataclass
class Site:
    """A house before a simulated provider; `mine` is the workspace that is attacked."""

    house: House
    world: World
    faults: FaultSwitch
    mine: WorkspaceKey

    def walk(self, kind: str) -> Awaitable[object]:
        house = self.house
        walks: dict[str, Callable[[WorkspaceKey], Awaitable[object]]] = {
            "accounts": house.accounts.walk,
            "campaigns": house.campaigns.walk,
            "leads": house.leads.walk,
            "newest leads": house.leads.newest,
            "log": house.poller.walk,
            "replies": house.replies.walk,
            "sends": house.sends.walk,
        }
        return walks[kind](self.mine)

    def at(self, kind: str, what: Break, page: int, times: int = 0) -> None:
        """That page of that kind of walk breaks from now on, so many times (0: whenever it is asked for)."""
        self.faults.set(NONE.with_walks(WalkFault(ROUTES[kind], what, page, times, workspace=self.mine.id)))

    async def live(self, kind: str, seconds: float = 1200) -> None:
        """Everything happens that a walk of that kind could miss; then three minutes in which nothing does, so that all of it is settled."""
        world, number = self.world, self.mine.id
        rate, world.rate = world.rate, 0.15
        await self.house.clock.advance(seconds)
        world.advance(self.house.clock.now())
        here = world.workspaces[number]
        if "leads" in kind:
            for _ in range(35):
                world.add_lead(number)
        elif kind == "accounts":
            world.remove_account(next(iter(here.accounts)).id)
        elif kind == "campaigns":
            world.add_campaign(number)
            here.campaigns.remove(next(iter(here.campaigns)).id)
        elif kind == "replies":
            for _ in range(35):
                world.reply(number)
        world.rate = rate
        await self.house.clock.advance(180)

    async def stored(self, kind: str) -> set[object]:
        """The rows of the mirror that a walk of that kind keeps complete."""
        columns = {
            "accounts": (tables.accounts, tables.accounts.c.id, tables.accounts.c.status != "removed"),
            "campaigns": (tables.campaigns, tables.campaigns.c.id, tables.campaigns.c.gone_at.is_(None)),
            "leads": (tables.client_leads, tables.client_leads.c.lead_email, True),
            "newest leads": (tables.client_leads, tables.client_leads.c.lead_email, True),
        }
        async with self.house.database.read() as tx:
            if kind in COUNTED:
                f = tables.facts.c
                mine = f.workspace_id == self.mine.id, f.type.in_([m.value for m in COUNTED[kind]])
                since = f.at >= START.replace(hour=0)  # what is older was there when the world began
                found = await tx.rows(select(f.type, f.key, f.at).where(*mine, since))
                return {tuple(row) for row in found}
            table, column, there = columns[kind]
            rows = select(column).where(table.c.workspace_id == self.mine.id, there)
            return {row[0] for row in await tx.rows(rows)}

    def told(self, kind: str) -> set[object] | dict[object, int]:
        """The same as the provider's own books have it; facts as counts per day."""
        here = self.world.workspaces[self.mine.id]
        if kind == "accounts":
            return {account.id for account in here.accounts}
        if kind == "campaigns":
            return {campaign.id for campaign in here.campaigns}
        if kind in COUNTED:
            days = self.world.truth(self.mine.id, with_past=True).days
            wanted = COUNTED[kind]
            return {(m.value, day): n for (day, m), n in days.items() if m in wanted and n}
        return {lead.email.lower() for lead in here.leads}

    async def complete(self, kind: str) -> bool:
        """Whether the mirror has exactly what the provider has."""
        await self.house.process()
        found = await self.stored(kind)
        if kind not in COUNTED:
            return found == self.told(kind)
        counted: dict[object, int] = {}
        for metric, _, at in found:  # type: ignore[misc]
            counted[metric, at.date()] = counted.get((metric, at.date()), 0) + 1
        return counted == self.told(kind)

    async def places(self) -> dict[str, tuple[object, ...]]:
        """Where every cursor of the workspace stands, and who is held."""
        c = tables.cursors.c
        async with self.house.database.read() as tx:
            rows = await tx.rows(
                select(c.stream, c.position, c.position_at).where(c.workspace_id == self.mine.id)
            )
            held = (await account_walks.get(tx, self.mine)).absence
        assert held == NOTHING
        return {row.stream: (row.position, row.position_at) for row in rows}


@asynccontextmanager
async def site(place: Place) -> AsyncIterator[Site]:
    """A migrated database, two workspaces without a past, enough of everything for walks of several pages."""
    clock = ManualClock(auto=True)
    world = World(11, 2, 90, start=clock.now(), url=URL, rate=0.0, past_days=False)
    faults = FaultSwitch()
    deliveries = Deliveries(world, faults, clock, sender=HttpxSender(httpx.AsyncClient()))
    api = Straight(create_app(world, deliveries, faults, clock))
    chosen = [{"id": number, "api_key": world.api_key(number)} for number in world.workspaces]
    instance = Instance.model_validate({"name": "main", "url": URL, "workspaces": chosen})
    providers = connected([instance], clock, transports={"main": api}, environ={})
    database = Database(place, clock)
    house = House(clock, database, Bus(), Provider(), providers)
    await Discovery(database, providers, clock, house.bus).once()
    mine = max(world.workspaces.values(), key=lambda workspace: workspace.weight).id
    for _ in range(30):
        world.add_campaign(mine)
    yield Site(house, world, faults, WorkspaceKey("main", mine))
    await providers.close()
    await database.close()
