"""What is still under way when a door's time to close is over: it is refused, or cut off, and no fault of ours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)
_HEADERS = [(b"retry-after", b"5"), (b"connection", b"close"), (b"content-length", b"0")]


class Ending:
    """Around an application. `ending`: whether the door closes; else whoever cancels a request has his own reasons."""

    def __init__(self, app: Any, ending: Callable[[], bool]) -> None:
        self._app, self._ending = app, ending

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        began = False

        async def watched(message: Any) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            if not self._ending():
                raise
            log.info("a request was cut off: the daemon stops, and it did not come to its end")
            if not began:
                await send({"type": "http.response.start", "status": 503, "headers": _HEADERS})
                await send({"type": "http.response.body"})
