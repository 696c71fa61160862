"""The cache of datasets, and what may be asked of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bisonwatch.api.shapes.base import Count, Instance, Moment, Shape, Share, Wish
from bisonwatch.api.shapes.work import Keys
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.freshness import Freshness


class CacheCounts(Shape):
    """Rates are null where there was nothing to be answered, or to be made in time."""

    hit_rate: Share | None
    prefetch_rate: Share | None
    hits: Count
    misses: Count
    stale: Count
    refreshed: Count
    failed: Count
    prefetched: Count
    late: Count


class CacheEntry(Shape):
    """One dataset of one workspace; `made_at` is null where none is kept."""

    instance: Instance
    workspace: Count
    name: str | None
    dataset: DatasetName
    made_at: Moment | None
    age_s: Share | None
    freshness: Freshness
    waiting: bool
    error: str | None
    failures: Count
    hour: CacheCounts
    day: CacheCounts


class CacheState(Shape):
    """As `bisonwatch cache stats --json`; `kept` of `most` values."""

    at: Moment
    kept: Count
    most: Count
    hour: CacheCounts
    day: CacheCounts
    entries: list[CacheEntry]


class Refreshed(Shape):
    """How many datasets were asked for, and how many of them could be made; GET /api/v1/cache says what was wrong with the others."""

    asked: Count
    made: Count


class Cleared(Shape):
    """Of how many workspaces how many values are gone."""

    workspaces: Count
    cleared: Count


class CacheRefresh(Wish):
    """`workspaces`: as `instance/id`; every one where none is named. `names`: all four where none is named."""

    workspaces: Keys | None = None
    names: Annotated[list[DatasetName], Field(min_length=1, max_length=100)] | None = None


class CacheClear(Wish):
    """`workspaces`: as `instance/id`; every one where none is named."""

    workspaces: Keys | None = None
