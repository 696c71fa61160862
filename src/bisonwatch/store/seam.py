"""The one seam: the driver's errors become ours, with a message for people."""

from __future__ import annotations

import asyncio
import re
import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bisonwatch.errors import StoreConflict, StoreError, StoreUnavailable
from bisonwatch.store.place import Place

_CONFLICTS = ("40P01", "40001")
_AWAY = ("08", "53", "57P", "25006")
"""SQLSTATEs (or their classes) of a server that is starting, stopping, full or read-only: it says nothing about the data."""


class translated:
    """Around whatever talks to the database at `place`."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        ours = translate(error, self._place)
        if ours is not None:
            raise ours from error


def translate(error: BaseException | None, place: Place) -> StoreError | None:
    """Ours for the driver's; None for what is not the database's (it passes unchanged)."""
    if isinstance(error, PoolTimeout):
        return StoreUnavailable(f"no free connection to {place.shown} within the deadline")
    if isinstance(error, DBAPIError):
        code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
        said = _first_line(error.orig)
        if code in _CONFLICTS:
            return StoreConflict(f"two writers met in {place.shown}: {said}")
        away = isinstance(code, str) and code.startswith(_AWAY)
        if away or error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError)):
            return StoreUnavailable(f"{place.shown} does not answer: {said}")
        return StoreError(f"{place.shown} refused: {said}")
    if isinstance(error, sqlite3.Error):  # from statements that go past SQLAlchemy
        kind = StoreUnavailable if isinstance(error, sqlite3.OperationalError) else StoreError
        return kind(f"{place.shown} refused: {_first_line(error)}")
    if isinstance(error, SQLAlchemyError):
        return StoreError(f"{place.shown}: {_first_line(error)}")
    if isinstance(error, (OverflowError, UnicodeError)):  # SQLite's driver lets these through as they are
        return StoreError(f"{place.shown} refused: {_first_line(error)}")
    if isinstance(error, (OSError, asyncio.TimeoutError)):
        return StoreUnavailable(f"{place.shown} cannot be reached: {_first_line(error)}")
    return None


def _first_line(error: object) -> str:
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return re.sub(r"^<class '[^']+'>: ", "", line)
