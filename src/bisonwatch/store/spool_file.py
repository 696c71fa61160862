"""Opening the spool's file: its schema, its bound, and what happens to a file that is not, or no longer, a spool."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

log = logging.getLogger(__name__)

APPLICATION, VERSION = 0x62697370, 1
"""Written into the file's head; a change of the schema is a new version."""

_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS spooled (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, mirror TEXT NOT NULL, id BLOB NOT NULL, instance TEXT NOT NULL,
    workspace_id INTEGER, type TEXT, source TEXT NOT NULL, received_at INTEGER NOT NULL, logged_at INTEGER,
    content_hash BLOB NOT NULL, canary TEXT, body BLOB NOT NULL, refused_at INTEGER, reason TEXT
);
CREATE INDEX IF NOT EXISTS spooled_waiting ON spooled (mirror, seq) WHERE refused_at IS NULL;
CREATE INDEX IF NOT EXISTS spooled_refused ON spooled (mirror, refused_at) WHERE refused_at IS NOT NULL;
INSERT INTO sqlite_sequence SELECT 'spooled', {first} WHERE NOT EXISTS (SELECT * FROM sqlite_sequence);
PRAGMA application_id = {application};
PRAGMA user_version = {version};
COMMIT;
"""
"""`first`: places are numbered from the microsecond in which the file was made, so that no two files ever give out the same."""
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY_S = 1.0
RESERVE = 16 << 20
"""Bytes of the disk that are left to others, and to emptying the spool."""
_PAGES = 2000
"""So much is given back at a time: whoever wants to write waits behind it."""


Identity = tuple[int, int]
"""Which file it is, whatever its name."""


class _NotOurs(sqlite3.DatabaseError):
    """An SQLite file of something else."""


def opened(path: Path, max_size: int) -> sqlite3.Connection:
    """A connection to the spool, made where there is none. A file of another version is set aside; one of another program is an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = identity(path)
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        if _recognized(connection):
            _configure(connection, max_size)
            return connection
    except BaseException:
        connection.close()
        raise
    connection.close()
    set_aside(path, "it is of another version", found)
    return opened(path, max_size)


def _recognized(connection: sqlite3.Connection) -> bool:
    """False for a spool of another version. Raises _NotOurs, or what SQLite says about a file that it cannot read."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if tables and application != APPLICATION:
        raise _NotOurs("is the file of another program; choose another spool.path")
    return not tables or version == VERSION


def _configure(connection: sqlite3.Connection, max_size: int) -> None:
    connection.text_factory = legible
    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    (page,) = connection.execute("PRAGMA page_size").fetchone()
    connection.execute(f"PRAGMA max_page_count={max(16, max_size // page)}")
    if connection.execute("PRAGMA user_version").fetchone() == (0,):
        first = time.time_ns() // 1000
        connection.executescript(_SCHEMA.format(first=first, application=APPLICATION, version=VERSION))


def legible(words: bytes) -> str:
    """A name or a reason for people to read, whatever became of its bytes."""
    return words.decode(errors="backslashreplace")


def found(path: Path, *, write: bool) -> sqlite3.Connection:
    """A connection to a spool that is there, for whoever looks or takes out; nothing is made or set aside."""
    mode = "rw" if write else "ro"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=_BUSY_S, isolation_level=None
    )
    try:
        if not _recognized(connection):
            raise _NotOurs("is of another version")
        connection.text_factory = legible
        connection.execute("PRAGMA synchronous=FULL")
        return connection
    except BaseException:
        connection.close()
        raise


def why(error: Exception) -> str:
    """In a few words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "full: spool.max_size is reached, or its disk has no room" if _full(error) else str(error)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Durable at its end, or undone."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def no_room(error: Exception) -> bool:
    """Whether a disk, or the bound, is full: the connection is as good as before, and another could not be opened there."""
    return _full(error) or (isinstance(error, OSError) and error.errno == errno.ENOSPC)


def _full(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


def complete(connection: sqlite3.Connection) -> None:
    """Bring what is in the journal into the file, which may have another name by now."""
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def identity(path: Path) -> Identity | None:
    """None where there is no file."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def check_room(folder: Path) -> None:
    """Raises OSError when the disk is so full that what is put there could not be taken out again: that needs a journal."""
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < RESERVE:
        raise OSError(errno.ENOSPC, f"full: less than {RESERVE >> 20} MiB are left on its disk")


def shrink(connection: sqlite3.Connection) -> bool:
    """Give the disk some of the room back that an outage took; whether there is more to give."""
    connection.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
    (left,) = connection.execute("PRAGMA freelist_count").fetchone()
    if not left:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return bool(left)


def broken(error: Exception) -> bool:
    """Whether SQLite says that the file itself is damaged, or none of its own."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _BROKEN


def set_aside(path: Path, reason: str, which: Identity | None) -> None:
    """Rename a file that cannot be used, with what belongs to it; deleted is nothing. Nodes that share it do this one by one."""
    with _alone(path):
        if which is None or identity(path) != which:
            return  # another node has done it already
        if _usable(path):
            return
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        for suffix in ("", "-wal", "-shm"):
            file = path.with_name(path.name + suffix)
            if file.exists():
                file.rename(path.with_name(f"{path.name}.broken-{stamp}{suffix}"))
    log.error(
        "the spool %s cannot be used (%s): it is kept as %s.broken-%s and a new one is begun; what it holds is not in "
        "the mirror unless polling finds it in the provider's event log",
        path,
        reason,
        path.name,
        stamp,
    )


def _usable(path: Path) -> bool:
    """Looks at everything, indexes too: a quick check passes over those that lead nowhere."""
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)) as connection:
            sound = connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
            return sound and _recognized(connection)
    except sqlite3.DatabaseError as error:
        return not broken(error)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.with_name(path.name + ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
