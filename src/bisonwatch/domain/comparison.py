"""What comparisons of the mirror with the provider left behind: reports per day and metric, a verdict per workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from bisonwatch.domain.drift import Healing
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Run


@dataclass(frozen=True, slots=True)
class Report:
    """One day's number by both witnesses. `metric` may name a list of rows (accounts, leads, campaigns).

    `healed_at` is the check that first found nothing wrong any more; `resync_id` the run that started because of it.
    """

    day: date
    metric: str
    counted: int
    reported: int
    drift: float
    reason: str | None
    as_of: datetime
    checked_at: datetime
    healed_at: datetime | None = None
    resync_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The last verdict on a workspace; `drift` is None where it could not be told; `shift` is the zone that explained one."""

    drift: float | None
    metric: str | None
    reason: str | None
    checked_at: datetime
    shift: int | None
    over_since: datetime | None
    resync_at: datetime | None
    resync_id: UUID | None
    resync_gaps: Mapping[str, int] | None

    @property
    def healing(self) -> Healing | None:
        if self.resync_at is None:
            return None
        return Healing(self.resync_at, self.resync_gaps or {}, self.over_since is None)


@dataclass(frozen=True, slots=True)
class Leeway:
    """By how much two witnesses may differ, and over which drift (a share of one) a resync starts by itself."""

    tolerance: int = 5
    threshold: float = 0.05


@dataclass(frozen=True, slots=True)
class Judged:
    """The last verdict on a workspace, and the resync that it started; None of a run that is not kept any more."""

    workspace: WorkspaceKey
    standing: Standing | None = None
    resync: Run | None = None


@dataclass(frozen=True, slots=True)
class Books:
    """The last verdict on every workspace that was ever compared."""

    leeway: Leeway
    judged: Mapping[WorkspaceKey, Judged] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Lone:
    """A day's number that the provider alone tells. `since`: the first day that was counted here whole; None: none yet."""

    day: date
    metric: Metric
    reported: int
    as_of: datetime
    since: date | None


@dataclass(frozen=True, slots=True)
class History:
    """One workspace: its verdict, its reports of some days (the newest first), and what is reported only."""

    leeway: Leeway
    judged: Judged
    reports: tuple[Report, ...] = ()
    lone: tuple[Lone, ...] = ()
    resyncs: Mapping[UUID, Run] = field(default_factory=lambda: MappingProxyType({}))
    """The resyncs that the reports name, as far as they are kept."""
    since: date | None = None
    """The first day that was looked at."""
