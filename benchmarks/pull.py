"""P4: a sync of all accounts against a provider that takes 300 ms an answer. P6: what an hourly consistency check asks."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from tests.support.clock import ManualClock

from benchmarks.engines import simulator
from benchmarks.places import Fresh, Places
from benchmarks.report import Row, against, told, within
from benchmarks.sizes import Sizes
from bisonwatch.bus import Bus
from bisonwatch.clients.bison.pace import IN_FLIGHT
from bisonwatch.clock import Clock
from bisonwatch.config.instances import Instance
from bisonwatch.domain.run import Outcome, Tally
from bisonwatch.ingest.processor import Processor
from bisonwatch.metrics import Processing
from bisonwatch.simulator.faults import FaultSwitch
from bisonwatch.simulator.httpx_sending import HttpxSender, Straight
from bisonwatch.simulator.past.chronicle import History
from bisonwatch.simulator.server import create_app
from bisonwatch.simulator.webhooks import Deliveries
from bisonwatch.simulator.world import World
from bisonwatch.store import runs
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.sync.accounts import Accounts
from bisonwatch.sync.campaigns import Campaigns
from bisonwatch.sync.consistency import Consistency
from bisonwatch.sync.discovery import Discovery
from bisonwatch.sync.labels import Labels
from bisonwatch.sync.leads import Leads
from bisonwatch.sync.meter import Done
from bisonwatch.sync.poller import Poller
from bisonwatch.sync.providers import Providers, connected
from bisonwatch.sync.reports import Reports

WORKSPACES, ACCOUNTS = 27, 4_000
"""Also where little is measured: fewer have less than a page each."""
AT_ONCE = 5
"""Workspaces that are read at the same time."""
MOST_REQUESTS = 3.0
_LABELS = Labels({"google": ["Google"], "microsoft": ["Outlook"]}, [])


def measure_sync(places: Places, sizes: Sizes) -> Iterator[Row]:
    faults = {"api": {"latency": sizes.latency_s}}
    for kind in places.kinds[: sizes.kinds]:
        with simulator(workspaces=WORKSPACES, accounts=ACCOUNTS, rate=0.0, faults=faults) as provider:
            yield from asyncio.run(_synced(places.fresh(kind), provider, sizes.latency_s))


async def _synced(place: Fresh, provider: dict[str, Any], latency_s: float) -> list[Row]:
    """A first walk, which writes everything and reads the warm-up, and a second one, which finds nothing new."""
    database = place.database()
    providers = _keyed(provider["url"], provider["keys"], database.clock)
    await Discovery(database, providers, database.clock, Bus()).once()
    accounts = Accounts(database, providers, Bus(), _LABELS, concurrency=AT_ONCE)
    found: list[Row] = []
    answers = _timed(providers)
    for what, light in (("first full sync", False), ("light sync", True)):
        answers.clear()
        started = time.monotonic()
        done = await accounts.once(light=light)
        took = time.monotonic() - started
        if done.outcome is not Outcome.SUCCESS:
            raise RuntimeError(f"the sync was {done.outcome}: {done.error}")
        found += _against_bound(f"{what}, {place.kind}", took, done.tally, providers, latency_s)
        abreast = f"{sum(answers) / took:.3g} in flight on average"
        found.append(told("P4", "  an answer took", sum(answers) / len(answers) * 1000, "ms", abreast))
    await providers.close()
    await database.close()
    return found


def _timed(providers: Providers) -> list[float]:
    """The seconds of every answer from now on. Beside the provider's latency they hold what two programs on busy cores add to it."""
    answers: list[float] = []

    async def asked(request: httpx.Request) -> None:
        request.extensions["asked"] = time.monotonic()

    async def answered(response: httpx.Response) -> None:
        answers.append(time.monotonic() - response.request.extensions["asked"])

    for instance in providers.instances:
        instance.http.event_hooks = {"request": [asked], "response": [answered]}
    return answers


