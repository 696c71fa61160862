"""The Feed over HTTP and SSE to a daemon elsewhere, in a thread of its own: the terminal never waits for a network."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bisonwatch.clock import AgreedClock
from bisonwatch.domain.feed import CarriedFeed
from bisonwatch.domain.link import Link
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.errors import BisonwatchError, DaemonError, DaemonUnreachable
from bisonwatch.retry import Backoff

if TYPE_CHECKING:
    from bisonwatch.clients.daemon import (
        Daemon,  # a third of a second of imports: the terminal's first paint comes before them
    )

log = logging.getLogger(__name__)
WAITS = Backoff(first=0.5, most=10.0)
STOP_S = 2.0


class RemoteFeed(CarriedFeed):
    """`make` is called inside the thread. `clock` is put right by the daemon's, so that ages are right on a machine whose clock is not.

    What goes wrong before the first picture is `failure` and the end; after it the line is made again for as long as it takes.
    """

    def __init__(
        self,
        make: Callable[[], Daemon],
        place: str,
        clock: AgreedClock,
        before: Snapshot,
        waits: Backoff = WAITS,
    ) -> None:
        self._make, self._clock, self._waits = make, clock, waits
        self._picture, self._link, self._title = before, Link(place), place
        self._thread = threading.Thread(target=self._run, name="daemon's feed", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._task: asyncio.Task[None] | None = None
        self._daemon: Daemon | None = None
        self.failure: BisonwatchError | None = None

    @property
    def title(self) -> str:
        return self._title

    @property
    def link(self) -> Link:
        return self._link

    def snapshot(self) -> Snapshot:
        return self._picture

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """The daemon goes on. Stopping twice, or before the start, is fine."""
        with self._lock:
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)
        if self._thread.ident is not None:
            self._thread.join(STOP_S)

    async def carry(self, name: str, *given: object) -> Any:
        daemon = self._daemon
        if daemon is None or not self._link.up:
            why = self._link.trouble or "not connected yet"
            raise DaemonUnreachable(f"not connected to the daemon: {why}")
        return await self._call(daemon.say(name, *given))

    async def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        """On the thread's loop, awaited here."""
        with self._lock:
            if self._loop is None:
                work.close()
                raise DaemonUnreachable("not connected to the daemon any more")
            answer = asyncio.run_coroutine_threadsafe(work, self._loop)
        return await asyncio.wrap_future(answer)

    def _run(self) -> None:
        """The border of the thread: what goes wrong is kept for the one who waits, never printed over a screen."""
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            pass
        except BisonwatchError as error:
            self.failure = error
        except Exception as error:
            log.exception("the line to the daemon failed")
            self.failure = DaemonError(
                f"the line to the daemon failed: {type(error).__name__}: {error}", hint="this is a bug"
            )

    async def _main(self) -> None:
        with self._lock:
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            self._daemon = self._make()
            await self._keep(self._daemon)
        finally:
            with self._lock:
                self._loop = None
            if self._daemon is not None:
                await self._daemon.close()

    async def _keep(self, daemon: Daemon) -> None:
        """The line, made again and again."""
        while True:
            try:
                await self._greet(daemon)
                async with aclosing(daemon.pictures()) as pictures:
                    async for picture in pictures:
                        self._show(picture)
            except BisonwatchError as error:
                if self._picture.number == 0:
                    raise
                await self._wait(error)

    async def _greet(self, daemon: Daemon) -> None:
        """Whose token ours is, and how far this machine's clock is ahead of the daemon's: half of the way there and back is allowed for."""
        began = self._clock.monotonic()
        me = await daemon.me()
        way = timedelta(seconds=(self._clock.monotonic() - began) / 2)
        self._clock.ahead = self._clock.machine.now() - way - me.now
        self._title = me.title or self._title
        self._link = replace(self._link, viewer=me.role != "operator")

    def _show(self, picture: Snapshot) -> None:
        self._picture = picture
        if not self._link.up:
            self._link = replace(self._link, up=True, tries=0, retry_at=None, trouble=None)

    async def _wait(self, error: BisonwatchError) -> None:
        tries = self._link.tries + 1
        pause = self._waits.wait(tries)
        trouble = error.message.removeprefix(f"{self._link.place}: ")
        until = self._clock.monotonic() + pause
        self._link = replace(self._link, up=False, tries=tries, retry_at=until, trouble=trouble)
        await self._clock.sleep(pause)
        self._link = replace(self._link, retry_at=None)
