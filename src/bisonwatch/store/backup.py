"""A copy of an SQLite mirror as of one moment, made while engines write. On Postgres its own tools do that."""

from __future__ import annotations

import os
import shlex
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from bisonwatch.errors import StoreError
from bisonwatch.store import logs_beside
from bisonwatch.store.place import Place

PAGES = 2000
"""So many are copied between two words about how far it is."""
Told = Callable[[int, int], None]
"""Pages copied, and how many there are."""


def backup(source: Path, target: Path, told: Told) -> int:
    """Copy the file at `source`, check the copy, and put it at `target`, replacing what is there; its size in bytes.

    The copy is the mirror as of the moment it begins; writers go on meanwhile. Raises StoreError, OSError.
    """
    logs_beside.take_over(target)  # before all the work, since it may be refused
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        try:
            _copy(source, part, told)
            _check(part)
        except sqlite3.Error as error:
            raise StoreError(f"{source} could not be copied to {part}: {error}") from error
        _keep(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return target.stat().st_size


def _copy(source: Path, part: Path, told: Told) -> None:
    """Within one read transaction: else every commit of an engine would make the copy begin anew."""
    with closing(_opened(source, "mode=rw")) as here, closing(_opened(part, "mode=rw")) as there:
        here.execute("PRAGMA query_only=ON")
        for pragma in ("journal_mode=OFF", "synchronous=OFF"):  # it is synced as a whole, or thrown away
            there.execute(f"PRAGMA {pragma}")
        here.execute("BEGIN")
        here.execute("SELECT count(*) FROM sqlite_master").fetchone()
        here.backup(there, pages=PAGES, progress=lambda _status, left, total: told(total - left, total))
        here.execute("ROLLBACK")


def _check(part: Path) -> None:
    with closing(_opened(part, "mode=ro&immutable=1")) as copied:
        (found,) = copied.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise StoreError(f"the copy at {part} is not whole: {found}")


def _opened(file: Path, how: str) -> sqlite3.Connection:
    """An existing file."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?{how}", uri=True, timeout=30, isolation_level=None)


def _keep(part: Path, target: Path) -> None:
    """Durable under its name, or not there. The older file's logs are gone for good before the new one has its name."""
    _sync(part)
    logs_beside.take_over(target)
    logs_beside.remove(target)
    _sync(target.parent)
    part.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def dump_command(place: Place, target: Path) -> str:
    """What makes a backup of a Postgres mirror; it asks for the password, or takes it from ~/.pgpass."""
    url = make_url(place.url)
    secretless = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    address = secretless.difference_update_query(["pgbouncer"]).render_as_string(hide_password=False)
    words = ["pg_dump", "--format=custom", f"--schema={place.schema}", f"--file={target}", address]
    return shlex.join(words)
