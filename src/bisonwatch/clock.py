"""Time, injected: the product asks a Clock, tests hand in one they move by hand."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the product may know of time."""

    def now(self) -> datetime:
        """The wall clock, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for durations and deadlines."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; a hand-moved clock returns when it was moved far enough."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class AgreedClock:
    """A machine's clock put right: several machines that work on one database go by the database's time.

    `ahead` is by how much the machine's clock runs before the agreed time; durations and waits are the machine's own.
    """

    def __init__(self, machine: Clock) -> None:
        self.machine = machine
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return self.machine.now() - self.ahead

    def monotonic(self) -> float:
        return self.machine.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self.machine.sleep(seconds)
