"""The one seam: the driver's errors become ours, with a message for people."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bisonwatch.errors import StoreBarred, StoreBusy, StoreConflict, StoreError, StoreUnavailable
from bisonwatch.store.place import Place
from bisonwatch.store.refusals import refusal


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
        return _refused(error, place.shown)
    if isinstance(error, Exception) and type(error).__module__.startswith("asyncpg."):
        return _at_the_door(error, place.shown)
    if isinstance(error, SQLAlchemyError):
        said = _first_line(error)
        return StoreError(f"{place.shown}: {said}", said=said)
    if isinstance(error, (OverflowError, UnicodeError)):  # SQLite's driver lets these through as they are
        said = _first_line(error)
        return StoreError(f"{place.shown} refused: {said}", said=said)
    if isinstance(error, (OSError, asyncio.TimeoutError)):
        return _unreached(error, place)
    return None


def _refused(error: DBAPIError, shown: str) -> StoreError:
    said = _first_line(error.orig)
    known = refusal(_code(error.orig))
    if known is not None:
        message = _SAYING[known.kind].format(shown=shown, said=said)
        said += _where(error.orig) if known.narrow else ""
        return known.kind(message, hint=known.hint, said=said, narrow=known.narrow)
    if error.connection_invalidated:
        return StoreUnavailable(f"{shown} does not answer: the connection was lost")
    unasked = error.statement is None  # at the door, or while committing
    if unasked or isinstance(error, (OperationalError, InterfaceError)):
        return StoreUnavailable(f"{shown} does not answer: {said}")
    return StoreError(f"{shown} refused: {said}", said=said)


def _at_the_door(error: Exception, shown: str) -> StoreError:
    """What the driver says by itself while a connection is made ready, such as a pooler whose server is away."""
    known, said = refusal(_code(error)), _first_line(error)
    if known is None:
        return StoreUnavailable(f"{shown} does not answer: {said}", said=said)
    return known.kind(_SAYING[known.kind].format(shown=shown, said=said), hint=known.hint, said=said)


_SAYING: dict[type[StoreError], str] = {
    StoreConflict: "two writers met in {shown}: {said}",
    StoreBarred: "{shown} refuses us: {said}",
    StoreBusy: "{shown} does not answer: {said}",
    StoreUnavailable: "{shown} does not answer: {said}",
}


def _code(said: object) -> str | None:
    for name in ("sqlstate", "pgcode", "sqlite_errorname"):
        code = getattr(said, name, None)
        if isinstance(code, str):
            return code
    return None


def _where(said: BaseException | None) -> str:
    """Which row was locked, or whose trigger spoke, where a server tells."""
    told = getattr(said.__cause__, "context", None) if said is not None else None
    return f" ({_first_line(told)})" if told else ""


def _unreached(error: BaseException, place: Place) -> StoreError:
    """Why there is no connection at all."""
    if place.file is not None:
        return StoreUnavailable(f"{place.shown} cannot be reached: {_first_line(error)}")
    url = make_url(place.url)
    at = f"{url.host or 'the local socket'}:{url.port or 5432}"
    if isinstance(error, socket.gaierror):
        return StoreUnavailable(
            f"{place.shown} cannot be reached: no machine is called {url.host!r}",
            hint="check the host in its URL",
        )
    if isinstance(error, ConnectionRefusedError):
        return StoreUnavailable(
            f"{place.shown} cannot be reached: nothing listens at {at}",
            hint="is the server running, and the port in its URL right?",
        )
    if isinstance(error, ssl.SSLError) or "SSL upgrade" in str(error):
        return StoreBarred(
            f"{place.shown} cannot be reached safely: {_first_line(error)}",
            hint="docs/postgres.md has what sslmode asks of a server",
        )
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return StoreUnavailable(f"{place.shown} cannot be reached: no answer from {at} in time")
    return StoreUnavailable(f"{place.shown} cannot be reached: {_first_line(error)}")


def _first_line(error: object) -> str:
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return re.sub(r"^<class '[^']+'>: ", "", line)
