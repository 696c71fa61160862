"""Keeps the engine's loops running: one that crashes is started again with back-off. Exception is caught here, and where one delivery could stop all others (ingest)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bisonwatch.clock import Clock
from bisonwatch.retry import Backoff

log = logging.getLogger(__name__)

_CALM_AFTER_S = 60.0


class Supervisor:
    """Each loop is a coroutine function that runs until it is cancelled, or returns when its work is over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._backoff = Backoff(first=0.5, most=30.0)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run the loop from now on; nothing happens while one of that name runs."""
        known = self._tasks.get(name)
        if known is None or known.done():
            self._tasks[name] = asyncio.create_task(self._keep(name, run), name=name)

    async def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        crashes = 0
        while True:
            started = self._clock.monotonic()
            try:
                await run()
                return
            except Exception:
                crashes = 1 if self._clock.monotonic() - started > _CALM_AFTER_S else crashes + 1
                wait = self._backoff.wait(crashes)
                log.exception("%s crashed and is started again in %.1f s", name, wait)
            await self._clock.sleep(wait)

    async def stop(self, *names: str) -> None:
        """Cancel the loops named, or all of them, and wait until they are gone. Stopping twice is fine."""
        tasks = [task for name in names or tuple(self._tasks) if (task := self._tasks.pop(name, None))]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def finished(self, name: str) -> None:
        """Wait until a loop that ends by itself has ended."""
        task = self._tasks.pop(name, None)
        if task is not None:
            await task
