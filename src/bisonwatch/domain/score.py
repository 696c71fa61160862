"""The score: 100 minus a table of deductions, each capped; it names what it lost points for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bisonwatch.domain.health import Health


@dataclass(frozen=True, slots=True)
class Standing:
    """What the score is made of. `unpushed` workspaces have no webhook subscription of ours: they are polled only.

    `discovery_error` says why the last discovery failed.
    """

    workspaces: Sequence[Health]
    unpushed: int
    dead: int
    backlog: int
    backlog_limit: int
    engine: bool
    database: bool
    discovery_error: str | None = None


@dataclass(frozen=True, slots=True)
class Deduction:
    """`each` points for each of `count`, never more than `most`; the first one of a kind costs `first` more."""

    singular: str
    plural: str
    count: int
    each: int
    most: int
    first: int = 0

    @property
    def points(self) -> int:
        return min(self.most, self.first + self.each * self.count) if self.count else 0

    @property
    def reason(self) -> str:
        return self.singular if self.count == 1 else self.plural.format(n=f"{self.count:,}")


def deductions(standing: Standing) -> list[Deduction]:
    """The table: worst first. The worst workspace weighs most, and could-not-tell costs points too."""
    count = {state: sum(1 for health in standing.workspaces if health is state) for state in Health}
    behind = int(standing.backlog > standing.backlog_limit)
    nothing = (
        f"no workspace is known: {standing.discovery_error}"
        if standing.discovery_error
        else "no workspace is known yet"
    )
    return [
        Deduction("no engine is running", "no engine is running", int(not standing.engine), 50, 50),
        Deduction(
            "the database does not answer", "the database does not answer", int(not standing.database), 40, 40
        ),
        Deduction(nothing, nothing, int(not standing.workspaces), 50, 50),
        Deduction(
            "1 workspace is critical", "{n} workspaces are critical", count[Health.CRITICAL], 5, 50, first=15
        ),
        Deduction(
            "1 workspace has a warning", "{n} workspaces have warnings", count[Health.WARNING], 3, 30, first=4
        ),
        Deduction(
            "1 workspace cannot be told",
            "{n} workspaces cannot be told",
            count[Health.UNKNOWN],
            2,
            30,
            first=3,
        ),
        Deduction("the backlog is over its limit", "the backlog is over its limit", behind, 10, 10),
        Deduction("1 dead letter", "{n} dead letters", standing.dead, 1, 10),
        Deduction(
            "1 workspace polled instead of pushed",
            "{n} workspaces polled instead of pushed",
            standing.unpushed,
            1,
            10,
        ),
    ]


def score(standing: Standing) -> tuple[int, tuple[str, ...]]:
    """0 to 100, and the reasons for every point lost."""
    lost = [deduction for deduction in deductions(standing) if deduction.points]
    return max(0, 100 - sum(item.points for item in lost)), tuple(item.reason for item in lost)
