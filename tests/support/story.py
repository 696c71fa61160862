"""The whole engine in this process: a simulated provider behind ASGI, its webhooks into our listener, one clock moved by hand."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
from starlette.responses import JSONResponse

from bisonwatch.clock import AgreedClock
from bisonwatch.config.settings import Settings
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Job, Part, Run
from bisonwatch.domain.snapshot import Snapshot, WorkspaceRow
from bisonwatch.domain.stage import Marks
from bisonwatch.engine.compose import Choices
from bisonwatch.engine.service import Engine
from bisonwatch.engine.sockets import Sockets
from bisonwatch.simulator.faults import FaultSwitch
from bisonwatch.simulator.httpx_sending import HttpxSender, Straight
from bisonwatch.simulator.server import create_app
from bisonwatch.simulator.webhooks import Deliveries
from bisonwatch.simulator.world import World
from bisonwatch.store import counts, leads, runs
from bisonwatch.store.place import Place
from tests.support.clock import ManualClock

PROVIDER = "http://provider.example"
LISTENER = "http://mirror.example"
TOKEN = "story-token-4f1c"
START = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)
STEP = 60.0
"""Seconds between two looks of everybody; in a real engine most look every second."""


Tokens = Sequence[tuple[str, str, str]]
"""Name, role and secret of each token of the API."""


def _beside(place: Place) -> Path:
    """The spool's path; for a database that is no file, in a folder that is gone when the tests are."""
    if place.file is not None:
        return place.file.with_name("spool.db")
    folder = tempfile.mkdtemp(prefix="bisonwatch-story-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder) / "spool.db"


def settings_for(world: World, place: Place, tokens: Tokens = ()) -> Settings:
    """Each workspace with a key of its own, free ports, the default rhythm."""
    chosen = [{"id": number, "api_key": world.api_key(number)} for number in world.workspaces]
    instance = {"name": "main", "url": PROVIDER, "webhook_token": TOKEN, "workspaces": chosen}
    values: dict[str, Any] = {
        "database": {"url": place.url},
        "spool": {"path": str(_beside(place))},
        "instances": [instance],
        "listener": {"port": 0, "public_url": LISTENER},
        "api": {
            "port": 0,
            "tokens": [dict(zip(("name", "role", "token"), token, strict=True)) for token in tokens],
        },
        "sync": {"reseller_tags": ["Mailforge"]},
    }
    return Settings.model_validate(values)


@dataclass
class Door:
    """Leads the provider's webhooks into whichever engine lives; without one the connection is refused."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.app is None:
            raise httpx.ConnectError("nobody listens")
        await self.app(scope, receive, send)


@dataclass
class Story:
    """What a test may touch. Time stands still but for `pass_time`."""

    world: World
    clock: ManualClock
    faults: FaultSwitch
    deliveries: Deliveries
    settings: Settings
    api: Any
    door: Door
    engine: Engine = field(init=False)
    _writer: asyncio.Task[None] = field(init=False)

    async def open(self) -> None:
        """A new engine on the same database; its loops are not started, `pass_time` takes their place."""
        choices = Choices(transports={"main": Straight(self.api)})
        self.engine = Engine(self.settings, Sockets.bound(self.settings), AgreedClock(self.clock), choices)
        self._writer = asyncio.create_task(self.engine.inbox.run())
        await self.engine.heartbeat.once()
        self.door.app = self.engine.listener.app

    async def crash(self) -> None:
        """The process is gone: nothing is given back, nobody is told."""
        self.door.app = None
        await self.engine.runner.stop()
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)
        self.engine.sockets.close()
        await self.engine.providers.close()
        await self.engine.database.close()

    async def subscribe(self) -> None:
        """Our webhook subscription, registered at the provider for every workspace."""
        for number in self.world.workspaces:
            await self.engine.crew.subscriptions.register(self.key(number))

    async def pass_time(self, seconds: float, step: float = STEP) -> None:
        """Let the world live, and everybody look, every `step` seconds; the picture is drawn at the end."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            await self.clock.advance(min(step, end - self.clock.monotonic()))
            self.world.advance(self.clock.now())
            await self._work()
        await self.engine.snapshots.once()

    async def look(self) -> None:
        """Everybody looks once, without a step of time."""
        await self._work()
        await self.engine.snapshots.once()

    async def _work(self) -> None:
        """One pass of every loop."""
        engine = self.engine
        await self.deliveries.deliver_due(self.clock.now())
        await engine.heartbeat.once()
        await engine.leadership.once()
        await self.process()
        await engine.scheduler.once()
        while await engine.runner.take():
            await engine.runner.idle()
        await engine.crew.hints.once()
        await self.process()
        await engine.health.once()

    async def process(self) -> None:
        while await self.engine.processor.once():
            pass

    async def quiet_down(self) -> None:
        """Nothing breaks and nothing happens any more; every late webhook comes, every log is walked to its end."""
        self.world.rate = 0.0
        self.faults.clear()
        await self.pass_time(780, step=130)

    # looking

    @staticmethod
    def key(number: int) -> WorkspaceKey:
        return WorkspaceKey("main", number)

    @property
    def busiest(self) -> int:
        return max(self.world.workspaces.values(), key=lambda workspace: workspace.weight).id

    @property
    def picture(self) -> Snapshot:
        return self.engine.snapshot()

    def row(self, number: int) -> WorkspaceRow:
        found = self.picture.workspace(self.key(number))
        assert found is not None
        return found

    def healths(self) -> dict[str, int]:
        return dict(Counter(row.health.value for row in self.picture.workspaces))

    async def counted(self, number: int) -> dict[tuple[date, Metric], int]:
        """What the mirror counts, per day and metric."""
        async with self.engine.database.read() as tx:
            found = await counts.counted(tx, date(2026, 1, 1), date(2027, 1, 1))
        return {(day, metric): n for (key, day, metric), n in found.items() if key.id == number and n}

    async def marks(self, number: int) -> dict[str, Marks]:
        """What the mirror knows of each lead that anything is known of."""
        async with self.engine.database.read() as tx:
            found = await leads.page(tx, self.key(number), None, 100_000)
        return {lead.email: lead.marks for lead in found if lead.marks != Marks()}

    async def addresses(self, number: int) -> set[str]:
        """Every lead of the mirror; those that only a list told too."""
        async with self.engine.database.read() as tx:
            return {lead.email for lead in await leads.page(tx, self.key(number), None, 100_000)}

    async def is_true(self, number: int) -> None:
        """The mirror of a workspace equals what really happened."""
        truth = self.world.truth(number, with_past=True)
        assert await self.counted(number) == {slot: n for slot, n in truth.days.items() if n}
        assert await self.marks(number) == dict(truth.leads)

    async def all_true(self) -> None:
        for number in self.world.workspaces:
            await self.is_true(number)

    async def ask(self, job: Job, *numbers: int, parts: tuple[Part, ...] = ()) -> Any:
        return await self.engine.requests.ask(job, tuple(map(self.key, numbers)), parts, "a person")

    async def run_of(self, number: Any) -> Run:
        async with self.engine.database.read() as tx:
            found = await runs.get(tx, number)
        assert found is not None
        return found


def without_log(api: Any) -> Any:
    """An instance of an older version: its API has no event log."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == "/api/events":
            gone = JSONResponse({"message": "The route api/events could not be found."}, 404)
            await gone(scope, receive, send)
        else:
            await api(scope, receive, send)

    return app


@asynccontextmanager
async def story(
    place: Place,
    *,
    seed: int = 7,
    workspaces: int = 3,
    accounts: int = 60,
    rate: float = 0.25,
    tokens: Tokens = (),
    log: bool = True,
) -> AsyncIterator[Story]:
    """A small world and an engine that has discovered it, walked it once and subscribed to it. `log`: whether its API has an event log."""
    clock = ManualClock(START, auto=True)
    world = World(seed, workspaces, accounts, start=clock.now(), url=PROVIDER, rate=rate, past_days=False)
    faults, door = FaultSwitch(), Door()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door)) as hooks:
        deliveries = Deliveries(world, faults, clock, sender=HttpxSender(hooks), seed=seed)
        api = create_app(world, deliveries, faults, clock)
        if not log:
            api = without_log(api)
        told = Story(world, clock, faults, deliveries, settings_for(world, place, tokens), api, door)
        await told.open()
        try:
            await told.look()
            await told.subscribe()
            await told.pass_time(STEP)
            yield told
        finally:
            await told.crash()
