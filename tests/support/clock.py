"""A clock that tests move by hand."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta

START = datetime(2026, 9, 14, 18, 0, tzinfo=UTC)
_TURNS = 20


class ManualClock:
    """Implements bisonwatch.clock.Clock. Time stands still until `advance`; `auto=True` lets every sleep pass at once.

    `slept` holds every wait that was asked for, in order.
    """

    def __init__(self, start: datetime = START, *, auto: bool = False) -> None:
        self._start = start
        self._passed = 0.0
        self._auto = auto
        self._tickets = 0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    def pass_by(self, seconds: float) -> None:
        """Move on without waking anybody: something took as long."""
        self._passed += seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self._auto or seconds <= 0:
            self._passed += max(0.0, seconds)
            await asyncio.sleep(0)
            return
        self._tickets += 1
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._passed + seconds, self._tickets, waiter))
        await waiter

    @property
    def sleeping(self) -> int:
        """How many wait for this clock now."""
        return sum(not waiter.done() for _, _, waiter in self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Move on; sleepers wake in the order of their deadlines, and what they then sleep for is honoured too."""
        await settle()
        target = self._passed + seconds
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, waiter = heapq.heappop(self._sleepers)
            self._passed = max(self._passed, due)
            if not waiter.done():
                waiter.set_result(None)
                await settle()
        self._passed = target
        await settle()


async def settle(turns: int = _TURNS) -> None:
    """Let every task that can run, run."""
    for _ in range(turns):
        await asyncio.sleep(0)
