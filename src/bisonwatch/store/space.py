"""How large an SQLite file is, and giving back what is free in it. A server database looks after itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.tx import Tx

SPARE = 0.05
"""This share of the file stays free: tomorrow's rows need as much as yesterday's left."""
INCREMENTAL = 2


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes: the file, what is free inside it, and the log of what was written since (`-wal`). `shrinks`: free space can be given back."""

    size: int
    free: int
    log: int
    shrinks: bool
    page: int

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
    return Space(page * pages, page * free, log_size(database.place), mode == INCREMENTAL, page)


def log_size(place: Place) -> int:
    """Bytes of the file beside the database into which is written first; 0 where there is none."""
    file = place.file
    log = file.with_name(f"{file.name}-wal") if file is not None else None
    try:
        return log.stat().st_size if log else 0
    except FileNotFoundError:
        return 0


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
