"""SQLite takes one writer at a time, so writers queue here, the more urgent first: inbox before processor before jobs."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum
from itertools import count


class Lane(IntEnum):
    """Who wants to write; the lower goes first."""

    INBOX = 0
    PROCESSOR = 1
    JOBS = 2


class Turnstile:
    """A lock whose waiters are served by lane, then by arrival."""

    def __init__(self) -> None:
        self._held = False
        self._order = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def turn(self, lane: Lane) -> AsyncIterator[None]:
        await self.take(lane)
        try:
            yield
        finally:
            self.release()

    async def take(self, lane: Lane) -> None:
        """As `turn`, for whoever gives it back elsewhere."""
        if not self._held:
            self._held = True
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (lane, next(self._order), mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.release()  # the turn was handed over just as we were cancelled
            raise

    def release(self) -> None:
        while self._waiting:
            _, _, waiter = heapq.heappop(self._waiting)
            if not waiter.done():
                waiter.set_result(None)
                return
        self._held = False
