"""The SQL that a function of the store really sends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Engine, event

from bisonwatch.store.database import Database
from bisonwatch.store.tx import Tx

Work = Callable[[Tx], Awaitable[object]]


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

    async with database.write() as tx:
        event.listen(engine, "before_cursor_execute", note)
        try:
            await work(tx)
        finally:
            event.remove(engine, "before_cursor_execute", note)
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
