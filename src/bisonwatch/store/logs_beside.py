"""The logs that SQLite keeps beside a file. They are found by name alone, so one that outlives its file is played over the next."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bisonwatch.errors import StoreError

ENDINGS = ("-wal", "-shm", "-journal")
_WAIT_S = 5.0
_NO_DATABASE = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def beside(file: Path) -> list[Path]:
    """Those that may be there."""
    return [file.with_name(file.name + ending) for ending in ENDINGS]


def there(file: Path) -> list[Path]:
    return [log for log in beside(file) if log.exists()]


def take_over(file: Path) -> None:
    """What stands in the logs goes into the file they belong to, by SQLite's own hand. Raises StoreError while somebody has it open.

    What is no database (any more) stays as it is, and so do its logs.
    """
    if not file.exists() or not there(file):
        return
    try:
        with closing(_opened(file)) as opened:
            opened.execute("PRAGMA journal_mode=DELETE").fetchone()  # refused while anybody else is in it
            opened.execute("BEGIN EXCLUSIVE")  # the same for a file without write-ahead log
            opened.execute("COMMIT")
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            hint = "stop that, or name another file"
            raise StoreError(f"{file} is open in another program", hint=hint) from error
        if code not in _NO_DATABASE:
            raise StoreError(f"{file} cannot be replaced: {error}") from error


def remove(file: Path) -> None:
    """What is left of them, once `take_over` did what could be done: of a file that is gone, or is no database."""
    for log in beside(file):
        log.unlink(missing_ok=True)


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=_WAIT_S, isolation_level=None
    )
