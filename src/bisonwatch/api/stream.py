"""`GET /api/v1/stream`: the picture and what changes in it, as Server-Sent Events (docs/stream.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bisonwatch.api.head import BARE
from bisonwatch.api.reel import READERS, Reader, Reel
from bisonwatch.protocol.sse import MEDIA_TYPE

ABORT = "bisonwatch.abort"
"""An extension of ASGI: `now()` ends the connection without waiting until what was written is read, which may be never."""
PIECE = 64 << 10
"""Sent at once, so that a picture of megabytes on a slow line is seen to move."""
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
RETRY = b"retry: 2000\n\n"
"""Milliseconds after which a browser comes back."""
EXAMPLE = 'event: figures\nid: 0199.8\ndata: {"number":8,"at":"2026-09-14T12:00:00Z","score":100}\n\n'


def router(reel: Reel) -> APIRouter:
    """To be put behind a guard."""
    routes = APIRouter()
    answers = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": EXAMPLE}}}}

    @routes.get("/stream", responses=answers, response_class=Response, summary="The picture as it changes")  # type: ignore[arg-type]  # its type says dict, and means Mapping
    async def stream(
        request: Request,
        last_event_id: Annotated[str | None, Header(description="Go on after this message.")] = None,
    ) -> Response:
        """Server-Sent Events without an end: `snapshot` first, then what changes; a reader that is too slow is dropped."""
        if reel.closed or reel.full:
            why = "the daemon stops" if reel.closed else f"{READERS:,} read the stream already"
            raise HTTPException(503, why, {"retry-after": "5"})
        return Stream(reel, last_event_id, bare=BARE in request.scope)

    return routes


class Stream(Response):
    """One reader's answer, which ends when the reader goes, is dropped, or the daemon stops."""

    media_type = MEDIA_TYPE

    def __init__(self, reel: Reel, after: str | None, *, bare: bool) -> None:
        self.status_code, self.background = 200, None
        self.body = b""
        self.init_headers(HEADERS)
        del self.headers["content-length"]
        self._reel, self._after, self._bare = reel, after, bare

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        if not self._bare:
            reader, first = self._reel.join(self._after, _abort(scope))
            watch = asyncio.create_task(_until_gone(receive, reader))
            try:
                await self._tell(reader, RETRY + first, _body(send))
            finally:
                self._reel.leave(reader)
                watch.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, reader: Reader, first: bytes, put: Callable[[bytes], Awaitable[None]]) -> None:
        data: bytes | None = first
        while not reader.closed:
            if data is None:
                reader.wake.clear()
                await reader.wake.wait()
            else:
                await self._pieces(reader, data, put)
            if self._reel.lost(reader):
                reader.abort()
                return
            data = self._reel.take(reader)

    async def _pieces(self, reader: Reader, data: bytes, put: Callable[[bytes], Awaitable[None]]) -> None:
        for start in range(0, len(data), PIECE):
            self._reel.write(reader, True)
            await put(data[start : start + PIECE] if len(data) > PIECE else data)
            self._reel.write(reader, False)
            if reader.closed or self._reel.lost(reader):
                return


def _body(send: Send) -> Callable[[bytes], Awaitable[None]]:
    return lambda piece: send({"type": "http.response.body", "body": piece, "more_body": True})


def _abort(scope: Scope) -> Callable[[], None]:
    """The server's own way, else the end of this task."""
    extension = scope.get("extensions", {}).get(ABORT)
    if extension is not None:
        now: Callable[[], None] = extension["now"]
        return now
    task = asyncio.current_task()
    assert task is not None
    return partial(_cancel, task)


def _cancel(task: asyncio.Task[object]) -> None:
    task.cancel()


async def _until_gone(receive: Receive, reader: Reader) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    reader.closed = True
    reader.wake.set()
