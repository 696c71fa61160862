"""One backfill of one workspace at work: its turns, its requests, and what of each list it has read."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar

from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clock import Clock
from bisonwatch.domain.backfill import DAY, Stretch
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import backfills
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.sync.meter import Meter
from bisonwatch.sync.providers import Providers

SETTLE = timedelta(minutes=15)
"""What is younger is left to its webhook."""

T = TypeVar("T")


class Restraint:
    """At most so many requests a second to an instance, evenly, whoever asks; a long run of more is answered with 429 to everybody."""

    def __init__(self, clock: Clock, per_second: float) -> None:
        self._clock = clock
        self._gap = 1 / per_second
        self._next: dict[str, float] = {}

    async def spent(self, instance: str, requests: int) -> None:
        """Wait until the next may be asked."""
        now = self._clock.monotonic()
        self._next[instance] = max(now, self._next.get(instance, now)) + self._gap * requests
        if requests:
            await self._clock.sleep(self._next[instance] - now)


class Stint:
    """`spent` hears how many requests were made, and waits until there may be more."""

    def __init__(
        self,
        database: Database,
        providers: Providers,
        workspace: WorkspaceKey,
        meter: Meter,
        spent: Callable[[int], Awaitable[None]],
    ) -> None:
        self.database = database
        self.workspace = workspace
        self.meter = meter
        self._spent = spent
        self.began = database.clock.now()
        self._providers = providers

    @property
    def sure(self) -> date:
        """The last day of which nothing is to come any more."""
        return (self.began - SETTLE).date() - DAY

    async def client(self) -> BisonClient:
        """Asked for every now and then, since it is checked then whose workspace the key reads."""
        return self.meter.follow(await self._providers.client(self.workspace, Priority.BACKFILL))

    async def page(self, pages: AsyncGenerator[Page[T], None]) -> Page[T] | None:
        """The next one; None at the end. Raises StopAsked."""
        await self.meter.report()
        return await self.paced(anext(pages, None))

    async def paced(self, work: Awaitable[T]) -> T:
        """Do what asks the provider, and take the time for it."""
        before = self.meter.tally.requests
        found = await work
        await self._spent(self.meter.tally.requests - before)
        return found

    async def read(self, stream: str) -> list[Stretch]:
        async with self.database.read() as tx:
            return await backfills.stretches(tx, self.workspace, stream)

    async def note(self, stream: str, stretch: Stretch) -> None:
        """So much of a list needs never be read again."""
        now: datetime = self.database.clock.now()
        write = partial(backfills.read, workspace=self.workspace, stream=stream, stretch=stretch, now=now)
        await self.database.again(Lane.JOBS, write)
