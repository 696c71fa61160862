"""Whether a copy may begin: who is alive on either database, and what the target holds already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bisonwatch.errors import CallError, StoreUnavailable
from bisonwatch.store import copies, moment, nodes, spool_desk
from bisonwatch.store.copy import TABLES
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Standing:
    """Engines by name; `filled` are tables of the target with rows; `begun` is the source of an unfinished copy in it."""

    source: str
    target: str
    source_engines: tuple[str, ...]
    target_engines: tuple[str, ...]
    filled: tuple[str, ...]
    begun: str | None
    half: str | None
    """What an unfinished copy in the source itself came from."""

    @property
    def resumes(self) -> bool:
        return self.begun == self.source

    @property
    def empty(self) -> bool:
        return not self.filled and self.begun is None


async def standing(source: Database, target: Database) -> Standing:
    async with source.read() as tx:
        here = await _engines(tx, source)
        half = await copies.unfinished(tx)
    async with target.read() as tx:
        there = await _engines(tx, target)
        begun = await copies.unfinished(tx)
        filled = [name for name, table in TABLES.items() if await tx.row(select(*table.primary_key).limit(1))]
    names = copies.called(source.place), copies.called(target.place)
    return Standing(*names, tuple(here), tuple(there), tuple(filled), begun, half)


async def _engines(tx: Tx, database: Database) -> list[str]:
    now = await moment.now(tx, database.clock.now())  # heartbeats are in the database's time
    return [f"{node.name} (pid {node.pid})" for node in await nodes.recent(tx) if node.alive(now)]


def refuse(found: Standing, *, replace: bool) -> None:
    """Raises CallError for what no answer of a person may override."""
    if found.half is not None:
        hint = "finish that copy first, or copy from where it came from"
        raise CallError(f"{found.source} itself holds an unfinished copy of {found.half}", hint=hint)
    if found.target_engines:
        raise CallError(
            f"{_who(found.target_engines)} on {found.target}",
            hint="stop it first: what it writes would be mixed with the copy",
        )
    if replace or found.resumes or found.empty:
        return
    what = (
        f"an unfinished copy of {found.begun}" if found.begun else f"data already ({', '.join(found.filled)})"
    )
    raise CallError(
        f"{found.target} holds {what}", hint="--replace deletes what is there and copies from the beginning"
    )


def warnings(found: Standing, *, replace: bool) -> list[str]:
    """What a person has to agree to, in their words; empty when nothing is dangerous."""
    said = []
    if found.source_engines:
        said.append(
            f"{_who(found.source_engines)} on {found.source}: the target will be as of now, and what comes in from now on is not in it"
        )
    if replace and not found.empty:
        said.append(
            f"every row in {found.target} will be deleted ({', '.join(found.filled) or 'an unfinished copy'})"
        )
    return said


def spooled(spool: Path, source: Place) -> list[str]:
    """What a person has to agree to because of this node's spool; empty when nothing in it is for the source."""
    try:
        count = spool_desk.held_for(spool, source.mirror)
    except StoreUnavailable as error:
        return [f"{error}: whether deliveries for {source.shown} wait in it cannot be told"]
    if not count:
        return []
    told = "1 delivery waits" if count == 1 else f"{count:,} deliveries wait"
    return [
        f"{told} in the spool {spool} for {source.shown} and will not be in the copy: "
        "start the engine on the source until the spool is empty"
    ]


def _who(engines: Sequence[str]) -> str:
    return (
        f"an engine is running, {engines[0]},"
        if len(engines) == 1
        else f"engines are running, {', '.join(engines)},"
    )
