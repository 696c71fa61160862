"""The four datasets of a workspace, as the cache holds them or made anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bisonwatch.api.answers import told
from bisonwatch.api.paging import Switch
from bisonwatch.api.read import Instance, Number, row_of
from bisonwatch.clock import Clock
from bisonwatch.domain.cached import envelope_json
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.feed import Feed
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.status import Json

NameWord = Annotated[DatasetName, Path(description=f"one of {', '.join(DatasetName)}")]
Fresh = Annotated[Switch, Query(description="0 or 1, 1 for a value that is made now")]
_PASSING = ("age_s", "source", "retry_at")
"""What changes while the dataset stays as it is."""


class DatasetReads:
    """The GET handlers; `feed` is the engine's, for who asks."""

    def __init__(self, feed: Callable[[Request], Feed], clock: Clock) -> None:
        self._feed = feed
        self._clock = clock

    async def datasets(self, request: Request, instance: Instance, id: Number) -> Response:
        """The four datasets of a workspace, on one page."""
        feed = self._feed(request)
        found = await feed.datasets(row_of(feed.snapshot(), WorkspaceKey(instance, id)).key)
        items = [envelope_json(one, self._clock.now()) for one in found.datasets]
        page: dict[str, Json] = {"items": [*items], "next": None}
        return await told(request, page, [_lasting(item) for item in items])

    async def dataset(
        self, request: Request, instance: Instance, id: Number, name: NameWord, fresh: Fresh = "0"
    ) -> Response:
        """One dataset with how old and how trustworthy it is. `fresh=1` waits for a new one; for viewers at most once in ten seconds."""
        feed = self._feed(request)
        key = row_of(feed.snapshot(), WorkspaceKey(instance, id)).key
        found = await feed.dataset(key, name, fresh == "1")
        item = envelope_json(found, self._clock.now())
        return await told(request, item, _lasting(item))


def _lasting(item: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in item.items() if name not in _PASSING}
