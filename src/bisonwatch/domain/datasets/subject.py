"""What every dataset begins with, and what they all do with numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from bisonwatch.domain.clean import clean
from bisonwatch.domain.ids import WorkspaceKey

_PLACES = 6


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose dataset it is and of which moment, by the mirror's clock. `name` is clean."""

    workspace: WorkspaceKey
    name: str
    at: datetime

    @classmethod
    def of(cls, workspace: WorkspaceKey, name: str, at: datetime) -> Subject:
        return cls(workspace, clean(name), at)

    @property
    def today(self) -> date:
        return self.at.astimezone(UTC).date()


def rate(part: int | None, whole: int | None) -> float | None:
    """None where there is nothing to divide, or nothing to divide by."""
    return round(part / whole, _PLACES) if part is not None and whole else None


def rounded(number: float | None) -> float | None:
    return None if number is None else round(number, _PLACES)
