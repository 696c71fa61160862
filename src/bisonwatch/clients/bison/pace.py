"""How fast one key may ask: a share of the announced limit, less as what remains of it falls, the urgent first."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import IntEnum

from bisonwatch.clock import Clock

PER_MINUTE = 3000
_SLOWEST = 0.05


class Priority(IntEnum):
    """Who goes first; a lower one waits while a higher one waits."""

    INTERACTIVE = 0
    FOLLOW_UP = 1
    POLL = 2
    RECONCILE = 3
    BACKFILL = 4


class Pace:
    """One per key: a token bucket of one second's worth, at most `concurrency` requests at a time."""

    def __init__(self, clock: Clock, *, share: float = 0.8, concurrency: int = 8) -> None:
        self._clock = clock
        self._share = share
        self._concurrency = concurrency
        self._limit = PER_MINUTE
        self._remaining: int | None = None
        self._tokens = self._burst
        self._filled_at = clock.monotonic()
        self._active = 0
        self._tickets = 0
        self._queue: list[tuple[int, int]] = []
        self._changed = asyncio.Event()

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
        self._tickets += 1
        ticket = (int(priority), self._tickets)
        heapq.heappush(self._queue, ticket)
        try:
            await self._wait(ticket)
        finally:
            self._queue.remove(ticket)
            heapq.heapify(self._queue)
            self._wake()
        self._active += 1
        self._tokens -= 1
        try:
            yield
        finally:
            self._active -= 1
            self._wake()

    @property
    def _burst(self) -> float:
        return max(1.0, self.per_second)

    def _fill(self) -> None:
        now = self._clock.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self.per_second)
        self._filled_at = now

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _wait(self, ticket: tuple[int, int]) -> None:
        while True:
            if self._queue[0] != ticket or self._active >= self._concurrency:
                await self._changed.wait()
                continue
            self._fill()
            if self._tokens >= 1 - 1e-9:
                return
            await self._clock.sleep((1 - self._tokens) / self.per_second)
