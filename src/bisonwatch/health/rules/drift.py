"""Do both witnesses of a workspace's numbers agree: what we counted, and what the provider reports?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.domain.drift import TOLD_FOR
from bisonwatch.domain.health import Finding, Health
from bisonwatch.store.consistency import Standing


@dataclass(frozen=True, slots=True)
class Limits:
    """From the configuration: `health.thresholds.drift_warning` and `drift_critical`, as shares."""

    warning: float = 0.05
    critical: float = 0.10


def judge(standing: Standing | None, limits: Limits, now: datetime) -> Finding | None:
    """Of the last check. None where it could not tell, or is too old to say anything of now: what was found before stands."""
    if standing is None or standing.drift is None or now - standing.checked_at > TOLD_FOR:
        return None
    over = standing.drift > limits.warning
    if not over and standing.over_since is None:
        return Finding(Health.HEALTHY, "both witnesses agree")
    words = f"drift {standing.drift:.1%}: " if over else ""
    reason = f"{words}{standing.reason or 'rows are not here'}"
    return Finding(Health.CRITICAL if standing.drift > limits.critical else Health.WARNING, reason)
