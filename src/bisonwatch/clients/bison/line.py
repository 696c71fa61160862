"""Those who wait for their turn: the urgent first, then by arrival."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterator
from contextlib import contextmanager

Ticket = tuple[int, int]


class Line:
    """Whoever stands in it looks whether it is his turn, and else waits until something changed."""

    def __init__(self) -> None:
        self._waiting: list[Ticket] = []
        self._tickets = 0
        self._changed = asyncio.Event()

    @contextmanager
    def ticket(self, priority: int) -> Iterator[Ticket]:
        self._tickets += 1
        ticket = (int(priority), self._tickets)
        heapq.heappush(self._waiting, ticket)
        try:
            yield ticket
        finally:
            self._waiting.remove(ticket)
            heapq.heapify(self._waiting)
            self.wake()

    def first(self, ticket: Ticket) -> bool:
        return self._waiting[0] == ticket

    def wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def change(self) -> None:
        await self._changed.wait()
