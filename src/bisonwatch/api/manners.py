"""What holds for every answer: headers that browsers need, and a bound on how long one may wait for it."""

from __future__ import annotations

import asyncio

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bisonwatch.api.problems import AGAIN_S, Refusal

PATIENCE_S = 40.0
"""From a request to the beginning of its answer; the longest that anything here waits by design is half a minute."""
_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}


class Manners:
    """Around the whole application. An answer that has begun, such as a stream, may go on for as long as it likes."""

    def __init__(self, app: ASGIApp, patience: float = PATIENCE_S) -> None:
        self._app = app
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = False

        async def dressed(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                if not waiting.expired():
                    waiting.reschedule(None)
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            async with asyncio.timeout(self._patience) as waiting:
                await self._app(scope, receive, dressed)
        except TimeoutError:
            if began or not waiting.expired():
                raise
            late = Refusal(503, f"no answer within {self._patience:g} s", {"retry-after": str(AGAIN_S)})
            await late.answer()(scope, receive, send)
