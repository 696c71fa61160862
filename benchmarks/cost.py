"""P12: what one event costs in CPU from its receipt to the mirror, as the load grows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.backlog import drained
from benchmarks.places import Places
from benchmarks.processes import child, load
from benchmarks.report import Row, no_dearer, told
from benchmarks.sizes import Sizes

RATES = (10, 100, 1_000, 5_000)
CONNECTIONS = 64
GROWTH = 1.1
"""A rise of less is noise."""


@dataclass(frozen=True, slots=True)
class Spent:
    """`cpu` in seconds, of the whole process; `rate` is what was reached."""

    cpu: float
    events: int
    rate: float


def measure(places: Places, sizes: Sizes) -> Iterator[Row]:
    for kind in places.kinds[: sizes.kinds]:
        idle = _spent(places, kind, 0, sizes.cost_s)
        before: float | None = None
        for rate in RATES:
            spent = _spent(places, kind, rate, sizes.cost_s)
            cost = max(0.0, spent.cpu - idle.cpu) / max(spent.events, 1) * 1e6
            what, note = f"CPU per event, {kind}, {rate:,}/s", f"{spent.rate:,.0f}/s reached"
            if before is None:
                yield told("P12", what, cost, "µs", note)
            else:
                yield no_dearer("P12", what, cost, "µs", before, GROWTH, note)
            before = cost


def _spent(places: Places, kind: str, rate: int, seconds: float) -> Spent:
    """Without a rate: what the process takes to start and to wait as long."""
    place = places.fresh(kind)
    with child("benchmarks.subject", "ingest", "--url", place.url) as subject:
        port, reached = subject.told()["port"], 0.0
        if rate:
            reached = load(port, connections=CONNECTIONS, seconds=seconds, rate=rate)["per_s"]
            asyncio.run(drained(place))
        else:
            time.sleep(seconds)
        last = subject.farewell()
    return Spent(float(last["cpu_s"]), int(last["processed"]), reached)
