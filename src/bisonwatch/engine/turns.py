"""Which queued runs a node takes now. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Run
from bisonwatch.domain.share import Share

PATIENCE = timedelta(seconds=2)
"""How long a run waits for the node whose share it is in; every node looks once a second."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where a workspace's work belongs. `fixed`: its key serves others too, whose pace one process must keep."""

    slot: int
    fixed: bool = False


def turns(
    queued: Iterable[Run], share: Share, home: Callable[[WorkspaceKey], Home], now: datetime, hands: int
) -> list[UUID]:
    """What is in this node's share, then what others left lying; each by age, as many as there are hands."""
    waiting = list(queued)
    own = [run.id for run in waiting if _ours(run, share, home)]
    left = [run.id for run in waiting if _left(run, home, now)]
    return list(dict.fromkeys([*own, *left]))[:hands]


def _ours(run: Run, share: Share, home: Callable[[WorkspaceKey], Home]) -> bool:
    """A run over all workspaces that is not shared out is anybody's."""
    if run.workspace is not None:
        return share.holds(home(run.workspace).slot)
    return run.share.whole or share.whole or run.share == share


def _left(run: Run, home: Callable[[WorkspaceKey], Home], now: datetime) -> bool:
    fixed = run.workspace is not None and home(run.workspace).fixed
    return not fixed and run.queued_at <= now - PATIENCE
