"""A copy's target must not be its source. One server goes by many names (users, ports, poolers, tunnels), so the databases are asked."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import func, select, text

from bisonwatch.errors import CallError
from bisonwatch.store import copies, moment
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place


def refuse_alike(source: Place, target: Place) -> None:
    """Raises CallError where the names alone tell. It opens nothing: by its second name, a file would get a second log beside it."""
    if source.mirror == target.mirror or _one_file(source, target):
        raise _itself(source, target)


def _one_file(source: Place, target: Place) -> bool:
    if source.file is None or target.file is None or not (source.file.exists() and target.file.exists()):
        return False
    return source.file.samefile(target.file)


async def refuse_one(source: Database, target: Database) -> None:
    """Raises CallError when the source sees what is written into the target. The mark is taken away again; a copy's books stay."""
    mark = f"(asked by {uuid4()})"
    async with target.write() as writing:
        await copies.mark(writing, mark, await moment.now(writing, target.clock.now()))
    try:
        async with source.read() as reading:
            if await copies.marked(reading, mark):
                raise _itself(source.place, target.place)
    finally:
        async with target.write() as writing:
            await copies.unmark(writing, mark)
    if await _follows(source, target):
        raise _itself(source.place, target.place)


async def _follows(source: Database, target: Database) -> bool:
    """Whether the source is a standby of the target: it may lag, so what it does not see yet says nothing."""
    if source.dialect.one_writer or target.dialect.one_writer or source.place.schema != target.place.schema:
        return False
    async with source.read() as reading:
        if not await reading.value(select(func.pg_is_in_recovery())):
            return False
        theirs = await reading.value(text(_WHICH))
    async with target.read() as reading:
        return bool(theirs == await reading.value(text(_WHICH)))


_WHICH = "SELECT system_identifier || '/' || current_database() FROM pg_control_system()"
"""A cluster's number is its standbys', too."""


def _itself(source: Place, target: Place) -> CallError:
    also = "" if source.shown == target.shown else f": {target.shown} is the same database"
    return CallError(f"{source.shown} cannot be copied to itself{also}")
