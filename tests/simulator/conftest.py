"""A small world, its API and its webhooks, all in this process, with a clock moved by hand."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from bisonwatch.simulator.faults import Break, FaultSwitch, WalkFault
from bisonwatch.simulator.hooks import EVERY_TYPE
from bisonwatch.simulator.httpx_sending import HttpxSender, Straight
from bisonwatch.simulator.records import Subscription, Workspace
from bisonwatch.simulator.server import create_app
from bisonwatch.simulator.switches import changed
from bisonwatch.simulator.webhooks import Deliveries
from bisonwatch.simulator.world import World

START = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)
FIXTURES = Path(__file__).parents[1] / "fixtures"
HOOK = "http://mirror.example/hooks/eb/12"


def fixture(name: str) -> object:
    return json.loads((FIXTURES / name).read_text())


class HandClock:
    """Time stands still until it is moved; sleeping moves it."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def forward(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


@dataclass
class Receiver:
    """A webhook endpoint: answers the codes it was given, then 200; keeps every body."""

    codes: deque[int] = field(default_factory=deque)
    bodies: list[dict] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    headers: list[dict] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        self.bodies.append(json.loads(message["body"]))
        self.urls.append(scope["path"])
        self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        code = self.codes.popleft() if self.codes else 200
        await send({"type": "http.response.start", "status": code, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    @property
    def types(self) -> list[str]:
        return [body["event"]["type"] for body in self.bodies]


@dataclass
class Lab:
    """Everything of one instance."""

    world: World
    clock: HandClock
    faults: FaultSwitch
    receiver: Receiver
    deliveries: Deliveries
    app: ASGIApp
    client: httpx.AsyncClient

    @property
    def workspace(self) -> Workspace:
        return self.world.workspaces[12]

    def subscribe(self, workspace_id: int = 12, events: tuple[str, ...] = EVERY_TYPE) -> Subscription:
        number = self.world.scribe.next_id("subscription")
        new = Subscription(number, "Mirror", HOOK, events, START, START)
        return self.world.workspaces[workspace_id].subscriptions.add(new)

    async def get(self, path: str, *, key: str | None = None, **query: object) -> httpx.Response:
        return await self.ask("GET", path, key=key, params=query or None)

    async def ask(self, method: str, path: str, *, key: str | None = None, **more: object) -> httpx.Response:
        bearer = {"authorization": f"Bearer {key or self.world.api_key(12)}"}
        return await self.client.request(method, path, headers=bearer, **more)

    def form(self, **forms: object) -> None:
        """Switch forms of the answers, by their names."""
        self.faults.forms = changed(self.faults.forms, forms)

    def limit(self, **limits: object) -> None:
        self.faults.limits = changed(self.faults.limits, limits)

    def delay(self, **delays: object) -> None:
        self.faults.delays = changed(self.faults.delays, delays)

    def break_page(self, what: Break, route: str, page: int = 0, **more: object) -> None:
        self.faults.set(self.faults.now.with_walks(WalkFault(route, what, page, **more)))

    async def rows(self, path: str, **query: object) -> list[dict]:
        """The first page's rows, or the one record."""
        return (await self.get(path, **query)).json()["data"]

    async def deliver(self, **span: float) -> int:
        return await self.deliveries.deliver_due(self.clock.forward(**span))


def small_world(**changes: object) -> World:
    options = {"workspaces": 4, "accounts": 90, "start": START, "url": "http://sim.example", "rate": 20.0}
    return World(7, **options | changes)


@pytest.fixture
def world() -> World:
    return small_world()


@asynccontextmanager
async def opened(world: World) -> AsyncIterator[Lab]:
    """An instance of that world, with one receiver for all of its webhooks."""
    clock, faults, receiver = HandClock(), FaultSwitch(), Receiver()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(receiver)) as hooks:
        deliveries = Deliveries(world, faults, clock, sender=HttpxSender(hooks), compression=60)
        app = create_app(world, deliveries, faults, clock)
        async with httpx.AsyncClient(transport=Straight(app), base_url="http://sim.example") as client:
            yield Lab(world, clock, faults, receiver, deliveries, app, client)


@pytest.fixture
async def lab(world: World) -> AsyncIterator[Lab]:
    async with opened(world) as made:
        yield made
