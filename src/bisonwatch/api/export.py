"""Whole tables as files, for operators: page by page out of the mirror, as `bisonwatch export` writes them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bisonwatch.api.paging import Since, Switch, Until
from bisonwatch.api.sending import Sending
from bisonwatch.api.shapes.work import WORKSPACE_WORD
from bisonwatch.clock import Clock
from bisonwatch.domain.export import EXPORTS, Window, dated
from bisonwatch.domain.ids import WorkspaceKey, parse_key
from bisonwatch.errors import CallError, UnknownWorkspace
from bisonwatch.exports.stream import stream, writer
from bisonwatch.exports.writing import Form, Format
from bisonwatch.store import workspaces
from bisonwatch.store.database import Database

ABREAST = 2
"""Exports sent at once by this process; of parquet each takes a hundred megabytes."""
PACKED = "application/gzip"
ExportWord = Annotated[
    Literal["workspaces", "leads", "accounts", "events", "metrics", "runs"],
    Path(description=f"one of {', '.join(EXPORTS)}"),
]
FormatWord = Annotated[Format, Query(description=f"one of {', '.join(Format)}")]
Words = Annotated[
    list[Annotated[str, Query(pattern=WORKSPACE_WORD)]] | None,
    Query(max_length=1000, description="instance/id, such as main/12, at most 1000 times"),
]
Gzip = Annotated[Switch, Query(description="0 or 1, 1 for a compressed file")]
Guard = Annotated[Switch, Query(description="0 or 1, 0 for texts of csv as they are")]
_TEXT, _BYTES = {"type": "string"}, {"type": "string", "format": "binary"}
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, as it is made.",
        "content": {
            **{form.media.partition(";")[0]: {"schema": _TEXT} for form in (Format.CSV, Format.JSONL)},
            Format.PARQUET.media: {"schema": _BYTES},
            PACKED: {"schema": _BYTES},
        },
    }
}


class Exporting:
    """The handler, and how many are under way."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._slots = asyncio.Semaphore(ABREAST)

    async def export(
        self,
        request: Request,
        name: ExportWord,
        format: FormatWord = Format.CSV,
        workspace: Words = None,
        since: Since = None,
        until: Until = None,
        gzip: Gzip = "0",
        guard: Guard = "1",
    ) -> Response:
        """All rows of a table, or those of some workspaces, or dated so, as a file. Who stops reading for a minute is sent no more."""
        wanted, form = EXPORTS[name], Form(format, guarded=guard == "1", gzip=gzip == "1")
        if format is not Format.CSV and not form.guarded:
            raise CallError(f"guard=0 is of csv, not of {format}")
        window = dated(wanted, Window(await self._known(workspace), since, until))
        await asyncio.to_thread(
            writer, wanted, form
        )  # what cannot be done is said now; parquet's library takes long to load
        day = self._clock.now().date().isoformat()
        file = f"bisonwatch-{name}-{day}.{format}{'.gz' if form.gzip else ''}"
        headers = {"content-disposition": f'attachment; filename="{file}"'}
        kind = PACKED if form.gzip else format.media
        return Sending(stream(self._database, wanted, window, form), self._slots, headers, kind)

    async def _known(self, words: Sequence[str] | None) -> frozenset[WorkspaceKey] | None:
        """Those named; None: all. Asked of the database, so that one that is away is told before anything is sent. Raises StoreError, UnknownWorkspace."""
        async with self._database.read() as tx:
            known = await workspaces.names(tx)
        if words is None:
            return None
        keys = [parse_key(word) for word in words]
        for key in keys:
            if key not in known:
                raise UnknownWorkspace(
                    f"no workspace is called {key}", hint="GET /api/v1/workspaces lists them"
                )
        return frozenset(keys)
