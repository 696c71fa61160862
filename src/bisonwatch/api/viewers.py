"""What viewers may cost: a Feed that makes no dataset anew as often as it is asked to, whichever route it is asked through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from bisonwatch.clock import Clock
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.feed import CarriedFeed, Feed
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import Snapshot

FORCED_S = 10.0
"""Between two makings of one dataset that viewers ask for."""


class Feeds:
    """Whose Feed a request gets; `feed` is the engine's, for whoever asks by that name."""

    def __init__(self, feed: Callable[[str], Feed], clock: Clock) -> None:
        self._feed, self._turns = feed, Turns(clock)

    def of(self, request: Request) -> Feed:
        caller = request.state.caller
        feed = self._feed(caller.name)
        return feed if caller.role == "operator" else ViewersFeed(feed, self._turns)


class Turns:
    """One making for all viewers at a time, and of each dataset one in a while."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.one = asyncio.Lock()
        self._forced: dict[tuple[WorkspaceKey, DatasetName], float] = {}

    def take(self, key: WorkspaceKey, name: DatasetName) -> bool:
        """Whether it may be made anew now; then not again for a while."""
        now = self._clock.monotonic()
        if now - self._forced.get((key, name), float("-inf")) < FORCED_S:
            return False
        self._forced[key, name] = now
        return True


class ViewersFeed(CarriedFeed):
    """In between a viewer gets what is kept; the envelope's source tells."""

    def __init__(self, feed: Feed, turns: Turns) -> None:
        self._feed, self._turns = feed, turns

    @property
    def title(self) -> str:
        return self._feed.title

    def snapshot(self) -> Snapshot:
        return self._feed.snapshot()

    async def carry(self, name: str, *given: Any) -> Any:
        if name == "dataset" and given[2] and self._feed.snapshot().workspace(given[0]):
            return await self._anew(*given[:2])
        return await getattr(self._feed, name)(*given)

    async def _anew(self, key: WorkspaceKey, name: DatasetName) -> Any:
        async with self._turns.one:
            if self._turns.take(key, name):
                return await self._feed.dataset(key, name, True)
        return await self._feed.dataset(key, name, False)
