"""The stream: 500 readers while ingest goes on, an event pushed to a screen, and what an attached terminal costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import psutil
from tests.tui.world import ago, event_row, snapshot

from benchmarks.attached import paints
from benchmarks.places import Fresh, Places
from benchmarks.processes import Child, child, load
from benchmarks.report import Row, against, told, within
from benchmarks.sizes import Sizes
from benchmarks.visible import RATE, SETTLE_S, _probed, _rows
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.protocol.pictures import Reading, changes, whole
from bisonwatch.protocol.sse import Parser

READERS = 500
_PAUSE = (0.2, 0.6)
_APART = 10_000_000


def measure(places: Places, sizes: Sizes) -> Iterator[Row]:
    for kind in places.kinds[: sizes.kinds]:
        place = places.fresh(kind)
        with child("benchmarks.subject", "ingest", "--url", place.url, "--stream") as subject:
            ports = subject.told()
            time.sleep(SETTLE_S)
            yield from _crowd(kind, subject, ports, sizes)
            yield from _pushed(kind, place, ports, sizes)
    first, picture = paints(3 if sizes.terminal_s < 10 else 5)
    yield within("P7", "first paint, attached", first, "s", 0.5)
    yield told("P7", "  first picture, attached", picture, "s", "the process's start included")
    for count in (27, 300, 2000):
        yield from _coded(count)


def _crowd(kind: str, subject: Child, ports: dict[str, int], sizes: Sizes) -> Iterator[Row]:
    alone, cpu_alone = _loaded(subject, ports["port"], sizes, 0)
    with child("benchmarks.readers", "--port", ports["stream"], "--count", READERS) as readers:
        readers.told()
        beside, cpu = _loaded(subject, ports["port"], sizes, 1)
        heard = readers.farewell()
    what = f"{RATE}/s, {kind}"
    label = f"ack p99 beside {READERS} readers, {what}"
    yield against("STREAM", label, beside["p99"], "ms", alone["p99"], "alone")
    yield told("STREAM", "  processor for each reader", (cpu - cpu_alone) / READERS * 1e6, "µs/s")
    p50, p95, p99 = heard["late"]
    note = f"p50 {p50:.0f}, p99 {p99:.0f} ms; {heard['pictures']} pictures, {heard['lost']} readers dropped"
    yield told("STREAM", "  from drawn to every reader, p95", p95, "ms", note)


def _loaded(subject: Child, port: int, sizes: Sizes, turn: int) -> tuple[dict[str, float], float]:
    """The load generator's figures, and the subject's share of a core meanwhile."""
    process = psutil.Process(subject.pid)
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    seconds = max(2.0, sizes.busy_s / 2)
    figures = load(port, connections=16, rate=RATE, seconds=seconds, first=(turn + 1) * _APART)
    return figures, (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)


def _pushed(kind: str, place: Fresh, ports: dict[str, int], sizes: Sizes) -> Iterator[Row]:
    """P3 over the stream: what one reader understood, and when."""
    time.sleep(SETTLE_S)
    with child("benchmarks.readers", "--port", ports["stream"], "--count", 2) as readers:
        readers.told()
        probes = asyncio.run(_probed(place, ports["port"], 0, sizes.probes_idle, None, _PAUSE))
        time.sleep(SETTLE_S)
        seen = readers.farewell()["seen"]
    for row in _rows(f"idle, over the stream, {kind}", probes, seen, "p99", 50.0):
        yield replace(row, what=row.what.replace("in the picture", "in a terminal's picture"))


def _coded(count: int) -> Iterator[Row]:
    """A tenth of the workspaces changed, and all events are new."""
    before = _picture(count)
    after = _later(before)
    data = changes(before, after, "b")
    encode = _best(lambda: changes(before, after, "b"))
    reading, messages = Reading(), Parser().take(data)
    for message in Parser().take(whole(before, "b")):
        reading.take(message)

    def decode() -> None:
        reading.picture = before
        for message in messages:
            reading.take(message)

    what = f"  a change, {count} workspaces: read"
    note = f"made in {encode * 1000:.2f} ms, {len(data) / 1000:.0f} kB"
    yield told("STREAM", what, _best(decode) * 1000, "ms", note)


def _picture(count: int) -> Snapshot:
    shown = snapshot()
    rows = shown.workspaces
    return replace(
        shown,
        workspaces=tuple(replace(rows[i % len(rows)], key=WorkspaceKey("main", i)) for i in range(count)),
    )


def _later(before: Snapshot) -> Snapshot:
    second = timedelta(seconds=1)
    rows = tuple(
        replace(row, as_of=row.as_of + second, version=row.version + (place % 10 == 0))
        for place, row in enumerate(before.workspaces)
    )
    events = tuple(event_row(500 - i, ago(seconds=i * 0.6)) for i in range(60))
    return replace(before, number=before.number + 1, at=before.at + second, workspaces=rows, events=events)


def _best(work: object) -> float:
    """Seconds; the best of seven, since the machine does other things too."""
    assert callable(work)
    found = []
    for _ in range(7):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)
