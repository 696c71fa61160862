"""Which workspaces' event logs are walked now, and in what order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.promptness import Promptness


@dataclass(frozen=True, slots=True)
class Tempo:
    """How patient the poll is; a demonstration runs on a compressed one."""

    poll_every: timedelta = timedelta(minutes=5)
    silence: timedelta = timedelta(minutes=5)
    """Without a webhook for so long, a workspace is silent."""
    silent_every: timedelta = timedelta(seconds=60)
    settle: timedelta = timedelta(minutes=2)
    """A younger row of the log is left to its webhook."""
    overlap: timedelta = timedelta(minutes=15)
    in_time: timedelta = timedelta(minutes=10)
    """A webhook that comes later than this after the log's row is not that row's any more."""
    history: timedelta = timedelta(days=10)
    """How far back the provider's log goes."""

    @property
    def reach(self) -> timedelta:
        """How far below the cursor's date a walk goes: never less than what the last walk left to settle."""
        return max(self.overlap, self.settle)

    @property
    def promptness(self) -> Promptness:
        return Promptness(self.in_time)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the plan needs to know of a workspace. `tried_at` is the last walk that was begun and came to nothing."""

    workspace: WorkspaceKey
    active: bool = True
    last_webhook_at: datetime | None = None
    walked_at: datetime | None = None
    tried_at: datetime | None = None


def silent(candidate: Candidate, now: datetime, tempo: Tempo) -> bool:
    heard = candidate.last_webhook_at
    return heard is None or now - heard >= tempo.silence


def due_at(candidate: Candidate, now: datetime, tempo: Tempo) -> datetime:
    """When it is walked next. After one that failed it is as pressing as a silent one: until then nobody knows how it stands."""
    walked, tried = candidate.walked_at, candidate.tried_at
    if tried is not None and (walked is None or tried > walked):
        return tried + min(tempo.silent_every, tempo.poll_every)
    if walked is None:
        return now
    return walked + (tempo.silent_every if silent(candidate, now, tempo) else tempo.poll_every)


def due(candidates: Iterable[Candidate], now: datetime, tempo: Tempo) -> tuple[WorkspaceKey, ...]:
    """Never walked first, then silent ones, then the others, each by how long they have waited."""
    waiting = [
        (c.walked_at is not None, not silent(c, now, tempo), at, c.workspace)
        for c in candidates
        if c.active and (at := due_at(c, now, tempo)) <= now
    ]
    return tuple(workspace for *_, workspace in sorted(waiting))
