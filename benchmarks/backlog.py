"""P2: a backlog into the mirror while ingest goes on, beside one event per transaction."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from benchmarks.bodies import INSTANCE, Maker, mixture
from benchmarks.places import Fresh, Places
from benchmarks.processes import child, loading
from benchmarks.report import Row, against, told, within
from benchmarks.sizes import NORMAL, Sizes
from bisonwatch.clients.bison.canonical import content_hash
from bisonwatch.clients.bison.translate import parse, route
from bisonwatch.domain.delivery import Delivery, Source
from bisonwatch.domain.ids import uuid7
from bisonwatch.store import deliveries, inbox

MOST_S = {"SQLite": 8.0, "Postgres": 20.0}
"""For 100,000 events; other numbers in proportion."""
RATE = 100
_LIVE = 500_000_000
_TOGETHER = 1000


def measure(places: Places, sizes: Sizes) -> Iterator[Row]:
    for kind in places.kinds:
        batched = _emptied(places.fresh(kind), sizes.backlog, [])
        single = _emptied(places.fresh(kind), sizes.one_by_one, ["--batch", 1])
        most = MOST_S[kind] * sizes.backlog / NORMAL.backlog
        yield within("P2", f"backlog of {sizes.backlog:,}, {kind}", batched, "s", most)
        rate, one = sizes.backlog / batched, sizes.one_by_one / single
        yield against(
            "P2",
            f"  events into the mirror, {kind}",
            rate,
            "/s",
            one,
            "one per transaction",
            least=10,
            aim=14,
        )
        yield told("P2", "  each event", 1e6 / rate, "µs")


def _emptied(place: Fresh, count: int, options: list[object]) -> float:
    """Seconds from the processor's start until so many are in the mirror, with a hundred a second coming in."""
    asyncio.run(fill(place, count, mixture()))
    with child("benchmarks.subject", "ingest", "--url", place.url, "--until", count, *options) as subject:
        port = subject.told()["port"]
        with loading(port, connections=4, rate=RATE, seconds=600, first=_LIVE):
            return float(subject.told()["seconds"])


async def fill(place: Fresh, count: int, make: Maker) -> None:
    """Put a backlog into the inbox."""
    database = place.database()
    for first in range(0, count, _TOGETHER):
        batch = [_delivery(make(number)) for number in range(first, min(count, first + _TOGETHER))]
        async with database.write() as tx:
            await inbox.put(tx, batch)
    await database.close()


async def drained(place: Fresh) -> float:
    """Seconds until nothing waits."""
    started = time.monotonic()
    database = place.database()
    while True:
        async with database.read() as tx:
            if not (await deliveries.backlog(tx)).pending:
                break
        await asyncio.sleep(0.02)
    await database.close()
    return time.monotonic() - started


def _delivery(body: bytes) -> Delivery:
    raw, now = parse(body), datetime.now(UTC)
    found = route(raw)
    return Delivery(
        uuid7(now), INSTANCE, found.workspace_id, found.type, Source.WEBHOOK, now, body, content_hash(raw)
    )
