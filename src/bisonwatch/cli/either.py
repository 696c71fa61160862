"""The Feed of `bisonwatch`: over the daemon that keeps this mirror already, else over an engine of our own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from bisonwatch.clients.remote import RemoteFeed
from bisonwatch.domain.feed import CarriedFeed
from bisonwatch.domain.link import Link
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.engine.host import EngineHost
from bisonwatch.engine.hosted import HostedFeed
from bisonwatch.errors import BisonwatchError, StartError

log = logging.getLogger(__name__)


class EitherFeed(CarriedFeed):
    """`beside` looks for a daemon, in a thread of its own, since it takes longer than the first paint may."""

    def __init__(
        self, host: EngineHost, title: str, before: Snapshot, beside: Callable[[], RemoteFeed | None] | None
    ) -> None:
        self._host, self._own = host, HostedFeed(host, title, before)
        self._beside = beside
        self._remote: RemoteFeed | None = None
        self._refused: BisonwatchError | None = None
        self._stopped = False
        self._news: str | None = None

    @property
    def title(self) -> str:
        return (self._remote or self._own).title

    @property
    def link(self) -> Link | None:
        return (self._remote or self._own).link

    @property
    def failure(self) -> BisonwatchError | None:
        """Why there is nothing to show."""
        return self._refused or (self._remote.failure if self._remote else self._host.failure)

    def snapshot(self) -> Snapshot:
        return (self._remote or self._own).snapshot()

    async def carry(self, name: str, *given: object) -> Any:
        return await getattr(self._remote or self._own, name)(*given)

    def start(self) -> None:
        """Without anybody to look for, the engine starts at once."""
        if self._beside is None:
            self._host.start()
        else:
            threading.Thread(target=self._decide, args=(self._beside,), name="beside", daemon=True).start()

    def stop(self, timeout: float) -> bool:
        """Whether an engine of our own was gone in time; a daemon goes on."""
        self._stopped = True
        if self._remote is not None:
            self._remote.stop()
        return self._host.stop(timeout)

    def news(self) -> str | None:
        """Told once: that this is another's engine."""
        told, self._news = self._news, None
        return told

    def _decide(self, beside: Callable[[], RemoteFeed | None]) -> None:
        try:
            found = beside()
        except BisonwatchError as error:
            self._refused = error
            return
        except Exception as error:  # the border of the thread: nothing may be printed over a screen
            log.exception("looking for an engine beside failed")
            what = f"looking for an engine beside failed: {type(error).__name__}: {error}"
            self._refused = StartError(what, hint="this is a bug")
            return
        if found is None:
            self._host.start()
        elif not self._stopped:
            self._remote = found
            found.start()
            self._news = f"an engine keeps this mirror already: attached to {found.link.place}, which goes on when you quit"
