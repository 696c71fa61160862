"""The clock that every other test here trusts."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bisonwatch.clock import Clock
from tests.support.clock import START, ManualClock


async def test_sleepers_wake_in_order_and_on_time() -> None:
    """Each wakes at its own deadline, in order, also one that sleeps again meanwhile."""
    clock = ManualClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(clock: Clock, name: str, *naps: float) -> None:
        for nap in naps:
            await clock.sleep(nap)
            woken.append((name, clock.monotonic()))

    tasks = [
        asyncio.create_task(sleeper(clock, "late", 5)),
        asyncio.create_task(sleeper(clock, "twice", 1, 2)),
        asyncio.create_task(sleeper(clock, "never", 50)),
    ]
    await clock.advance(10)
    assert woken == [("twice", 1), ("twice", 3), ("late", 5)]
    assert clock.sleeping == 1
    assert clock.now() == START + timedelta(seconds=10)
    await clock.advance(40)
    await asyncio.gather(*tasks)
    assert woken[-1] == ("never", 50)


async def test_an_automatic_clock_never_waits() -> None:
    """Every sleep passes at once and moves the time."""
    clock = ManualClock(auto=True)
    await clock.sleep(3600)
    assert (clock.monotonic(), clock.slept) == (3600, [3600])
