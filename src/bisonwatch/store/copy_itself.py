"""A copy's target must not be its source. One server goes by many names (users, ports, poolers, tunnels), so the databases are asked."""

from __future__ import annotations

from uuid import uuid4

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


def _itself(source: Place, target: Place) -> CallError:
    also = "" if source.shown == target.shown else f": {target.shown} is the same database"
    return CallError(f"{source.shown} cannot be copied to itself{also}")
