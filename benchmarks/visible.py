"""P3: from the send of an event to its row in the mirror, seen by another connection, and to the picture a screen pulls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.bodies import INSTANCE, PROBED, address, sent
from benchmarks.load import complete, connected, request
from benchmarks.places import Fresh, Places
from benchmarks.processes import Child, child, loading
from benchmarks.report import Row, told, unmeasured, within
from benchmarks.sizes import Sizes
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import leads
from bisonwatch.store.database import Database

PROBE = "probe"
RATE = 500
SETTLE_S = 1.0
GIVE_UP_S = 10.0
_IDLE_PAUSE, _BUSY_PAUSE = (0.2, 0.6), (0.02, 0.1)


def measure(places: Places, sizes: Sizes) -> Iterator[Row]:
    for kind in places.kinds:
        place = places.fresh(kind)
        with child("benchmarks.subject", "ingest", "--url", place.url, "--snapshots") as subject:
            port = int(subject.told()["port"])
            time.sleep(SETTLE_S)
            idle = asyncio.run(_probed(place, port, 0, sizes.probes_idle, None, _IDLE_PAUSE))
            busy = _under_load(place, port, len(idle), sizes.busy_s)
            time.sleep(SETTLE_S)
            seen = subject.farewell()["seen"]
        yield from _rows(f"idle, {kind}", idle, seen, "p99", 50.0)
        yield from _rows(f"{RATE}/s, {kind}", busy, seen, "p95", 300.0)


Pictures = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Probe:
    """When one event was sent (by both clocks), and when it was in the mirror."""

    told: float
    sent: float
    mirrored: float

    def pulled(self, pictures: Pictures) -> float | None:
        """When the first picture that knows of it was drawn."""
        return next((drawn for newest, drawn in pictures if newest >= self.told), None)


def _under_load(place: Fresh, port: int, first: int, seconds: float) -> list[Probe]:
    with loading(port, connections=16, rate=RATE, seconds=seconds + 2) as generator:
        time.sleep(1.0)
        probes = asyncio.run(_probed(place, port, first, 1_000_000, time.monotonic() + seconds, _BUSY_PAUSE))
        _heard(generator)
    return probes


def _heard(generator: Child) -> None:
    refused = generator.told()["refused"]
    if refused:
        raise RuntimeError(f"{refused} deliveries were refused under load")


async def _probed(
    place: Fresh, port: int, first: int, most: int, end: float | None, pause: tuple[float, float]
) -> list[Probe]:
    probes: list[Probe] = []
    random, make, database = Random(first), sent(PROBE, PROBED), place.database()
    with connected(port) as wire:
        for number in range(first, first + most):
            if end is not None and time.monotonic() > end:
                break
            await asyncio.sleep(random.uniform(*pause))
            told, started = time.time(), time.monotonic()
            wire.sendall(request(make(number)))
            probes.append(Probe(told, started, await _in_mirror(database, number)))
            answer = b""
            while not complete(answer):
                answer += wire.recv(65_536)
    await database.close()
    return probes


async def _in_mirror(database: Database, number: int) -> float:
    key, email = WorkspaceKey(INSTANCE, PROBED), address(number, PROBE)
    deadline = time.monotonic() + GIVE_UP_S
    while time.monotonic() < deadline:
        async with database.read() as tx:
            if await leads.get(tx, key, email) is not None:
                return time.monotonic()
        await asyncio.sleep(0.002)
    raise RuntimeError(f"an event was not in the mirror after {GIVE_UP_S:g} s")


def _rows(when: str, probes: list[Probe], pictures: Pictures, judged: str, most: float) -> Iterator[Row]:
    mirrored = sorted((probe.mirrored - probe.sent) * 1000 for probe in probes)
    drawn = [(probe.sent, probe.pulled(pictures)) for probe in probes]
    pulled = sorted((found - sent) * 1000 for sent, found in drawn if found is not None)
    for what, times in (("in the mirror", mirrored), ("in the picture", pulled)):
        if not times:
            yield unmeasured("P3", f"{what}, {when}", "no probe was seen")
            continue
        p = {
            name: times[min(len(times) - 1, len(times) * n // 100)]
            for name, n in (("p50", 50), ("p95", 95), ("p99", 99))
        }
        told_too = ", ".join(f"{name} {value:.0f}" for name, value in p.items() if name != judged)
        yield within("P3", f"{what}, {when}: {judged} ({told_too})", p[judged], "ms", most)
    yield told("P3", f"  probes, {when}", len(probes), "", f"{len(probes) - len(pulled)} never in a picture")
