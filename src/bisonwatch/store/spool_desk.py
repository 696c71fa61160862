"""The spool's file as a person sees it: for whom it keeps deliveries, which were refused and why; handing over, throwing away.

Beside a running engine too. The file is neither made nor set aside here. Everything raises StoreUnavailable when it cannot be used.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bisonwatch.errors import StoreUnavailable
from bisonwatch.store import spool_file, spool_row

_MIRRORS = """SELECT mirror, sum(refused_at IS NULL), sum(refused_at IS NOT NULL), sum(length(body))
FROM spooled GROUP BY mirror ORDER BY mirror"""
_REFUSALS = """SELECT lower(hex(id)), mirror, refused_at, reason, length(body) FROM spooled
WHERE refused_at IS NOT NULL ORDER BY refused_at DESC, seq DESC LIMIT ?"""
_NAMES = "SELECT DISTINCT mirror, CAST(mirror AS BLOB) FROM spooled"
_ADOPT = "UPDATE spooled SET mirror = ?, refused_at = NULL WHERE mirror = CAST(? AS TEXT)"
_NAMED = "SELECT seq FROM spooled WHERE refused_at IS NOT NULL AND substr(lower(hex(id)), 1, ?) = ?"
_REFUSED = "SELECT seq FROM spooled WHERE mirror = ? AND refused_at IS NOT NULL"
_DISCARD = "DELETE FROM spooled WHERE seq = ? AND refused_at IS NOT NULL"
_DISCARD_MIRROR = "DELETE FROM spooled WHERE mirror = CAST(? AS TEXT)"


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file keeps for one mirror; `size` in bytes of bodies."""

    mirror: str
    waiting: int
    refused: int
    size: int

    @property
    def count(self) -> int:
        return self.waiting + self.refused


@dataclass(frozen=True, slots=True)
class Refusal:
    """A delivery that is set aside. `id` in hexadecimal digits, whatever became of it; `at` is None where that is no moment."""

    id: str
    mirror: str
    at: datetime | None
    reason: str | None
    size: int


def mirrors(path: Path) -> list[Kept]:
    """Nothing where there is no file."""
    with _opened(path) as file:
        return [Kept(*row) for row in file.execute(_MIRRORS)] if file else []


def refusals(path: Path, most: int) -> list[Refusal]:
    """The newest first, of all mirrors."""
    with _opened(path) as file:
        found = file.execute(_REFUSALS, (most,)).fetchall() if file else []
    return [Refusal(id_, mirror, _moment(at), reason, size) for id_, mirror, at, reason, size in found]


def named(path: Path, prefix: str) -> list[int]:
    """The places of those set aside whose id begins so (hexadecimal digits)."""
    with _opened(path) as file:
        return [seq for (seq,) in file.execute(_NAMED, (len(prefix), prefix))] if file else []


def refused(path: Path, mirror: str) -> list[int]:
    """The places of all that are set aside for a mirror."""
    with _opened(path) as file:
        return [seq for (seq,) in file.execute(_REFUSED, (mirror,))] if file else []


def adopt(path: Path, theirs: str, ours: str) -> int:
    """What is kept for their mirror is for ours from now on, and waits; how many."""
    return _change(path, _ADOPT, [(ours, name) for name in _bytes_of(path, theirs)])


def discard(path: Path, places: Sequence[int]) -> int:
    """Of those set aside; how many."""
    return _change(path, _DISCARD, [(seq,) for seq in places])


def discard_mirror(path: Path, mirror: str) -> int:
    return _change(path, _DISCARD_MIRROR, [(name,) for name in _bytes_of(path, mirror)])


def held_for(path: Path, mirror: str) -> int:
    """How many deliveries the file holds for a mirror, those refused alone among them; only looked at."""
    return sum(kept.count for kept in mirrors(path) if kept.mirror == mirror)


def _bytes_of(path: Path, mirror: str) -> list[bytes]:
    """A name that is no text any more is shown as another than it is."""
    with _opened(path) as file:
        return [name for said, name in file.execute(_NAMES) if said == mirror] if file else []


def _change(path: Path, statement: str, rows: Sequence[tuple[object, ...]]) -> int:
    with _opened(path, write=True) as file:
        if file is None:
            return 0
        with spool_file.transaction(file):
            return file.executemany(statement, rows).rowcount


@contextmanager
def _opened(path: Path, *, write: bool = False) -> Iterator[sqlite3.Connection | None]:
    try:
        if not path.exists():
            yield None
            return
        with closing(spool_file.found(path, write=write)) as file:
            yield file
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"the spool {path}: {spool_file.why(error)}") from error


def _moment(microseconds: object) -> datetime | None:
    try:
        return spool_row.instant(microseconds) if isinstance(microseconds, int) else None
    except OverflowError:
        return None
