"""Bodies that come to the API: small, soon, and not many at once. They are read before any token is looked at."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bisonwatch.api.problems import problem

MOST = 1 << 20
"""Bytes of one body; the largest that a route wants is a list of ids."""
TOGETHER = 32 << 20
"""Bytes of all that are here."""
BODY_S = 30.0
"""From a request's head to the end of its body."""
_CLOSE = {"connection": "close"}
_TOO_LARGE = f"the body is larger than {MOST >> 20} MiB"


class Bounds:
    """Around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._here = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "")
        if said.isdigit() and int(said[:20]) > MOST:
            await problem(413, _TOO_LARGE, _CLOSE)(scope, receive, send)
            return
        body = _Body(self, receive)
        try:
            await self._app(scope, body.receive, send)
        finally:
            self._here -= body.size

    def took(self, size: int) -> bool:
        """Whether all that is here still fits."""
        self._here += size
        return self._here <= TOGETHER


class _Body:
    """One, as it comes. After its end nothing is waited for but the caller's leaving."""

    def __init__(self, bounds: Bounds, receive: Receive) -> None:
        self._bounds, self._receive = bounds, receive
        self._deadline = asyncio.get_running_loop().time() + BODY_S
        self._whole = False
        self.size = 0

    async def receive(self) -> Message:
        """Raises HTTPException 408, 413, 503."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "the body did not come to its end in time", _CLOSE) from None
        self._whole = not message.get("more_body", False)
        self._count(len(message.get("body", b"")))
        return message

    def _count(self, size: int) -> None:
        self.size += size
        fits = self._bounds.took(size)
        if self.size > MOST:
            raise HTTPException(413, _TOO_LARGE, _CLOSE)
        if not fits:
            hint = {**_CLOSE, "retry-after": "5"}
            raise HTTPException(503, "more is on its way here than memory allows", hint)
