"""One mirror copied into another database: page by page, each with its place in the books, then compared row for row.

What belongs to living engines (leases, nodes) stays behind. A page and its place are one transaction, so whenever a copy is cut off,
the next one goes on behind the last page that is there, and no page is ever written twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Table, delete, func, select, text

from bisonwatch.errors import StoreError, StoreUnavailable
from bisonwatch.store import copies, migrate, moment
from bisonwatch.store.batch import Batch
from bisonwatch.store.checksum import Difference, compare, shown
from bisonwatch.store.database import Database
from bisonwatch.store.keyset import Key, from_json, key_of, pages
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tables import metadata
from bisonwatch.store.tx import AnyRow, Tx

LEFT = ("leases", "nodes", "copies")
TABLES: Mapping[str, Table] = {name: table for name, table in metadata.tables.items() if name not in LEFT}
"""What is copied."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a copy is: rows of the table and of all tables, out of how many."""

    what: str
    """"copying" or "comparing"."""
    table: str
    done: int
    total: int
    all_done: int
    all_total: int


Told = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`rows` per table as compared; `again` are tables whose source had changed since the copy was cut off: copied anew."""

    rows: Mapping[str, int]
    again: tuple[str, ...]
    differences: tuple[Difference, ...]


@asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator[Tx]:
    """Reads that all see one and the same moment."""
    async with database.read() as tx:
        for statement in tx.dialect.snapshot:
            await tx.run(text(statement))
        yield tx


async def counts(tx: Tx) -> dict[str, int]:
    """How many rows each table has."""
    return {name: await tx.value(select(func.count()).select_from(table)) for name, table in TABLES.items()}


async def prepare(target: Database) -> None:
    """The schema, where there is none yet. Raises StoreOlder or StoreNewer for one that is not this version's."""
    schema = await migrate.state(target)
    migrate.check(await migrate.upgrade(target) if schema.revision is None else schema, target.place.shown)


async def begin(target: Database, source: str) -> None:
    """Empty the target and open the books, all or nothing."""
    async with target.write() as tx:
        for table in metadata.tables.values():
            await tx.run(delete(table))
        await copies.begin(tx, source, list(TABLES))


async def copy(source: Database, target: Database, told: Told, *, anew: bool = False) -> Outcome:
    """Go on where the books say, compare, and close the books when all is equal. Raises StoreError; what was written stays.

    `anew` empties the target first; the source's moment is held by then, so a source that cannot be read costs nothing.
    """
    async with snapshot(source) as tx:
        progress = _Progress(await counts(tx), told)
        if anew:
            await begin(target, copies.called(source.place))
        async with target.read() as books:
            entries = await copies.entries(books)
        for name, table in TABLES.items():
            await _table(tx, target, table, entries[name], progress)
        outcome = await _compared(tx, target, progress)
        again = [found.table for found in outcome.differences if entries[found.table].rows]
        if again:
            outcome = await _anew(tx, target, again, progress)
    if not outcome.differences:
        async with target.write() as writing:
            await copies.finish(writing, await moment.now(writing, target.clock.now()))
    return outcome


async def verify(source: Database, target: Database, told: Told) -> Outcome:
    """Compare only."""
    async with snapshot(source) as tx:
        return await _compared(tx, target, _Progress(await counts(tx), told))


class _Progress:
    """Counts rows, and says each page's step."""

    def __init__(self, totals: Mapping[str, int], told: Told) -> None:
        self._totals, self._told = totals, told
        self.start("copying")

    def start(self, what: str) -> None:
        self._what, self._done = what, dict.fromkeys(self._totals, 0)

    def at(self, table: str, done: int) -> None:
        self._done[table] = done
        total, whole = self._totals[table], sum(self._totals.values())
        self._told(Step(self._what, table, done, total, sum(self._done.values()), whole))

    def more(self, table: str, rows: int) -> None:
        self.at(table, self._done[table] + rows)


async def _table(tx: Tx, target: Database, table: Table, entry: copies.Entry, progress: _Progress) -> None:
    of, writer, done = key_of(table), _Writer(target, table), entry.rows
    after = None if entry.last_key is None else from_json(table, entry.last_key)
    progress.at(table.name, done)
    async for page in pages(tx, table, after):
        done += len(page)
        await writer.write(page, of(page[-1]), done)
        progress.at(table.name, done)


async def _anew(tx: Tx, target: Database, names: Sequence[str], progress: _Progress) -> Outcome:
    """The source was written to while the copy was cut off: pages that were here already may be old."""
    progress.start("copying")
    for name in names:
        async with target.write() as writing:
            await writing.run(delete(TABLES[name]))
            await copies.again(writing, name)
        await _table(tx, target, TABLES[name], copies.Entry(name, "", None, 0, None), progress)
    found = await _compared(tx, target, progress)
    return Outcome(found.rows, tuple(names), found.differences)


async def _compared(tx: Tx, target: Database, progress: _Progress) -> Outcome:
    rows: dict[str, int] = {}
    differences = []
    progress.start("comparing")
    async with snapshot(target) as theirs:
        for name, table in TABLES.items():
            progress.at(name, 0)
            rows[name], found = await compare(tx, theirs, table, partial(progress.more, name))
            differences += [found] if found else []
    return Outcome(rows, (), tuple(differences))


class _Writer:
    """Writes pages of one table. A row that is there already is left as it is, so no trigger sees an update."""

    def __init__(self, target: Database, table: Table) -> None:
        self._target, self._table = target, table
        self._names = [column.name for column in table.c]
        self._insert = Batch(lambda dialect: dialect.insert(table).on_conflict_do_nothing())

    async def write(self, page: Sequence[AnyRow], last: Key, rows: int) -> None:
        async def work(tx: Tx) -> None:
            await self._insert.run(tx, self._named(page))
            await copies.advance(tx, self._table.name, last, rows)

        try:
            await self._target.transact(Lane.JOBS, work)
        except StoreUnavailable:
            raise
        except (StoreError, TypeError, ValueError) as error:
            raise await self._blamed(page, error) from error

    async def _blamed(self, page: Sequence[AnyRow], error: Exception) -> StoreError:
        """The same error, naming the row: found by halving the page, without keeping what is written on the way."""
        while len(page) > 1:
            half = page[: len(page) // 2]
            refused = await self._refused(half)
            page, error = (half, refused) if refused else (page[len(half) :], error)
        refused = await self._refused(page)
        key = shown(key_of(self._table)(page[0]))
        hint = "mend or delete that row in the source and run the command again: it goes on from here"
        return StoreError(f"{self._table.name} {key!r} cannot be copied: {refused or error}", hint=hint)

    async def _refused(self, page: Sequence[AnyRow]) -> Exception | None:
        async def work(tx: Tx) -> None:
            await self._insert.run(tx, self._named(page))
            raise _TakenBack

        try:
            await self._target.transact(Lane.JOBS, work)
        except _TakenBack:
            return None
        except StoreUnavailable:
            raise
        except (StoreError, TypeError, ValueError) as error:
            return error
        return None

    def _named(self, page: Sequence[AnyRow]) -> list[dict[str, Any]]:
        return [dict(zip(self._names, row, strict=True)) for row in page]


class _TakenBack(Exception):
    """Written only to see whether it can be."""
