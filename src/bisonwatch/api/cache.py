"""The cache of datasets: how it stands; operators have datasets made now, or thrown away."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from bisonwatch.api.answers import done, told
from bisonwatch.api.errands import keys_of
from bisonwatch.api.shapes.cache import CacheClear, CacheRefresh
from bisonwatch.domain.cached import stats_json
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.feed import Feed
from bisonwatch.errors import CallError

MOST = 1_000
"""Datasets made for one request: as many as a cache keeps, and what is over well before its asker is told that it takes too long."""


class Cache:
    """`feed` is the engine's, for whoever asks by that name. The work is over when it is answered: no run comes of it."""

    def __init__(self, feed: Callable[[str], Feed]) -> None:
        self._feed_of = feed

    async def cache(self, request: Request) -> Response:
        """How each dataset of each workspace stands in this node's cache, and what was counted in the last hour and day."""
        feed = self._feed(request)
        names = {row.key: row.name for row in feed.snapshot().workspaces}
        return await told(request, stats_json(await feed.cache_stats(), names))

    async def refresh_cache(self, request: Request, wish: CacheRefresh | None = None) -> Response:
        """Make datasets now and store them: of the workspaces named, or of every one; those named, or all four. Answered when it is done."""
        feed, wish = self._feed(request), wish or CacheRefresh()
        keys, names = keys_of(feed, wish.workspaces), tuple(dict.fromkeys(wish.names or DatasetName))
        asked = len(keys) * len(names)
        if asked > MOST:
            raise CallError(f"that would be {asked:,} datasets, {MOST:,} at a time are the most: name fewer")
        made = await feed.refresh_datasets(keys, names) if keys else 0
        return done({"asked": asked, "made": made})

    async def clear_cache(self, request: Request, wish: CacheClear | None = None) -> Response:
        """Throw away what is kept of the workspaces named, or of every one, on every node. It is made anew when it is read."""
        feed = self._feed(request)
        keys = keys_of(feed, wish.workspaces if wish else None)
        cleared = await feed.clear_datasets(keys) if keys else 0
        return done({"workspaces": len(keys), "cleared": cleared})

    def _feed(self, request: Request) -> Feed:
        return self._feed_of(request.state.caller.name)
