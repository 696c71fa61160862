"""The columns of the cache of datasets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bisonwatch.domain.cached import CacheEntry, CacheStats
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.freshness import Freshness
from bisonwatch.domain.health import Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.tui.columns import Column
from bisonwatch.tui.format import NONE, calm_age, compact, percent
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, calm, outside

LOW_HIT, LOW_PREFETCH = 0.80, 0.95


class Wares(NamedTuple):
    """What `make now` is about."""

    row: WorkspaceRow
    names: tuple[DatasetName, ...]


@dataclass(frozen=True, slots=True)
class Cached:
    """One dataset of one workspace."""

    row: WorkspaceRow
    entry: CacheEntry

    @property
    def key(self) -> tuple[WorkspaceKey, DatasetName]:
        return self.entry.workspace, self.entry.name


_STATES = {
    Freshness.ERROR: (Health.CRITICAL, "none", "crit"),
    Freshness.VERY_STALE: (Health.CRITICAL, "very stale", "crit"),
    Freshness.STALE: (Health.WARNING, "stale", "warn"),
    Freshness.WARNING: (Health.WARNING, "warning", "warn"),
    Freshness.FRESH: (Health.HEALTHY, "fresh", "ok"),
}
_ORDER = list(_STATES)


def worst_first(stats: CacheStats, rows: tuple[WorkspaceRow, ...]) -> list[Cached]:
    """By freshness, then by name; of workspaces that are watched."""
    known = {row.key: row for row in rows}
    items = [Cached(known[entry.workspace], entry) for entry in stats.entries if entry.workspace in known]
    names = list(DatasetName)
    return sorted(
        items,
        key=lambda item: (
            _ORDER.index(item.entry.freshness),
            item.row.name.casefold(),
            item.entry.workspace,
            names.index(item.entry.name),
        ),
    )


def freshness_piece(freshness: Freshness, frame: Frame) -> Piece:
    health, word, role = _STATES[freshness]
    return Piece(f"{frame.glyphs.of(health)} {word}", role)


def _state(item: Cached, frame: Frame, width: int) -> Piece | Line:
    return calm(freshness_piece(item.entry.freshness, frame), width)


def share(value: float | None, low: float) -> Piece:
    """A share in percent, warm where it is low."""
    return Piece(percent(value), "faint" if value is None else "warm" if value < low else "ink")


def _reads(item: Cached, frame: Frame, width: int) -> Piece:
    asked = item.entry.hour.hits + item.entry.hour.misses
    return Piece(compact(asked) if asked else NONE, "soft" if asked else "faint")


def _why(item: Cached, frame: Frame, width: int) -> Piece:
    entry = item.entry
    if entry.error is not None:
        return Piece(outside(entry.error, 500), "warn")
    if entry.warnings:
        return Piece(outside(entry.warnings[0], 500), "warm")
    return Piece("news since" if entry.waiting else "", "faint")


COLUMNS: tuple[Column[Cached], ...] = (
    Column("state", "STATE", (9, 12, 12), 0, _state),
    Column(
        "name",
        "WORKSPACE",
        (6, 16, 24),
        0,
        lambda item, frame, width: Piece(outside(item.row.name), "strong"),
    ),
    Column("dataset", "DATASET", (7, 14, 14), 0, lambda item, frame, width: Piece(item.entry.name.value)),
    Column(
        "age",
        "AGE",
        (4, 4, 4),
        1,
        lambda item, frame, width: Piece(calm_age(item.entry.made_at, frame.now), "soft"),
        right=True,
        help="since it was made",
    ),
    Column(
        "hit",
        "HIT% 1H",
        (7, 7, 7),
        2,
        lambda item, frame, width: share(item.entry.hour.hit_rate, LOW_HIT),
        right=True,
        help="readings of the last hour that were answered without waiting",
    ),
    Column(
        "hit24",
        "24H",
        (5, 5, 5),
        4,
        lambda item, frame, width: share(item.entry.day.hit_rate, LOW_HIT),
        right=True,
        help="the same of 24 hours",
    ),
    Column(
        "prefetch",
        "AHEAD%",
        (6, 6, 6),
        3,
        lambda item, frame, width: share(item.entry.day.prefetch_rate, LOW_PREFETCH),
        right=True,
        help="values of 24 hours that were made anew before their time to live ended",
    ),
    Column("reads", "READ/H", (6, 6, 6), 5, _reads, right=True, help="readings in the last hour"),
    Column(
        "why", "WHY", (6, 12, 24), 3, _why, flex=True, help="why it could not be made anew, or is doubted"
    ),
)
