"""An export from the database to the bytes of a file, page by page: what a command writes and the API sends."""

from __future__ import annotations

import asyncio
import importlib
import zlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from bisonwatch.domain.export import Export, Row, Window
from bisonwatch.errors import CallError
from bisonwatch.exports.csv_file import Csv
from bisonwatch.exports.json_lines import JsonLines
from bisonwatch.exports.writing import Form, Format, Writer
from bisonwatch.store import exports
from bisonwatch.store.database import Database

Told = Callable[[int], None]
"""Rows so far."""
_GZIP = 31
"""zlib's word for gzip's own header and the largest window."""


def writer(export: Export, form: Form) -> Writer:
    """Raises CallError where parquet's library is not installed, or what was asked for does not go together."""
    match form.format:
        case Format.CSV:
            return Csv(export.columns, guarded=form.guarded, bom=form.bom)
        case Format.JSONL:
            return JsonLines(export.columns)
        case Format.PARQUET if form.gzip:
            raise CallError("parquet is compressed by itself", hint="leave gzip out")
        case Format.PARQUET:
            return _parquet(export)


def _parquet(export: Export) -> Writer:
    try:
        module = importlib.import_module("bisonwatch.exports.parquet")
    except ImportError as error:
        if not (error.name or "").startswith("pyarrow"):
            raise
        raise CallError(
            "parquet needs a library that is not installed", hint="pip install 'bisonwatch[parquet]'"
        ) from error
    made: Writer = module.Parquet(export.columns)
    return made


async def stream(
    database: Database, export: Export, window: Window, form: Form, told: Told = lambda _rows: None
) -> AsyncGenerator[bytes, None]:
    """The file's bytes; what is made of a page is made in a thread, so that an engine beside it goes on. Raises StoreError, CallError."""
    making = writer(export, form)
    packing = zlib.compressobj(wbits=_GZIP) if form.gzip else None
    pack = packing.compress if packing else bytes
    rows = 0

    def made(page: Sequence[Row]) -> bytes:
        return pack(making.rows(page))

    yield pack(making.begin())
    async with aclosing(exports.pages(database, export, window)) as pages:
        async for page in pages:
            yield await asyncio.to_thread(made, page)
            rows += len(page)
            told(rows)
    yield pack(making.end()) + (packing.flush() if packing else b"")
