"""P11: two nodes on one Postgres empty a backlog, beside one node alone; with the CPU each process took."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.backlog import drained, fill
from benchmarks.bodies import mixture
from benchmarks.places import Places
from benchmarks.processes import child
from benchmarks.report import Row, against, told
from benchmarks.sizes import Sizes

LEAST = 1.6
SATURATED = 0.85
"""Of all cores: more speed is not to be had on this machine."""


@dataclass(frozen=True, slots=True)
class Emptied:
    """`cpu` is each node's CPU seconds, its start included."""

    seconds: float
    cpu: tuple[float, ...]
    busy: float
    """The share of all cores that was not idle."""


def measure(places: Places, sizes: Sizes) -> Iterator[Row]:
    one = _emptied(places, sizes.backlog, 1)
    two = _emptied(places, sizes.backlog, 2)
    rates = [sizes.backlog / found.seconds for found in (one, two)]
    yield told("P11", "one node, Postgres", rates[0], "/s", _said(one))
    yield against("P11", "two nodes, Postgres", rates[1], "/s", rates[0], "one node", least=LEAST)
    saturated = "cores saturated, " if two.busy >= SATURATED else ""
    yield told("P11", "  cores busy with two nodes", 100 * two.busy, "%", saturated + _said(two))


def _said(found: Emptied) -> str:
    nodes = ", ".join(f"{cpu / found.seconds:.0%}" for cpu in found.cpu)
    return f"CPU per node: {nodes}; all cores {found.busy:.0%} busy"


def _emptied(places: Places, backlog: int, nodes: int) -> Emptied:
    place = places.fresh("Postgres")
    asyncio.run(fill(place, backlog, mixture()))
    with ExitStack() as running:
        started, idle = time.monotonic(), _idle()
        children = [
            running.enter_context(
                child("benchmarks.subject", "ingest", "--url", place.url, "--share", f"{number}/{nodes}")
            )
            for number in range(nodes)
        ]
        for one in children:
            one.told()
            started, idle = time.monotonic(), _idle()  # from when the last of them is ready
        asyncio.run(drained(place))
        seconds = time.monotonic() - started
        busy = 1 - (_idle() - idle) / (seconds * (os.cpu_count() or 1))
        cpu = tuple(float(one.farewell()["cpu_s"]) for one in children)
    return Emptied(seconds, cpu, busy)


def _idle() -> float:
    """Seconds that the machine's cores were idle since it started, all together."""
    with open("/proc/stat") as file:
        fields = file.readline().split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")
