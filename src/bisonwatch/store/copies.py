"""The books of a copy, in the database it writes to: how far each table came. All tables are finished together, once they are verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from bisonwatch.store.keyset import Key, to_json
from bisonwatch.store.place import Place
from bisonwatch.store.tables import copies
from bisonwatch.store.tx import Tx

c = copies.c


@dataclass(frozen=True, slots=True)
class Entry:
    """One table's. `last_key` is what `keyset.from_json` takes; None before the first page."""

    table: str
    source: str
    last_key: Sequence[Any] | None
    rows: int
    finished_at: datetime | None


def called(place: Place) -> str:
    """A source as the books name it: a file's full path, or the URL without its password, and the schema."""
    return str(place.file.resolve()) if place.file is not None else f"{place.shown} schema {place.schema}"


async def entries(tx: Tx) -> dict[str, Entry]:
    rows = await tx.rows(select(c.table_name, c.source, c.last_key, c.rows, c.finished_at))
    return {row.table_name: Entry(*row) for row in rows}


async def unfinished(tx: Tx) -> str | None:
    """What is being copied into this database, and is not here as a whole yet."""
    found: str | None = await tx.value(select(c.source).where(c.finished_at.is_(None)).limit(1))
    return found


async def begin(tx: Tx, source: str, tables: Sequence[str]) -> None:
    """From now on the database holds an unfinished copy."""
    await tx.run(delete(copies))
    rows = [{"table_name": name, "source": source, "last_key": None, "rows": 0} for name in tables]
    await tx.run(tx.dialect.insert(copies), rows)


async def mark(tx: Tx, word: str, at: datetime) -> None:
    """A line that no copy minds: finished, and of no table."""
    await tx.run(
        tx.dialect.insert(copies), [{"table_name": word, "source": word, "rows": 0, "finished_at": at}]
    )


async def marked(tx: Tx, word: str) -> bool:
    return await tx.row(select(c.rows).where(c.table_name == word)) is not None


async def unmark(tx: Tx, word: str) -> None:
    await tx.run(delete(copies).where(c.table_name == word))


async def advance(tx: Tx, table: str, last: Key, rows: int) -> None:
    """In the transaction that writes the page ending with `last`."""
    await tx.run(update(copies).where(c.table_name == table).values(last_key=to_json(last), rows=rows))


async def again(tx: Tx, table: str) -> None:
    """This table is copied from its beginning."""
    await tx.run(update(copies).where(c.table_name == table).values(last_key=None, rows=0))


async def finish(tx: Tx, at: datetime) -> None:
    await tx.run(update(copies).values(finished_at=at))
