"""Taking what stands in an SQLite file's write-ahead log over into the file.

On the writer's own connection, and with the right to write: SQLite before 3.51.3 can lose what stands in a log that a writer
begins anew while another connection takes it over (docs/decisions/0016-one-connection-checkpoints.md).
"""

from __future__ import annotations

import sqlite3


def take_over(own: sqlite3.Connection) -> bool:
    """As far as readers let it; whether all of it was taken over."""
    return _checkpoint(own, "FULL")


def cut_off(own: sqlite3.Connection) -> bool:
    """As `take_over`, and the log is empty afterwards; False, at once, while anybody reads or writes."""
    return _checkpoint(own, "TRUNCATE")


def _checkpoint(own: sqlite3.Connection, how: str) -> bool:
    """It waits for nobody: it is a chore, and comes again."""
    [patience] = own.execute("PRAGMA busy_timeout").fetchone()
    own.execute("PRAGMA busy_timeout=0")
    try:
        busy, written, taken = own.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        own.execute(f"PRAGMA busy_timeout={patience}")
    return not busy and written == taken
