"""The six words for a workspace's health, worst first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Health(StrEnum):
    """`idle` is verified silence and is green; `unknown` is could-not-tell and never looks good."""

    CRITICAL = "critical"
    WARNING = "warning"
    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    IDLE = "idle"
    PAUSED = "paused"

    @property
    def severity(self) -> int:
        """0 is the worst; what the default sort goes by. Healthy and idle are equally good."""
        return _SEVERITY[self]

    @property
    def alarming(self) -> bool:
        return self in (Health.CRITICAL, Health.WARNING)


_SEVERITY = {
    Health.CRITICAL: 0,
    Health.WARNING: 1,
    Health.UNKNOWN: 2,
    Health.HEALTHY: 3,
    Health.IDLE: 3,
    Health.PAUSED: 4,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule concludes now: a state and a sentence a person understands."""

    health: Health
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding that has lasted since a moment: the stored transition that is in force."""

    health: Health
    reason: str
    since: datetime
