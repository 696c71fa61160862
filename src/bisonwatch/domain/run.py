"""Every job leaves a run: who asked, when, how far, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import reduce
from uuid import UUID

from bisonwatch.domain.backfill import Order
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.domain.totals import Totals

SCHEDULE = "schedule"
"""Who asks for the runs that nobody asked for."""


class Job(StrEnum):
    """What the engine does by itself or on request."""

    POLL = "poll"
    DISCOVER = "discover"
    ACCOUNTS = "accounts"
    CAMPAIGNS = "campaigns"
    LEADS = "leads"
    REPORTS = "reports"
    RESYNC = "resync"
    UPKEEP = "upkeep"
    SUBSCRIPTIONS = "subscriptions"
    CANARY = "canary"
    CONSISTENCY = "consistency"
    FULL = "full"
    SETTINGS = "settings"
    BACKFILL = "backfill"


class Part(StrEnum):
    """What a resync, or a backfill, can be limited to (`--only`)."""

    LEADS = "leads"
    ACCOUNTS = "accounts"
    METRICS = "metrics"
    CAMPAIGNS = "campaigns"
    REPLIES = "replies"
    SENDS = "sends"


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
    many of them it failed, is known at its end; so are the `totals`, of a job that counts accounts.
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
    totals: Totals | None = None

    def plus(self, other: Tally) -> Tally:
        """Of two shares of one job, together."""
        unknown = any(one.total is None and one.done for one in (self, other))
        return Tally(
            done=self.done + other.done,
            total=None if unknown else _known(self.total, other.total),
            rows_read=self.rows_read + other.rows_read,
            rows_written=self.rows_written + other.rows_written,
            rows_unchanged=self.rows_unchanged + other.rows_unchanged,
            rows_removed=self.rows_removed + other.rows_removed,
            requests=self.requests + other.requests,
            retries=self.retries + other.retries,
            workspaces=_known(self.workspaces, other.workspaces),
            workspaces_failed=_known(self.workspaces_failed, other.workspaces_failed),
            totals=self.totals.plus(other.totals)
            if self.totals and other.totals
            else self.totals or other.totals,
        )


def _known(one: int | None, other: int | None) -> int | None:
    """The sum of what is known."""
    return None if one is None and other is None else (one or 0) + (other or 0)


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
    order: Order | None = None
    """Of a backfill: which days."""

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
        tally=reduce(Tally.plus, (run.tally for run in shares)),
        error="; ".join(run.error for run in shares if run.error) or None,
        share=WHOLE,
    )
