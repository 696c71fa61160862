"""P1: events per second that are answered after they are on disk, with the mirror written right behind."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from benchmarks.backlog import drained
from benchmarks.bodies import sent
from benchmarks.places import Places
from benchmarks.processes import child, load
from benchmarks.report import Row, against, told, unmeasured
from benchmarks.sizes import Sizes
from bisonwatch.store.dialect import NEW_FILE, PRAGMAS

CONNECTIONS = (1, 16, 64)
P99 = 17 / 7
"""17 ms is allowed where the null application's is 7."""
_APART = 10_000_000


def measure(places: Places, sizes: Sizes) -> Iterator[Row]:
    null = dict(zip(CONNECTIONS, _null(sizes), strict=True))
    for n, figures in null.items():
        yield told("P1", f"null app, {n} conn.", figures["per_s"], "/s", _percentiles(figures))
    for kind in places.kinds:
        yield from _durable(places, kind, sizes, null)


def _null(sizes: Sizes) -> Iterator[dict[str, float]]:
    with child("benchmarks.subject", "null") as subject:
        port = subject.told()["port"]
        for n in CONNECTIONS:
            yield load(port, connections=n, seconds=sizes.ack_s, warm=sizes.ack_warm_s)


def _durable(places: Places, kind: str, sizes: Sizes, null: dict[int, dict[str, float]]) -> Iterator[Row]:
    insert = {n: _insert(places, kind, n, sizes.ack_s) for n in (1, 64)}
    place = places.fresh(kind)
    with child("benchmarks.subject", "ingest", "--url", place.url) as subject:
        port = subject.told()["port"]
        for number, n in enumerate(CONNECTIONS):
            first = number * _APART
            figures = load(port, connections=n, seconds=sizes.ack_s, warm=sizes.ack_warm_s, first=first)
            behind = asyncio.run(drained(place))
            what = f"durable acks, {kind}, {n} conn."
            least, aim = (0.30, 0.5) if n == 64 else (None, None)
            yield against("P1", what, figures["per_s"], "/s", null[n]["per_s"], "null", least=least, aim=aim)
            if n in insert:
                yield _beside_insert(what, figures["per_s"], insert[n], n)
            most = P99 if n == 64 else None
            yield against(
                "P1",
                f"  p99, {_percentiles(figures)}",
                figures["p99"],
                "ms",
                null[n]["p99"],
                "null's",
                most=most,
            )
            yield told(
                "P1", "  mirror complete after the last ack", behind, "s", f"{figures['refused']:g} refused"
            )


def _beside_insert(what: str, figure: float, insert: float | None, connections: int) -> Row:
    if insert is None:
        return unmeasured("P1", f"{what} beside an insert", "this Postgres has no pgbench")
    least, aim = (0.9, 1.5) if connections == 64 else (0.55, None)
    return against(
        "P1", "  beside one row per transaction", figure, "/s", insert, "insert", least=least, aim=aim
    )


def _percentiles(figures: dict[str, float]) -> str:
    return f"p50 {figures['p50']:.3g}, p95 {figures['p95']:.3g} ms"


def _insert(places: Places, kind: str, clients: int, seconds: float) -> float | None:
    """Rows a second, one in each transaction, straight at the database: no HTTP, nothing understood."""
    return _sqlite_insert(seconds) if kind == "SQLite" else _pgbench(places, clients, seconds)


def _sqlite_insert(seconds: float) -> float:
    """One writer is all SQLite has, however many clients wait."""
    make, count = sent(), 0
    with tempfile.TemporaryDirectory() as folder:
        file = sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)
        for pragma in (NEW_FILE, *PRAGMAS):
            file.execute(pragma)
        file.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, at INTEGER, body BLOB)")
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            file.execute("INSERT INTO plain (at, body) VALUES (?, ?)", (time.time_ns(), make(count)))
            count += 1
        took = time.monotonic() - started
        file.close()
    return count / took


def _pgbench(places: Places, clients: int, seconds: float) -> float | None:
    program = places.bin / "pgbench"
    if not program.exists():
        return None
    url = places.fresh("Postgres").url
    asyncio.run(
        _execute(
            url, "CREATE TABLE plain (id bigserial PRIMARY KEY, at timestamptz DEFAULT now(), body bytea)"
        )
    )
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(f"INSERT INTO plain (body) VALUES (decode(repeat('5a', {len(sent()(0))}), 'hex'));\n")
        file.flush()
        options = ["-n", "-M", "prepared", "-c", str(clients), "-T", str(max(1, round(seconds)))]
        ran = subprocess.run(
            [program, *options, "-f", file.name, url], check=True, capture_output=True, text=True
        )
    found = re.search(r"tps = ([\d.]+)", ran.stdout)
    return float(found[1]) if found else None


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()
