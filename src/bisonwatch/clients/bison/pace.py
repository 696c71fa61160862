"""How fast one key may ask, and how many requests an instance is asked at a time: the urgent first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from enum import IntEnum

from bisonwatch.clients.bison.line import Line, Ticket
from bisonwatch.clock import Clock

PER_MINUTE = 3000
_SLOWEST = 0.05

IN_FLIGHT = 20
"""Requests of walks that one instance is asked at a time, whosever keys they use."""
CONNECTIONS = 40
"""The same of all requests: half of them are for what is more urgent than a walk, which never waits for one."""


class Priority(IntEnum):
    """Who goes first; a lower one waits while a higher one waits."""

    INTERACTIVE = 0
    FOLLOW_UP = 1
    POLL = 2
    RECONCILE = 3
    BACKFILL = 4


class Gate:
    """One per instance, shared by the paces of its keys: what one walk leaves, another may use."""

    def __init__(self, walks: int = IN_FLIGHT, most: int = CONNECTIONS) -> None:
        self._walks, self._most = walks, most
        self._inside = 0
        self._line = Line()

    @asynccontextmanager
    async def turn(self, priority: Priority) -> AsyncIterator[None]:
        """Wait for one's turn, and be inside until the request is over."""
        most = self._walks if priority >= Priority.RECONCILE else self._most
        with self._line.ticket(priority) as ticket:
            while self._inside >= most or not self._line.first(ticket):
                await self._line.change()
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            self._line.wake()


class Pace:
    """One per key: a token bucket of one second's worth, at most `concurrency` requests at a time, and those through the instance's gate."""

    def __init__(
        self, clock: Clock, *, share: float = 0.8, concurrency: int = 8, gate: Gate | None = None
    ) -> None:
        self._clock = clock
        self._share = share
        self._concurrency = concurrency
        self._limit = PER_MINUTE
        self._remaining: int | None = None
        self._tokens = self._burst
        self._filled_at = clock.monotonic()
        self._active = 0
        self._line = Line()
        self._gate = gate or Gate()

    @property
    def per_second(self) -> float:
        """Requests per second allowed now."""
        plain = self._limit * self._share / 60
        reserve = self._limit * (1 - self._share)
        if self._remaining is None or reserve <= 0 or self._remaining >= reserve:
            return plain
        return plain * max(_SLOWEST, self._remaining / reserve)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take the announced limit and what remains of it from an answer's headers."""
        limit = headers.get("x-ratelimit-limit", "")
        remaining = headers.get("x-ratelimit-remaining", "")
        self._fill()
        if limit.isdecimal() and int(limit) > 0:
            self._limit = int(limit)
        if remaining.isdecimal():
            self._remaining = int(remaining)
        self._tokens = min(self._tokens, self._burst)

    @asynccontextmanager
    async def turn(self, priority: Priority) -> AsyncIterator[None]:
        """Wait for one's turn, and hold one of the places until the request is over."""
        async with AsyncExitStack() as inside:
            with self._line.ticket(priority) as ticket:
                await self._wait(ticket)
                await inside.enter_async_context(self._gate.turn(priority))
                while not self._free(ticket):  # somebody more urgent came first
                    await inside.aclose()
                    await self._wait(ticket)
                    await inside.enter_async_context(self._gate.turn(priority))
            self._active += 1
            self._tokens -= 1
            try:
                yield
            finally:
                self._active -= 1
                self._line.wake()

    @property
    def _burst(self) -> float:
        return max(1.0, self.per_second)

    def _fill(self) -> None:
        now = self._clock.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self.per_second)
        self._filled_at = now

    def _next(self, ticket: Ticket) -> bool:
        return self._line.first(ticket) and self._active < self._concurrency

    def _free(self, ticket: Ticket) -> bool:
        self._fill()
        return self._next(ticket) and self._tokens >= 1 - 1e-9

    async def _wait(self, ticket: Ticket) -> None:
        while not self._free(ticket):
            if self._next(ticket):
                await self._clock.sleep((1 - self._tokens) / self.per_second)
            else:
                await self._line.change()
