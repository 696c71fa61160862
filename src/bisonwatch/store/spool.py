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
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from bisonwatch.domain.delivery import Delivery, Source
from bisonwatch.errors import StoreUnavailable
from bisonwatch.store import spool_file

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_COLUMNS = (
    "mirror, id, instance, workspace_id, type, source, received_at, logged_at, content_hash, canary, body"
)
_PUT = f"INSERT INTO spooled ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_OLDEST = f"SELECT seq, {_COLUMNS} FROM spooled WHERE mirror = ? AND refused_at IS NULL AND seq > ? ORDER BY seq LIMIT ?"
_REMOVE = "DELETE FROM spooled WHERE seq = ?"
_SET_ASIDE = "UPDATE spooled SET refused_at = ?, reason = ? WHERE seq = ?"
_AGAIN = """UPDATE spooled SET refused_at = NULL WHERE seq IN
(SELECT seq FROM spooled WHERE mirror = ? AND refused_at <= ? ORDER BY refused_at, seq LIMIT ?)"""
_WAITING = "SELECT mirror, count(*) FROM spooled WHERE refused_at IS NULL GROUP BY mirror"
_REFUSED = "SELECT mirror, count(*) FROM spooled WHERE refused_at IS NOT NULL GROUP BY mirror"


@dataclass(frozen=True, slots=True)
class Held:
    """A delivery in the spool. `seq` orders, and is never given out twice."""

    seq: int
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Holding:
    """How many deliveries the file holds: those that wait, those that the database refused alone, those of other mirrors."""

    waiting: int
    refused: int
    foreign: int
    mirrors: tuple[str, ...] = ()
    """Whose the foreign ones are."""


class SpoolFile:
    """Every method raises StoreUnavailable when the file cannot be used now; nothing is half done then."""

    def __init__(self, path: Path, max_size: int, mirror: str) -> None:
        """`mirror` names the database that the deliveries are for (`Place.mirror`), `max_size` bounds the file in bytes."""
        self.path = path
        self._max_size = max_size
        self._mirror = mirror
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    async def put(self, deliveries: Sequence[Delivery]) -> None:
        """Durable when this returns."""
        await self._call(_put, [_row(self._mirror, delivery) for delivery in deliveries], self.path.parent)

    async def oldest(self, most: int, most_bytes: int, *, after: int = 0) -> list[Held]:
        """What waits longest of what came after `after`: so many, or so many bytes of bodies (and one more)."""
        return await self._call(_oldest, (self._mirror, after, most), most_bytes)

    async def remove(self, places: Iterable[int]) -> None:
        """They are durable elsewhere."""
        await self._call(_remove, [(seq,) for seq in places])

    async def set_aside(self, held: Held, reason: str, at: datetime) -> None:
        """The database refused it alone: it stays, and keeps nobody waiting."""
        await self._call(_each, _SET_ASIDE, (_micros(at), reason, held.seq))

    async def try_again(self, before: datetime, most: int) -> int:
        """Those refused before then wait again, so many at most; how many."""
        return await self._call(_each, _AGAIN, (self._mirror, _micros(before), most))

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
                    spool_file.set_aside(self.path, str(error))
                raise StoreUnavailable(f"the spool {self.path}: {_why(error)}") from error

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
            self._connection = spool_file.opened(self.path, self._max_size)
            self._identity = spool_file.identity(self.path)
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def held_for(path: Path, mirror: str) -> int:
    """How many deliveries the file holds for a mirror, those refused alone among them; only looked at. Raises StoreUnavailable."""
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            found = _holding(file, mirror)
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the spool {path}: {_why(error)}") from error
    return found.waiting + found.refused


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return "full: spool.max_size is reached, or its disk has no room" if full else str(error)


def _put(file: sqlite3.Connection, rows: Sequence[tuple[object, ...]], folder: Path) -> None:
    spool_file.check_room(folder)
    with spool_file.transaction(file):
        file.executemany(_PUT, rows)


def _oldest(file: sqlite3.Connection, which: tuple[str, int, int], most_bytes: int) -> list[Held]:
    found: list[Held] = []
    size = 0
    cursor = file.execute(_OLDEST, which)
    for row in cursor:
        found.append(_held(row))
        size += len(found[-1].delivery.body)
        if size > most_bytes:
            break
    cursor.close()
    return found


def _remove(file: sqlite3.Connection, keys: Sequence[tuple[int]]) -> None:
    with spool_file.transaction(file):
        file.executemany(_REMOVE, keys)


def _each(file: sqlite3.Connection, statement: str, values: tuple[object, ...]) -> int:
    with spool_file.transaction(file):
        return file.execute(statement, values).rowcount


def _holding(file: sqlite3.Connection, mirror: str) -> Holding:
    waiting, refused = dict(file.execute(_WAITING)), dict(file.execute(_REFUSED))
    ours = waiting.pop(mirror, 0), refused.pop(mirror, 0)
    return Holding(
        *ours, foreign=sum(waiting.values()) + sum(refused.values()), mirrors=tuple(sorted(waiting | refused))
    )


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _instant(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND


def _row(mirror: str, delivery: Delivery) -> tuple[object, ...]:
    return (
        mirror,
        delivery.id.bytes,
        delivery.instance,
        delivery.workspace_id,
        delivery.type,
        delivery.source.value,
        _micros(delivery.received_at),
        None if delivery.logged_at is None else _micros(delivery.logged_at),
        delivery.content_hash,
        delivery.canary,
        delivery.body,
    )


def _held(row: tuple[Any, ...]) -> Held:
    seq, _mirror, id_, instance, workspace_id, type_, source, received_at, logged_at, digest, canary, body = (
        row
    )
    logged = None if logged_at is None else _instant(logged_at)
    return Held(
        seq,
        Delivery(
            id=UUID(bytes=id_),
            instance=instance,
            workspace_id=workspace_id,
            type=type_,
            source=Source(source),
            received_at=_instant(received_at),
            body=body,
            content_hash=digest,
            logged_at=logged,
            canary=canary,
        ),
    )
