"""The SQL that a function of the store really sends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import Engine, event

from bisonwatch.store.database import Database
from bisonwatch.store.tx import DirectTx, Tx

Work = Callable[[Tx], Awaitable[object]]


def taking(database: Database) -> Engine:
    """What events of the connections that take deliveries are listened for on."""
    return database._front.sync_engine if database._front else writing(database)


def writing(database: Database) -> Engine:
    """What events of writing connections are listened for on."""
    return database._writer._engine if database._writer else database._pool.sync_engine


async def sent(database: Database, work: Work) -> list[tuple[str, Any]]:
    """Each statement with its parameters (of the first row, where there are many)."""
    told: list[tuple[str, Any]] = []
    engine = writing(database)

    def note(
        _c: object, _cursor: object, statement: str, parameters: Any, _context: object, many: bool
    ) -> None:
        told.append((statement, parameters[0] if many else parameters))

    async def each(tx: DirectTx, sql: str, bound: Sequence[tuple[Any, ...]]) -> list[bool]:
        """Goes past SQLAlchemy, so it is noted here."""
        told.append((sql, bound[0]))
        return await before(tx, sql, bound)

    before = DirectTx.each
    async with database.write() as tx:
        event.listen(engine, "before_cursor_execute", note)
        DirectTx.each = each  # type: ignore[method-assign]
        try:
            await work(tx)
        finally:
            event.remove(engine, "before_cursor_execute", note)
            DirectTx.each = before  # type: ignore[method-assign]
    return told


def laid_out(statement: str) -> str:
    """A line for each clause, and for each item of a list outside all parentheses."""
    for word in (" ON CONFLICT ", " DO UPDATE SET ", " RETURNING ", " WHERE ", " VALUES ", " FROM "):
        statement = statement.replace(word, "\n" + word.lstrip())
    lines, depth = [""], 0
    for letter in " ".join(line.strip() + "\n" for line in statement.splitlines()).replace("\n ", "\n"):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        lines[-1] += letter
        if letter == "," and depth == 0:
            lines[-1] += "\n   "
    return "".join(lines).strip() + ";\n"
