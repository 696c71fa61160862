"""A mirror as it is after a long time, written straight into an empty database: deterministic, of any size.

    python -m benchmarks.generate --url sqlite:////tmp/large.db --workspaces 27 --events 1000000
    python -m benchmarks.generate --url sqlite:////tmp/year.db --year 50

What is stored is what retention leaves: facts of `days`, deliveries of thirty of them (the bodies of the last still whole), the traffic
of three.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from sqlalchemy import text

from benchmarks.rows import tables, words
from benchmarks.shape import TRAFFIC_DAYS, WHOLE, Shape, year
from bisonwatch.clock import SystemClock
from bisonwatch.store import migrate
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place

TOGETHER = 250_000
"""Rows a transaction."""
OFTEN_S = 15.0
"""A table that takes longer tells how far it is."""


async def fill(
    database: Database, shape: Shape, now: datetime, told: Callable[[str], None] = lambda _: None
) -> None:
    """Write it all; on Postgres its statistics too."""
    said = words(database.dialect.one_writer, now)
    schema = "" if database.dialect.one_writer else f'"{database.place.schema}".'
    values: dict[str, object] = {
        "s": schema,
        "w": shape.workspaces,
        "each": shape.each,
        "days": shape.days,
        "seed": shape.seed,
        "accounts": shape.accounts,
        "leads": shape.events // 20,
        "deliveries": shape.deliveries,
        "minutes": shape.minutes,
        "daily": shape.daily,
        "size": WHOLE,
        "apart": TRAFFIC_DAYS * 1440 // shape.minutes,
    }
    for statement, rows in tables(shape):
        name, started, heard = statement.split()[2].format_map(values), time.monotonic(), time.monotonic()
        for first in range(0, rows, TOGETHER):
            last = min(rows, first + TOGETHER) - 1
            async with database.write() as tx:
                await tx.run(text(said.of(statement, first, last, values).replace(":", r"\:")))
            if time.monotonic() - heard > OFTEN_S:
                heard = time.monotonic()
                told(f"{name}: {last + 1:,} of {rows:,} rows in {heard - started:.0f} s")
        told(f"{name}: {rows:,} rows in {time.monotonic() - started:.1f} s")
    if not database.dialect.one_writer:
        started = time.monotonic()
        await _settle(database.place.url)
        told(f"statistics in {time.monotonic() - started:.1f} s")


async def _settle(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def cramped(database: Database, shape: Shape) -> str | None:
    """What to say when the disk has less than this shape needs; None when it has enough, or cannot be seen from here."""
    where = await _folder(database)
    if where is None or not where.exists():
        return None
    needed, free = shape.disk(database.dialect.one_writer), shutil.disk_usage(where).free
    if free >= needed:
        return None
    return f"{shape.events:,} events need {needed / 1e9:.0f} GB of disk, and {where} has {free / 1e9:.0f} GB"


async def _folder(database: Database) -> Path | None:
    if database.place.file is not None:
        return database.place.file.parent
    connection = await asyncpg.connect(database.place.url)
    try:
        return Path(await connection.fetchval("SHOW data_directory"))
    except asyncpg.InsufficientPrivilegeError:
        return None
    finally:
        await connection.close()


async def _main(chosen: argparse.Namespace) -> int:
    database = Database(Place(chosen.url), SystemClock())
    shape = Shape(chosen.workspaces, chosen.accounts, chosen.events, chosen.days, seed=chosen.seed)
    shape = year(chosen.year) if chosen.year else shape
    problem = await cramped(database, shape)
    if problem is None:
        await migrate.upgrade(database)
        await fill(database, shape, datetime.now(UTC), lambda line: print(line, flush=True))
    else:
        print(problem, file=sys.stderr)
    await database.close()
    return 0 if problem is None else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--url", required=True, help="an empty database, SQLite or Postgres")
    for name in ("workspaces", "accounts", "events", "days", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Shape(), name))
    parser.add_argument(
        "--year",
        type=int,
        metavar="N",
        help="an N-th of 120,000 events a day for a year, instead of the above",
    )
    return asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
