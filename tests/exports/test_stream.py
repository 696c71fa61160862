"""From the database to bytes, in constant memory."""

from __future__ import annotations

import gc
import gzip
import json
import sys
import tracemalloc

import pytest
from sqlalchemy import text

from bisonwatch.clock import SystemClock
from bisonwatch.domain.export import EVENTS, WORKSPACES, Window
from bisonwatch.errors import CallError
from bisonwatch.exports.stream import stream, writer
from bisonwatch.exports.writing import Form, Format
from bisonwatch.store import exports, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.support.news import NOON, NORTHWIND

ALL = Window()
FEW, MANY = 1_000, 10_000
FILL = """INSERT INTO facts (instance, workspace_id, type, key, at, rank, source, seen_at, delivery_id)
    WITH RECURSIVE series(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM series WHERE i < :rows)
    SELECT 'main', 12, 'sent', 's{}' || i, 1790000000000000 + i, 0, 'webhook', 1790000000000000, randomblob(16) FROM series"""


async def filled(place: Place, rows: int) -> Database:
    database = Database(place, SystemClock())
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
        await tx.run(text(FILL.replace("{}", r"\:")), {"rows": rows})
    return database


async def made(database: Database, form: Form) -> bytes:
    return b"".join([chunk async for chunk in stream(database, EVENTS, ALL, form)])


async def test_packed_and_told(sqlite_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compressed bytes are those of the plain file, and whoever wants to is told of each page."""
    monkeypatch.setattr(exports, "ROWS", 40)
    database, told = await filled(sqlite_place, 100), list[int]()
    async for _ in stream(database, EVENTS, ALL, Form(), told.append):
        pass
    assert told == [40, 80, 100]
    plain = await made(database, Form(Format.JSONL))
    assert gzip.decompress(await made(database, Form(Format.JSONL, gzip=True))) == plain
    assert json.loads(plain.splitlines()[-1])["key"] == "s:99"
    await database.close()


@pytest.mark.parametrize("form", [Form(), Form(Format.JSONL, gzip=True)], ids=["csv", "jsonl.gz"])
async def test_memory_does_not_grow_with_rows(
    sqlite_place: Place, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten times as many rows take no more memory: what is held is a page and its bytes."""
    monkeypatch.setattr(exports, "ROWS", 500)
    database = await filled(sqlite_place, MANY)

    async def peak(rows: int) -> int:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        async for _ in stream(database, EVENTS, Window(limit=rows), form):
            gc.collect()  # when it comes by itself is not ours
        return tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    try:
        await peak(FEW)  # what is made once
        few, many = await peak(FEW), await peak(MANY)
    finally:
        tracemalloc.stop()
    assert many < 1.3 * few
    await database.close()


def test_what_does_not_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parquet is compressed already; without its library the call says in one line what to install."""
    with pytest.raises(CallError, match="compressed by itself"):
        writer(WORKSPACES, Form(Format.PARQUET, gzip=True))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "bisonwatch.exports.parquet", raising=False)
    with pytest.raises(CallError, match=r"not installed \(pip install 'bisonwatch\[parquet\]'\)"):
        writer(WORKSPACES, Form(Format.PARQUET))
