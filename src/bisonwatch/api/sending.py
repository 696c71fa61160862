"""Answers of any length, made while they are sent: a few pages in memory, a bound on how many at once, and none for who stopped reading."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from bisonwatch.api.head import BARE
from bisonwatch.api.problems import AGAIN_S, Refusal
from bisonwatch.errors import StoreError

log = logging.getLogger(__name__)

PART = 64 << 10
"""Bytes handed over at once, so that a bound on each is a bound on how slowly one may read."""
STALL_S = 60.0
LEFT = 499
"""For the audit log: nobody was there any more to be told a status."""
_BUSY = "as many exports as may be sent at once are under way; try again when one is over"

Over = Callable[[int, str | None], Awaitable[None]]


async def _nobody(_status: int, _why: str | None) -> None:
    return


class _Gone(Exception):
    """Whoever asked is not there any more, or does not read."""


class Sending(StreamingResponse):
    """`slots`: so many may be sent at once. `over` is told how it ended, once: 200, 429, 499 or 503, and why.

    What is cut off has no end on the wire: no reader takes it for whole.
    """

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        slots: asyncio.Semaphore,
        headers: Mapping[str, str],
        kind: str,
    ) -> None:
        super().__init__(chunks, headers=headers, media_type=kind)
        self._chunks, self._slots, self._size = chunks, slots, 0
        self.over: Over = _nobody

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._slots.locked():
            await Refusal(429, _BUSY, {"retry-after": str(AGAIN_S)}).answer()(scope, receive, send)
            await self.over(429, _BUSY)
            return
        async with self._slots, aclosing(self._chunks):
            leaving = asyncio.create_task(_left(receive))
            try:
                status, why = await self._ended(send, leaving, bare=BARE in scope)
            finally:
                leaving.cancel()
        await self.over(status, why)

    async def _ended(self, send: Send, leaving: asyncio.Task[None], *, bare: bool) -> tuple[int, str | None]:
        """How: a status, and why it is not 200."""
        try:
            await self._sent(send, leaving, bare=bare)
        except _Gone as gone:
            return LEFT, f"{gone} after {self._size:,} bytes"
        except StoreError as error:
            log.warning("an export is cut off after %s bytes: %s", f"{self._size:,}", error)
            return 503, f"cut off after {self._size:,} bytes: {error}"
        return self.status_code, None

    async def _sent(self, send: Send, leaving: asyncio.Task[None], *, bare: bool) -> None:
        """Of HEAD nothing is made. Raises _Gone, StoreError."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if not bare:
            async for chunk in self._chunks:
                for part in _parts(chunk):
                    await _handed_over(part, send, leaving)
                    self._size += len(part)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _handed_over(part: bytes, send: Send, leaving: asyncio.Task[None]) -> None:
    """Raises _Gone. A server takes the next part when the one before is nearly on its way."""
    if leaving.done():
        raise _Gone("the reader was gone")
    try:
        async with asyncio.timeout(STALL_S):
            await send({"type": "http.response.body", "body": part, "more_body": True})
    except TimeoutError:
        raise _Gone(f"the reader took nothing for {STALL_S:g} s") from None
    except OSError:
        raise _Gone("the reader was gone") from None


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def _parts(chunk: bytes) -> Iterator[bytes]:
    return (chunk[at : at + PART] for at in range(0, len(chunk), PART))
