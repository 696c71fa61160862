"""Who may use a super-admin key now: one after another in this process, one node after another between nodes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from bisonwatch.clock import Clock
from bisonwatch.errors import BisonwatchError
from bisonwatch.sync.key_lease import KeyLease

LINGER_S = 2.0
"""So long a key stays where it is after its last use: most uses come in rows."""
TURN_S = 10.0
"""After so long in one go another node, or a command, has its turn."""
PAUSE_S = 1.0
CLOSE_S = 3.0
"""A stop does not wait longer for the provider."""

log = logging.getLogger(__name__)


class Turns:
    """`home` puts everything back; it is called with nobody in a turn, when a node's use of the key ends."""

    def __init__(self, clock: Clock, lease: KeyLease | None, home: Callable[[], Awaitable[None]]) -> None:
        self._clock = clock
        self._lease = lease
        self._home = home
        self._lock = asyncio.Lock()
        self._since: float | None = None
        self._uses = 0
        self._leaving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Raises ProviderBusy when another node keeps the key, StoreError when nobody can tell."""
        async with self._lock:
            self._uses += 1
            if self._lease is not None:
                await self._lease.take()
            if self._since is None:
                self._since = self._clock.monotonic()
            try:
                yield
            finally:
                await self._after()

    async def kept(self) -> bool:
        """Whether no other node can have used the key since this turn began."""
        return self._lease is None or await self._lease.kept()

    @property
    def long(self) -> bool:
        return self._since is not None and self._clock.monotonic() - self._since >= TURN_S

    async def _after(self) -> None:
        if self._lease is not None and self.long:
            await self._leave()
            await self._clock.sleep(PAUSE_S)
            return
        task = asyncio.create_task(self._leave_later(self._uses), name="leaving a super-admin key")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _leave_later(self, uses: int) -> None:
        await self._clock.sleep(LINGER_S)
        if self._uses == uses:  # else the later use leaves
            async with self._lock:
                if self._uses == uses:
                    await self._leave()

    async def _leave(self) -> None:
        """What cannot be put back now is put back after the next use."""
        if self._since is None:
            return
        try:
            await self._home()
            if self._lease is not None:
                await self._lease.give_back()
        except BisonwatchError as problem:
            log.warning("a super-admin key could not be put back to where it was: %s", problem)
        self._since = None  # not where this was cancelled: then the stop does it

    async def close(self) -> None:
        """Put everything back now, as far as the provider answers in time."""
        for task in tuple(self._leaving):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        try:
            async with asyncio.timeout(CLOSE_S), self._lock:
                await self._leave()
        except TimeoutError:
            log.warning("a super-admin key could not be put back to where it was within %g s", CLOSE_S)
