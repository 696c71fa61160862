"""Which queued runs a node takes now. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Run
from bisonwatch.domain.share import Share

PATIENCE = timedelta(seconds=2)
"""How long a run waits for the node whose share it is in; every node looks once a second."""
LONG: Mapping[Job, int] = {Job.BACKFILL: 2, Job.RESYNC: 3, Job.FULL: 1}
"""Jobs that may take hours, and how many of each a node does at once."""
LONG_HANDS = 4
"""How many of a node's hands they hold together: polls and the like never wait for them."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where a workspace's work belongs. `fixed`: its key serves others too, whose pace one process must keep."""

    slot: int
    fixed: bool = False


def turns(
    queued: Iterable[Run],
    share: Share,
    home: Callable[[WorkspaceKey], Home],
    now: datetime,
    hands: int,
    held: Iterable[Job] = (),
) -> list[UUID]:
    """What is in this node's share, then what others left lying; each by age, as many as there are hands. `held`: what it does already."""
    waiting = list(queued)
    own = [run for run in waiting if _ours(run, share, home)]
    left = [run for run in waiting if _left(run, home, now)]
    busy = Counter(job for job in held if job in LONG)
    wanted: dict[UUID, None] = {}
    for run in (*own, *left):
        if run.id in wanted or (run.job in LONG and not _room(run.job, busy)):
            continue
        busy[run.job] += run.job in LONG
        wanted[run.id] = None
    return list(wanted)[:hands]


def _room(job: Job, busy: Counter[Job]) -> bool:
    return busy[job] < LONG[job] and busy.total() < LONG_HANDS


def _ours(run: Run, share: Share, home: Callable[[WorkspaceKey], Home]) -> bool:
    """A run over all workspaces that is not shared out is anybody's."""
    if run.workspace is not None:
        return share.holds(home(run.workspace).slot)
    return run.share.whole or share.whole or run.share == share


def _left(run: Run, home: Callable[[WorkspaceKey], Home], now: datetime) -> bool:
    fixed = run.workspace is not None and home(run.workspace).fixed
    return not fixed and run.queued_at <= now - PATIENCE
