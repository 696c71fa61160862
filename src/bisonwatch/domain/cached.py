"""Datasets as a reader gets them, and the standing of the cache that keeps them. Values are plain JSON data here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bisonwatch.domain.cache_counts import COUNTED, CacheCounts, together
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.freshness import Freshness, Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.status import Json, instant, seconds_since


@dataclass(frozen=True, slots=True)
class Envelope:
    """One dataset with what is known of it. `value` is None only where nothing can be given; `error` is of the last try to make it."""

    name: DatasetName
    value: Mapping[str, Any] | None
    """JSON data; a type that holds itself, as Json does, is one that readers by type hints cannot follow."""
    made_at: datetime | None
    freshness: Freshness
    source: Source
    warnings: tuple[str, ...] = ()
    error: str | None = None
    retry_at: datetime | None = None
    """When it is tried again at the soonest, after an error."""


@dataclass(frozen=True, slots=True)
class DatasetsOf:
    """The four of one workspace, in the order of DatasetName."""

    workspace: WorkspaceKey
    at: datetime
    datasets: tuple[Envelope, ...]

    def of(self, name: DatasetName) -> Envelope:
        return next(one for one in self.datasets if one.name is name)


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """One dataset of one workspace as the cache holds it. `made_at` None: it holds none; `waiting`: news came after it was made."""

    workspace: WorkspaceKey
    name: DatasetName
    made_at: datetime | None
    freshness: Freshness
    waiting: bool = False
    error: str | None = None
    failures: int = 0
    """Tries that failed since one went well."""
    hour: CacheCounts = field(default_factory=CacheCounts)
    day: CacheCounts = field(default_factory=CacheCounts)
    warnings: tuple[str, ...] = ()
    """What is suspicious in what it holds."""


@dataclass(frozen=True, slots=True)
class CacheStats:
    """`most`: so many values are kept at the same time. `hour` and `day` of an entry are its last 60 minutes and 24 hours."""

    at: datetime
    entries: tuple[CacheEntry, ...]
    most: int

    @property
    def kept(self) -> int:
        return sum(entry.made_at is not None for entry in self.entries)

    @property
    def hour(self) -> CacheCounts:
        return together(entry.hour for entry in self.entries)

    @property
    def day(self) -> CacheCounts:
        return together(entry.day for entry in self.entries)

    def only(self, workspaces: frozenset[WorkspaceKey]) -> CacheStats:
        """Of these alone."""
        kept = tuple(entry for entry in self.entries if entry.workspace in workspaces)
        return CacheStats(self.at, kept, self.most)


def envelope_json(envelope: Envelope, now: datetime) -> dict[str, Json]:
    """What GET …/datasets/{name} answers; described in docs/datasets-cache.md."""
    return {
        "dataset": envelope.name.value,
        "value": envelope.value,
        "made_at": instant(envelope.made_at),
        "age_s": seconds_since(envelope.made_at, now),
        "freshness": envelope.freshness.value,
        "source": envelope.source.value,
        "warnings": list(envelope.warnings),
        "error": envelope.error,
        "retry_at": instant(envelope.retry_at),
    }


def stats_json(stats: CacheStats, names: Mapping[WorkspaceKey, str]) -> dict[str, Json]:
    """What `cache stats --json` prints; described in docs/commands.md."""
    return {
        "at": instant(stats.at),
        "kept": stats.kept,
        "most": stats.most,
        "hour": _counts(stats.hour),
        "day": _counts(stats.day),
        "entries": [_entry(entry, stats.at, names) for entry in stats.entries],
    }


def _entry(entry: CacheEntry, now: datetime, names: Mapping[WorkspaceKey, str]) -> dict[str, Json]:
    return {
        "instance": entry.workspace.instance,
        "workspace": entry.workspace.id,
        "name": names.get(entry.workspace),
        "dataset": entry.name.value,
        "made_at": instant(entry.made_at),
        "age_s": seconds_since(entry.made_at, now),
        "freshness": entry.freshness.value,
        "waiting": entry.waiting,
        "error": entry.error,
        "failures": entry.failures,
        "hour": _counts(entry.hour),
        "day": _counts(entry.day),
    }


def _counts(counts: CacheCounts) -> dict[str, Json]:
    return {
        "hit_rate": counts.hit_rate,
        "prefetch_rate": counts.prefetch_rate,
        **{name: getattr(counts, name) for name in COUNTED},
    }
