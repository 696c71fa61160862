"""The columns of the drift of all workspaces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bisonwatch.domain.comparison import Books, Judged, Standing
from bisonwatch.domain.health import Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.tui.columns import Column
from bisonwatch.tui.format import NONE, calm_age, percent
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, calm, outside
from bisonwatch.tui.tables.runs import state_piece as run_state

STALE = timedelta(hours=24)
"""An older verdict says nothing of now."""


@dataclass(frozen=True, slots=True)
class Drifting:
    """One workspace with its last verdict."""

    row: WorkspaceRow
    judged: Judged

    @property
    def key(self) -> WorkspaceKey:
        return self.row.key

    @property
    def standing(self) -> Standing | None:
        return self.judged.standing


def health_of(judged: Judged) -> Health:
    """CRITICAL: over the threshold; UNKNOWN: never compared, or it could not be told. What cannot be told never looks good."""
    standing = judged.standing
    if standing is None or standing.drift is None:
        return Health.UNKNOWN
    if standing.over_since is not None:
        return Health.CRITICAL
    return Health.WARNING if standing.drift else Health.HEALTHY


def worst_first(books: Books, rows: tuple[WorkspaceRow, ...]) -> list[Drifting]:
    """By state, then by drift, then by name; paused workspaces, which nobody compares, at the end."""
    every = [Drifting(row, books.judged.get(row.key, Judged(row.key))) for row in rows]

    def rank(item: Drifting) -> tuple[bool, int, float, str, str]:
        drift = item.standing.drift if item.standing else None
        paused = item.row.health is Health.PAUSED
        return (
            paused,
            health_of(item.judged).severity,
            -(drift or 0.0),
            item.row.name.casefold(),
            str(item.key),
        )

    return sorted(every, key=rank)


_WORDS = {
    Health.CRITICAL: ("over", "crit"),
    Health.WARNING: ("drifts", "warn"),
    Health.UNKNOWN: ("unknown", "unknown"),
    Health.HEALTHY: ("ok", "ok"),
    Health.PAUSED: ("paused", "paused"),
}


def state_cell(item: Drifting, frame: Frame, width: int) -> Piece | Line:
    health = Health.PAUSED if item.row.health is Health.PAUSED else health_of(item.judged)
    word, role = _WORDS[health]
    return calm(Piece(f"{frame.glyphs.of(health)} {word}", role), width)


def _drift(item: Drifting, frame: Frame, width: int) -> Piece:
    standing = item.standing
    if standing is None or standing.drift is None:
        return Piece(NONE, "faint")
    role = {Health.CRITICAL: "hot", Health.WARNING: "warm"}.get(health_of(item.judged), "faint")
    return Piece(percent(standing.drift, 2), role)


def _checked(item: Drifting, frame: Frame, width: int) -> Piece:
    at = item.standing.checked_at if item.standing else None
    old = at is not None and frame.now - at > STALE
    return Piece(calm_age(at, frame.now), "warm" if old else "soft")


def _resync(item: Drifting, frame: Frame, width: int) -> Piece:
    standing, run = item.standing, item.judged.resync
    if standing is None or standing.resync_at is None:
        return Piece(NONE, "faint")
    when = calm_age(standing.resync_at, frame.now)
    if run is None:
        return Piece(f"{when} ago", "soft")
    state = run_state(run)
    return Piece(f"{state.text} {when}", state.role)


def why(item: Drifting) -> str:
    if item.standing is None:
        return "never compared with the provider"
    return item.standing.reason or ""


COLUMNS: tuple[Column[Drifting], ...] = (
    Column("state", "STATE", (9, 9, 9), 0, state_cell),
    Column(
        "name",
        "WORKSPACE",
        (6, 16, 24),
        0,
        lambda item, frame, width: Piece(outside(item.row.name), "strong"),
    ),
    Column("drift", "DRIFT%", (6, 6, 6), 0, _drift, right=True),
    Column(
        "metric",
        "WORST IN",
        (8, 12, 12),
        3,
        lambda item, frame, width: Piece(
            outside((item.standing.metric if item.standing and item.standing.drift else None) or NONE), "soft"
        ),
        help="the number that drifts most",
    ),
    Column(
        "over",
        "OVER FOR",
        (8, 8, 8),
        4,
        lambda item, frame, width: Piece(
            calm_age(item.standing.over_since if item.standing else None, frame.now),
            "ink" if item.standing and item.standing.over_since else "faint",
        ),
        right=True,
        help="since when it is over the threshold",
    ),
    Column("checked", "CHECKED", (7, 7, 7), 1, _checked, right=True, help="age of the comparison"),
    Column("resync", "RESYNC", (8, 12, 14), 5, _resync, help="the resync it started, and how that ended"),
    Column(
        "why", "WHY", (8, 14, 40), 0, lambda item, frame, width: Piece(outside(why(item), 500)), flex=True
    ),
)
