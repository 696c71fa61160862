"""Are accounts held back, because too many were missing from a complete walk at once? They stay until the next one, or a person, agrees."""

from __future__ import annotations

from bisonwatch.domain.absence import Absence
from bisonwatch.domain.health import Finding, Health


def judge(absence: Absence) -> Finding:
    """A person's word ends it at once: the very next walk acts on it."""
    if not absence.held:
        return Finding(Health.HEALTHY, "nobody is held")
    if absence.confirmed:
        return Finding(Health.HEALTHY, f"{absence}, and a person says that they are gone")
    return Finding(Health.WARNING, str(absence))
