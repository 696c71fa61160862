"""The node's spool: a small SQLite file of its own, where deliveries are durable while the mirror's database is away.

Not in the chain of migrations: the file belongs to this machine, and must work when nothing else does. It is opened when it is
needed, and again after any error, so that whatever was wrong with its disk heals without a restart. One that cannot be read
any more is set aside under another name, never deleted. Two nodes of one machine may share a file.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from bisonwatch.domain.delivery import Delivery
from bisonwatch.errors import StoreUnavailable
from bisonwatch.store import spool_file, spool_row
from bisonwatch.store.spool_file import Identity
from bisonwatch.store.spool_row import Held, Unread

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_PUT = f"INSERT INTO spooled ({spool_row.COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_OLDEST = f"SELECT {spool_row.READ} FROM spooled WHERE mirror = ? AND refused_at IS NULL AND seq > ? ORDER BY seq LIMIT ?"
_REMOVE = "DELETE FROM spooled WHERE seq = ?"
_SET_ASIDE = "UPDATE spooled SET refused_at = ?, reason = ? WHERE seq = ?"
_AGAIN = """UPDATE spooled SET refused_at = NULL WHERE seq IN
(SELECT seq FROM spooled WHERE mirror = ? AND refused_at <= ? ORDER BY refused_at, seq LIMIT ?)"""
_WAITING = "SELECT mirror, count(*) FROM spooled WHERE refused_at IS NULL GROUP BY mirror"
_REASON = """SELECT reason FROM spooled WHERE mirror = ? AND refused_at IS NOT NULL
ORDER BY refused_at DESC, seq DESC LIMIT 1"""
_REFUSED = "SELECT mirror, count(*) FROM spooled WHERE refused_at IS NOT NULL GROUP BY mirror"


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read at once, in the order of the file: deliveries, and rows that are none."""

    held: tuple[Held, ...] = ()
    unread: tuple[Unread, ...] = ()
    file: Identity | None = None
    """Where from: what has the spool's name may be another file by now, with places of its own."""


@dataclass(frozen=True, slots=True)
class Holding:
    """How many deliveries the file holds: those that wait, those that the database refused alone, those of other mirrors."""

    waiting: int
    refused: int
    foreign: int
    mirrors: tuple[str, ...] = ()
    """Whose the foreign ones are."""
    reason: str | None = None
    """Why the newest of ours was refused."""


class SpoolFile:
    """Every method raises StoreUnavailable when the file cannot be used now; nothing is half done then."""

    def __init__(self, path: Path, max_size: int, mirror: str) -> None:
        """`mirror` names the database that the deliveries are for (`Place.mirror`), `max_size` bounds the file in bytes."""
        self.path = path
        self._max_size = max_size
        self._mirror = mirror
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        self._identity: Identity | None = None

    async def put(self, deliveries: Sequence[Delivery]) -> None:
        """Durable when this returns."""
        await self._call(
            _put, [spool_row.of(self._mirror, delivery) for delivery in deliveries], self.path.parent
        )

    async def oldest(self, most: int, most_bytes: int, *, after: int = 0) -> Batch:
        """What waits longest of what came after `after`: so many, or so many bytes of bodies (and one more)."""
        return await self._call(self._oldest, (self._mirror, after, most), most_bytes)

    async def remove(self, places: Iterable[int], of: Identity | None = None) -> None:
        """They are durable elsewhere. `of`: from that file only."""
        await self._call(self._if_still, of, _REMOVE, [(seq,) for seq in places])

    async def set_aside(self, seq: int, reason: str, at: datetime, of: Identity | None = None) -> None:
        """The database refused it alone, or it cannot be read: it stays, and keeps nobody waiting. `of`: in that file only."""
        await self._call(self._if_still, of, _SET_ASIDE, [(spool_row.micros(at), reason, seq)])

    async def try_again(self, before: datetime, most: int) -> int:
        """Those refused before then wait again, so many at most; how many."""
        return await self._call(_each, _AGAIN, (self._mirror, spool_row.micros(before), most))

    async def holding(self) -> Holding:
        return await self._call(_holding, self._mirror)

    async def shrink(self) -> bool:
        """Give the disk a part of the room back that an outage took; whether there is more to give."""
        return await self._call(spool_file.shrink)

    async def close(self) -> None:
        """Let go of the file; a later call opens it again."""
        if self._thread is not None:
            await self._hand(self._close)
            self._thread.shutdown(wait=False)
            self._thread = None

    def _oldest(self, file: sqlite3.Connection, which: tuple[str, int, int], most_bytes: int) -> Batch:
        return Batch(*_read(file, which, most_bytes), self._identity)

    def _if_still(
        self,
        file: sqlite3.Connection,
        of: Identity | None,
        statement: str,
        rows: Sequence[tuple[object, ...]],
    ) -> None:
        if of in (None, self._identity):
            with spool_file.transaction(file):
                file.executemany(statement, rows)

    async def _call(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def do() -> T:
            try:
                return work(self._open(), *args, **kwargs)
            except (sqlite3.Error, OSError, OverflowError, UnicodeError) as error:
                if not spool_file.no_room(error):
                    self._close()
                if spool_file.broken(error):
                    spool_file.set_aside(self.path, str(error), self._identity)
                raise StoreUnavailable(f"the spool {self.path}: {spool_file.why(error)}") from error

        return await self._hand(do)

    def _hand(self, work: Callable[[], T]) -> Awaitable[T]:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "spool")
        return asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> sqlite3.Connection:
        """A file that was moved away or deleted is let go of: what is put there nobody would find."""
        if self._connection is not None and spool_file.identity(self.path) != self._identity:
            log.error("the spool %s was moved away or deleted under us; a new one is begun", self.path)
            spool_file.complete(self._connection)
            self._close()
        if self._connection is None:
            self._identity = spool_file.identity(self.path)  # of what may turn out to be damaged
            self._connection = spool_file.opened(self.path, self._max_size)
            self._identity = spool_file.identity(self.path)
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _put(file: sqlite3.Connection, rows: Sequence[tuple[object, ...]], folder: Path) -> None:
    spool_file.check_room(folder)
    with spool_file.transaction(file):
        file.executemany(_PUT, rows)


def _read(
    file: sqlite3.Connection, which: tuple[str, int, int], most_bytes: int
) -> tuple[tuple[Held, ...], tuple[Unread, ...]]:
    held: list[Held] = []
    unread: list[Unread] = []
    size = 0
    cursor = file.execute(_OLDEST, which)
    for row in cursor:
        item = spool_row.read(row)
        if isinstance(item, Unread):
            unread.append(item)
            continue
        held.append(item)
        size += len(item.delivery.body)
        if size > most_bytes:
            break
    cursor.close()
    return tuple(held), tuple(unread)


def _each(file: sqlite3.Connection, statement: str, values: tuple[object, ...]) -> int:
    with spool_file.transaction(file):
        return file.execute(statement, values).rowcount


def _holding(file: sqlite3.Connection, mirror: str) -> Holding:
    waiting, refused = dict(file.execute(_WAITING)), dict(file.execute(_REFUSED))
    ours = waiting.pop(mirror, 0), refused.pop(mirror, 0)
    newest = file.execute(_REASON, (mirror,)).fetchone()
    return Holding(
        *ours,
        foreign=sum(waiting.values()) + sum(refused.values()),
        mirrors=tuple(sorted(waiting | refused)),
        reason=newest[0] if newest else None,
    )
