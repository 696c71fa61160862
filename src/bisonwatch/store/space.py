"""How large an SQLite file is, and giving back what is free in it. A server database looks after itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.tx import Tx

SPARE = 0.05
"""This share of the file stays free: tomorrow's rows need as much as yesterday's left."""
NEVER, INCREMENTAL = 0, 2


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes: the file, what is free inside it, and the log of what was written since (`-wal`). `shrinks`: free space can be given back."""

    size: int
    free: int
    log: int
    shrinks: bool
    page: int
    rigid: bool = False
    """Made without auto_vacuum, by another program: what is free in it is used again, but never given back."""

    @property
    def surplus(self) -> int:
        """Pages to give back, once twice as much is free as should be."""
        spare = int(self.size * SPARE)
        return (self.free - spare) // self.page if self.shrinks and self.free > 2 * spare else 0


async def look(database: Database) -> Space | None:
    """None on a server database."""
    if not database.dialect.one_writer:
        return None
    async with database.read() as tx:
        page, pages, free, mode = [
            int((await tx.raw(f"PRAGMA {name}")).scalar_one())
            for name in ("page_size", "page_count", "freelist_count", "auto_vacuum")
        ]
    return Space(
        page * pages, page * free, log_size(database.place), mode == INCREMENTAL, page, mode == NEVER
    )


@dataclass(frozen=True, slots=True)
class Log:
    """The file beside the database into which is written first (`-wal`): its bytes, and when it was last written to, in nanoseconds."""

    size: int
    at: int


def log_of(place: Place) -> Log | None:
    """None where there is none now, or never on a server."""
    if place.file is None:
        return None
    try:
        found = place.file.with_name(f"{place.file.name}-wal").stat()
    except FileNotFoundError:
        return None
    return Log(found.st_size, found.st_mtime_ns)


def log_size(place: Place) -> int:
    """Bytes of the log; 0 where there is none."""
    found = log_of(place)
    return found.size if found else 0


async def give_back(tx: Tx, pages: int) -> int:
    """Cut so many free pages off the file, moving what stands behind them."""
    await tx.sync(_vacuum, pages)
    return pages


def _vacuum(connection: Connection, pages: int) -> None:
    """On the driver's own cursor, page by page: it would step a statement that gives no columns only once."""
    cursor = connection.connection.cursor()
    for _ in range(pages):
        cursor.execute("PRAGMA incremental_vacuum(1)")
    cursor.close()
