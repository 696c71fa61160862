"""Every job leaves a run: who asked, when, how far, how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bisonwatch.domain.ids import WorkspaceKey

SCHEDULE = "schedule"
"""Who asks for the runs that nobody asked for."""


class Job(StrEnum):
    """What the engine does by itself or on request."""

    POLL = "poll"
    DISCOVER = "discover"
    ACCOUNTS = "accounts"
    REPORTS = "reports"
    RESYNC = "resync"


class Part(StrEnum):
    """What a resync can be limited to (`--only`)."""

    LEADS = "leads"
    ACCOUNTS = "accounts"
    METRICS = "metrics"


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class Outcome(StrEnum):
    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run has done so far. `total` is None while it is not known; both count rows."""

    done: int = 0
    total: int | None = None
    rows_read: int = 0
    rows_written: int = 0
    rows_unchanged: int = 0
    rows_removed: int = 0
    requests: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """One run; `workspace` is None for a job over all workspaces."""

    id: UUID
    job: Job
    workspace: WorkspaceKey | None
    parts: tuple[Part, ...]
    asked_by: str
    state: RunState
    queued_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    outcome: Outcome | None = None
    tally: Tally = field(default_factory=Tally)
    error: str | None = None
    cancel_asked: bool = False

    @property
    def over(self) -> bool:
        return self.state is RunState.DONE