def _against_bound(
    what: str, took: float, tally: Tally, providers: Providers, latency_s: float
) -> Iterator[Row]:
    pace = sum(key.pace.per_second for instance in providers.instances for key in instance.keys)
    bound = max(tally.requests * latency_s / IN_FLIGHT, tally.requests / pace)
    yield against("P4", what, took, "s", bound, f"s bound, {IN_FLIGHT} in flight", most=1.2)
    yield told(
        "P4", "  accounts read", tally.rows_read, "", f"{tally.requests} requests of {latency_s * 1000:g} ms"
    )


def measure_check(places: Places, sizes: Sizes) -> Iterator[Row]:
    for kind in places.kinds:
        for days in (0, sizes.history_days):
            yield asyncio.run(_checked(places.fresh(kind), days))


async def _checked(place: Fresh, days: int) -> Row:
    """A mirror in step with a provider of so long a history: the highest number of requests a workspace in six hourly checks."""
    async with _mirror(place.url, days) as there:
        most, last = 0, Outcome.SUCCESS
        for _ in range(6):
            await there.hour()
            there.asked.clear()
            last = (await there.consistency.once()).outcome
            most = max([most, *there.asked.values()])
            async with there.database.read() as tx:
                drifted = len(await runs.open_runs(tx))
        if last is not Outcome.SUCCESS or drifted:
            raise RuntimeError(f"the check was {last}, and {drifted} workspaces drifted")
    what = f"hourly check, {days} days of history, {place.kind}: most of a workspace"
    return within("P6", what, float(most), "requests", MOST_REQUESTS)


@dataclass
class _Mirror:
    """`asked`: requests by the key that asked, as the provider counts them."""

    clock: ManualClock
    database: Database
    world: World
    poller: Poller
    reports: Reports
    leads: Leads
    consistency: Consistency
    asked: Counter[str]

    async def hour(self) -> None:
        """An hour passes; the log is polled and the numbers are read as an engine does it, the last time some minutes ago."""
        await self.clock.advance(3600 - 360)
        self.world.advance(self.clock.now())
        await self.clock.advance(180)
        processor = Processor(self.database, Bus(), self.clock, Processing())
        for work in (self.poller.every, self.leads.once, self.reports.once):
            _well(await work())
        while await processor.once():
            pass
        await self.clock.advance(180)


@asynccontextmanager
async def _mirror(url: str, days: int) -> AsyncIterator[_Mirror]:
    clock = ManualClock(datetime(2026, 9, 14, 6, tzinfo=UTC), auto=True)
    world = World(7, 5, 200, start=clock.now(), rate=0.05, past=History(days, 0.05), past_days=bool(days))
    database, asked, switch = Database(Place(url), clock), Counter[str](), FaultSwitch()
    hooks = httpx.AsyncClient()
    inner = create_app(world, Deliveries(world, switch, clock, sender=HttpxSender(hooks)), switch, clock)

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        asked[dict(scope["headers"])[b"authorization"].decode()] += 1
        await inner(scope, receive, send)

    keys = {number: world.api_key(number) for number in world.workspaces}
    providers = _keyed(world.url, keys, clock, Straight(counting))
    bus = Bus()
    await Discovery(database, providers, clock, bus).once()
    reports = Reports(database, providers, clock, bus)
    leads = Leads(database, providers, bus)
    for done in (
        await Accounts(database, providers, bus, _LABELS).once(),
        await Campaigns(database, providers, bus).once(),
        await leads.once(),
    ):
        _well(done)
    poller = Poller(database, providers, clock, bus)
    yield _Mirror(
        clock,
        database,
        world,
        poller,
        reports,
        leads,
        Consistency(database, providers, clock, bus, reports),
        asked,
    )
    await hooks.aclose()
    await providers.close()
    await database.close()


def _well(done: Done) -> None:
    if done.outcome is not Outcome.SUCCESS:
        raise RuntimeError(f"a job was {done.outcome}: {done.error}")


def _keyed(
    url: str, keys: dict[Any, str], clock: Clock, transport: httpx.AsyncBaseTransport | None = None
) -> Providers:
    """One api-user key for each workspace."""
    chosen = [{"id": int(number), "api_key": key} for number, key in keys.items()]
    instance = Instance.model_validate({"name": "main", "url": url, "workspaces": chosen})
    transports = {"main": transport} if transport else None
    return connected([instance], clock, transports=transports, environ={})
