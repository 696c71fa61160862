"""P8: memory of the daemon under load, and of the terminal with its engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import psutil

from benchmarks.bodies import PATH
from benchmarks.engines import Site, daemon, folder, free_port, simulator, terminal
from benchmarks.places import Places, upgraded
from benchmarks.report import Row, told, within
from benchmarks.sizes import Sizes
from bisonwatch.clock import SystemClock
from bisonwatch.store import traffic
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place

WORKSPACES = 27
MB = 1 << 20
PATIENCE = 3.0
"""So many times the expected duration is waited for the events."""


def measure(_places: Places, sizes: Sizes) -> Iterator[Row]:
    yield from _engine(sizes, "daemon", 100.0)
    yield from _engine(sizes, "terminal and engine", 150.0)


def _engine(sizes: Sizes, what: str, most: float) -> Iterator[Row]:
    port = free_port()
    options = {"workspaces": WORKSPACES, "accounts": sizes.accounts, "rate": float(sizes.memory_rate)}
    with folder() as where, simulator(**options, deliver_to=f"http://127.0.0.1:{port}{PATH}") as provider:
        site = Site(where, provider, port)
        asyncio.run(upgraded(site.database))
        with (daemon if what == "daemon" else terminal)(site) as process:
            start = _rss(process)
            processed, highest = asyncio.run(_until(site, process, sizes))
            now = _rss(process)
    yield within(
        "P8", f"{what}, after {processed:,} events", now, "MB", most, baseline=start, baseline_is="at start"
    )
    yield told("P8", f"  highest, {WORKSPACES} workspaces, {sizes.accounts:,} accounts", highest, "MB")


def _rss(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / MB


async def _until(site: Site, process: psutil.Process, sizes: Sizes) -> tuple[int, float]:
    """Watch until enough events are in the mirror: how many, and the most memory seen."""
    highest, processed = 0.0, 0
    database = Database(Place(site.database), SystemClock())
    deadline = time.monotonic() + PATIENCE * sizes.memory_events / sizes.memory_rate + 5
    while processed < sizes.memory_events and time.monotonic() < deadline:
        await asyncio.sleep(0.25)
        highest = max(highest, _rss(process))
        async with database.read() as tx:
            processed = await traffic.processed(tx)
    await database.close()
    return processed, highest
