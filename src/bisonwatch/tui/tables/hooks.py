"""The columns of our webhook subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.domain.health import Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.domain.subscription import Hook, Standing, SubscriptionState
from bisonwatch.tui.columns import Column
from bisonwatch.tui.format import NONE, calm_age
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, calm, outside


@dataclass(frozen=True, slots=True)
class Hooked:
    """One workspace with its subscription; `hook` is None until it was asked for."""

    row: WorkspaceRow
    hook: Hook

    @property
    def key(self) -> WorkspaceKey:
        return self.row.key

    @property
    def standing(self) -> Standing:
        return self.hook.standing

    @property
    def state(self) -> SubscriptionState | None:
        """None: nobody has looked yet."""
        return self.standing.look.state if self.standing.look else None

    @property
    def failing(self) -> bool:
        """Whether the last test event did not arrive."""
        return self.standing.canary_failed_since is not None


_HEALTH = {
    SubscriptionState.MISSING: (Health.CRITICAL, "missing", "crit"),
    SubscriptionState.DRIFTED: (Health.WARNING, "drifted", "warn"),
    None: (Health.UNKNOWN, "unknown", "unknown"),
    SubscriptionState.NONE: (Health.IDLE, "none", "soft"),
    SubscriptionState.FINE: (Health.HEALTHY, "ok", "ok"),
}
_ORDER = list(_HEALTH)


def worst_first(hooks: tuple[Hook, ...], rows: tuple[WorkspaceRow, ...]) -> list[Hooked]:
    """Missing, then what no test event reaches, drifted, unknown, never made, well; paused workspaces at the end."""
    known = {hook.standing.workspace: hook for hook in hooks}
    every = [Hooked(row, known.get(row.key) or Hook(Standing(row.key))) for row in rows]

    def rank(item: Hooked) -> tuple[bool, bool, bool, int, str, str]:
        missing = item.state is SubscriptionState.MISSING
        place = _ORDER.index(item.state)
        paused = item.row.health is Health.PAUSED
        return paused, not missing, not item.failing, place, item.row.name.casefold(), str(item.key)

    return sorted(every, key=rank)


def state_piece(item: Hooked, frame: Frame) -> Piece:
    health, word, role = _HEALTH[item.state]
    return Piece(f"{frame.glyphs.of(health)} {word}", role)


def state_cell(item: Hooked, frame: Frame, width: int) -> Piece | Line:
    return calm(state_piece(item, frame), width)


def test_piece(item: Hooked, now: datetime) -> Piece:
    """How the last test event ended, and when."""
    standing = item.standing
    if standing.canary_failed_since is not None:
        return Piece(f"lost {calm_age(standing.canary_failed_since, now)}", "crit")
    if standing.canary_arrived_at is None:
        return Piece("never", "faint")
    return Piece(f"arrived {calm_age(standing.canary_arrived_at, now)}", "soft")


def _others(item: Hooked, frame: Frame, width: int) -> Piece:
    around = item.hook.around
    return Piece(NONE, "faint") if around is None else Piece(f"{around.others}", "soft")


OURS, BY_COMMAND = "our webhook subscription ", "; `bisonwatch"
"""What every row would say again."""


def wrong(item: Hooked) -> str:
    """In one line what a person should know."""
    if item.standing.remark is not None:
        return outside(item.standing.remark, 500).removeprefix(OURS).partition(BY_COMMAND)[0]
    if item.state is None:
        return "nobody has looked yet"
    if item.state is SubscriptionState.NONE:
        return "none was ever made: this workspace is only polled"
    around = item.hook.around
    return (
        f"{around.ours} of ours: every event comes {around.ours} times" if around and around.ours > 1 else ""
    )


COLUMNS: tuple[Column[Hooked], ...] = (
    Column("state", "STATE", (9, 9, 9), 0, state_cell),
    Column(
        "name",
        "WORKSPACE",
        (6, 16, 24),
        0,
        lambda item, frame, width: Piece(outside(item.row.name), "strong"),
    ),
    Column(
        "since",
        "FOR",
        (4, 4, 4),
        3,
        lambda item, frame, width: Piece(calm_age(item.standing.since, frame.now), "soft"),
        right=True,
        help="for how long it stands so",
    ),
    Column(
        "test",
        "TEST EVENT",
        (8, 12, 12),
        1,
        lambda item, frame, width: test_piece(item, frame.now),
        help="the last test event: arrived, or lost since",
    ),
    Column(
        "others",
        "OTHERS'",
        (7, 7, 7),
        5,
        _others,
        right=True,
        help="other people's subscriptions, which are never touched",
    ),
    Column(
        "wrong",
        "WHAT IS WRONG",
        (8, 14, 40),
        0,
        lambda item, frame, width: Piece(
            wrong(item), "soft" if item.state is SubscriptionState.NONE else "warn" if wrong(item) else "ink"
        ),
        flex=True,
    ),
    Column(
        "checked",
        "LOOKED",
        (6, 6, 6),
        4,
        lambda item, frame, width: Piece(calm_age(item.standing.checked_at, frame.now), "faint"),
        right=True,
        help="age of the last look at the provider",
    ),
)
