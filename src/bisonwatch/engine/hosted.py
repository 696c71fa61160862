"""The Feed over an engine from another thread, for a terminal that shares the process."""

from __future__ import annotations

from typing import Any

from bisonwatch.domain.feed import CarriedFeed
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.engine.host import EngineHost

TERMINAL = "terminal"
"""Who asks, for the runs that come of it."""


class HostedFeed(CarriedFeed):
    """Over an engine in a thread of its own. Before that runs, the picture is the empty one it was given."""

    def __init__(self, host: EngineHost, title: str, before: Snapshot) -> None:
        self._host = host
        self._title = title
        self._before = before

    @property
    def title(self) -> str:
        return self._title

    def snapshot(self) -> Snapshot:
        engine = self._host.engine
        return engine.snapshot() if engine else self._before

    async def carry(self, name: str, *given: object) -> Any:
        return await self._host.call(lambda engine: getattr(engine.feed_of(TERMINAL), name)(*given))
