"""Every job leaves a run: who asked, when, how far, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.share import WHOLE, Share

SCHEDULE = "schedule"
"""Who asks for the runs that nobody asked for."""


class Job(StrEnum):
    """What the engine does by itself or on request."""

    POLL = "poll"
    DISCOVER = "discover"
    ACCOUNTS = "accounts"
    REPORTS = "reports"
    RESYNC = "resync"
    UPKEEP = "upkeep"
    CONSISTENCY = "consistency"
    FULL = "full"
    SETTINGS = "settings"


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
    """What a run has done so far. `total` is None while it is not known; both count rows. Over how many workspaces it went, and in how
    many of them it failed, is known at its end.
    """

    done: int = 0
    total: int | None = None
    rows_read: int = 0
    rows_written: int = 0
    rows_unchanged: int = 0
    rows_removed: int = 0
    requests: int = 0
    retries: int = 0
    workspaces: int | None = None
    workspaces_failed: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run; `workspace` is None for a job over all workspaces, or over those of one `share`.

    `node_id` is who does it now, or did; `fence` grows each time it is taken, so that a node it was taken from can tell.
    """

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
    share: Share = WHOLE
    node_id: UUID | None = None
    fence: int = 0

    @property
    def over(self) -> bool:
        return self.state is RunState.DONE


def as_one(shares: Sequence[Run]) -> Run:
    """The finished shares of one job as the run it would be on one node; at least one."""
    first = shares[0]
    if len(shares) == 1:
        return first
    outcomes = {run.outcome for run in shares}
    return replace(
        first,
        started_at=min((run.started_at for run in shares if run.started_at), default=None),
        finished_at=max((run.finished_at for run in shares if run.finished_at), default=None),
        outcome=outcomes.pop() if len(outcomes) == 1 else Outcome.PARTIAL,
        error="; ".join(run.error for run in shares if run.error) or None,
        share=WHOLE,
    )
