"""A Feed behind the real API on a port of this machine, and somebody attached to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request

from bisonwatch.api import feed as feeding
from bisonwatch.api import stream
from bisonwatch.api.auth import Guard, Token
from bisonwatch.api.head import Head
from bisonwatch.api.problems import on_error
from bisonwatch.api.reel import Reel
from bisonwatch.api.viewers import Feeds
from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.address import address
from bisonwatch.clients.daemon import Daemon
from bisonwatch.clients.remote import RemoteFeed
from bisonwatch.clock import AgreedClock, Clock, SystemClock
from bisonwatch.domain.feed import Feed
from bisonwatch.domain.snapshot import nothing_yet
from bisonwatch.engine.servers import HttpServer
from bisonwatch.engine.sockets import bind
from bisonwatch.errors import BisonwatchError
from bisonwatch.metrics import Answering
from bisonwatch.retry import Backoff

OPERATOR, VIEWER = "operator-token-77aa", "viewer-token-31bd"
TOKENS = (Token("ops", "operator", OPERATOR), Token("eye", "viewer", VIEWER))
DEADLINE_S = 20.0


async def until(true: Callable[[], object]) -> None:
    """Until that holds; fails when it never does."""
    async with asyncio.timeout(DEADLINE_S):
        while not true():
            await asyncio.sleep(0.002)


@dataclass
class Deeds:
    """The writes that were asked for, and how they were answered."""

    began: list[tuple[str, str]] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    async def begin(self, request: Request, operation: str, _body: bytes) -> UUID:
        self.began.append((request.state.caller.name, operation))
        return UUID(int=len(self.began))

    async def end(self, _deed: UUID, status: int, _why: str | None) -> None:
        self.ended.append(status)


@dataclass
class Served:
    """`start` and `stop` as often as wanted; the port stays the same. `callers`: who asked, in order."""

    feed: Feed
    clock: Clock = field(default_factory=SystemClock)
    callers: list[str] = field(default_factory=list)
    port: int = 0
    deeds: Deeds = field(default_factory=Deeds)

    def __post_init__(self) -> None:
        self.bus, self.boots = Bus(), 0
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, *, running: bool = True) -> None:
        """`running`: whether frames are made by themselves; else `reel.once` does."""
        self.boots += 1
        self.reel = Reel(lambda: self.feed.snapshot(), self.bus, self.clock, f"boot{self.boots}")
        socket = bind("api", "127.0.0.1", self.port)
        self.port = socket.getsockname()[1]
        self.server = HttpServer(self._app(), socket, None)
        loops = [self.server.run(), *([self.reel.run()] if running else [])]
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    async def stop(self) -> None:
        """As an engine does. Stopping twice is fine."""
        self.reel.close()
        self.server.close()
        if self._tasks:
            await self._tasks[0]
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def drawn(self) -> None:
        """A new picture is there."""
        self.bus.publish(Topic.PICTURE)

    def _app(self) -> Head:
        guard = Guard(TOKENS, self.clock, Answering())
        handled = (HTTPException, BisonwatchError, Exception)
        app = FastAPI(exception_handlers=dict.fromkeys(handled, on_error))
        viewer = APIRouter(prefix="/api/v1", dependencies=[Depends(guard.viewer)])
        viewer.include_router(stream.router(self.reel))
        viewer.include_router(feeding.router(guard, Feeds(self._for, self.clock).of, self.clock, self.deeds))
        app.include_router(viewer)
        return Head(app)

    def _for(self, caller: str) -> Feed:
        self.callers.append(caller)
        return self.feed


@asynccontextmanager
async def served(feed: Feed, clock: Clock | None = None, *, running: bool = True) -> AsyncIterator[Served]:
    there = Served(feed, clock or SystemClock())
    await there.start(running=running)
    try:
        yield there
    finally:
        await there.stop()


def remote(url: str, token: str = OPERATOR, clock: AgreedClock | None = None) -> RemoteFeed:
    """Not started; tries again at once."""
    where, clock = address(url), clock or AgreedClock(SystemClock())
    return RemoteFeed(
        lambda: Daemon(where, token), where.shown, clock, nothing_yet(clock.now()), Backoff(0.01, 0.01)
    )


@asynccontextmanager
async def attached(there: Served, token: str = OPERATOR) -> AsyncIterator[RemoteFeed]:
    """Somebody attached, who has the first picture."""
    feed = remote(there.url, token)
    feed.start()
    try:
        await until(lambda: feed.link.up or feed.failure)
        if feed.failure is not None:
            raise feed.failure
        yield feed
    finally:
        await asyncio.to_thread(feed.stop)
