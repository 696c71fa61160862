"""Taking what stands in an SQLite file's write-ahead log over into the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def take_over(file: Path) -> bool:
    """Beside everybody else, as far as readers let it; whether all of it was taken over."""
    return _checkpoint(file, "PASSIVE")


def cut_off(file: Path) -> bool:
    """As `take_over`, and the log is empty afterwards; False, at once, while anybody reads or writes."""
    return _checkpoint(file, "TRUNCATE")


def _checkpoint(file: Path, how: str) -> bool:
    """On a connection of its own, which waits for nobody: it is a chore, and comes again."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, timeout=0)) as own:
            busy, written, taken = own.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
    except sqlite3.OperationalError:
        return False
    return not busy and written == taken
