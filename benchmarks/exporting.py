"""How fast rows leave the mirror, beside reading them alone. A part of P10, where there are enough of them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from benchmarks.report import Row, against
from bisonwatch.domain.export import EVENTS, Window
from bisonwatch.exports.stream import stream
from bisonwatch.exports.writing import Form, Format
from bisonwatch.store import exports
from bisonwatch.store.database import Database

ROWS = 20_000


async def rates(name: str, database: Database) -> list[Row]:
    some = Window(limit=ROWS)
    read = await _rate(exports.pages(database, EVENTS, some))
    return [
        against(
            name,
            f"export of events, {form}",
            await _rate(stream(database, EVENTS, some, Form(form))),
            "rows/s",
            read,
            "read only",
        )
        for form in Format
    ]


async def _rate(parts: AsyncIterator[object]) -> float:
    """Rows a second."""
    started = time.perf_counter()
    async for _ in parts:
        pass
    return ROWS / (time.perf_counter() - started)
