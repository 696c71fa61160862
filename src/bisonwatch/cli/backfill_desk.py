"""What a backfill finds when it is asked for, and what is told of the past when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bisonwatch.cli.choosing import Known
from bisonwatch.domain.backfill import Order
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.metric import REPORTED
from bisonwatch.domain.run import Job, RunState
from bisonwatch.errors import CallError
from bisonwatch.store import backfills, campaigns, counts, runs
from bisonwatch.store.counts import Sums
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import ALIVE_FOR

CUT_OFF = "what did it was cut off; the same was asked for again"


async def _begin(database: Database, workspace: WorkspaceKey) -> date | None:
    """The day of its first campaign, as far as the mirror knows."""
    async with database.read() as tx:
        made = await campaigns.first_made(tx, workspace)
    return made.date() if made else None


async def old_enough(database: Database, targets: Known, order: Order) -> list[tuple[WorkspaceKey, str]]:
    """Of all workspaces those that had a campaign in the window; all where none had, so that the reason can be told."""
    begins = {key: await _begin(database, key) for key, _ in targets}
    found = [(key, name) for key, name in targets if (begin := begins[key]) is None or begin <= order.last]
    return found or list(targets)


async def check(database: Database, targets: Known, order: Order) -> None:
    """Raises CallError for a workspace that has nothing in the window."""
    for key, _ in targets:
        begin = await _begin(database, key)
        if begin is not None and begin > order.last:
            raise CallError(f"--to {order.last} is too far back: the first campaign of {key} is of {begin}")


async def clear(database: Database, keys: Sequence[WorkspaceKey], *, anew: bool, alone: bool) -> None:
    """One backfill of a workspace at a time. Raises CallError; what a command left that was killed is put away."""
    now = database.clock.now()
    async with database.write() as tx:
        if alone:
            await runs.rescue(tx, now - ALIVE_FOR, uuid7(now))
        for run in await runs.open_runs(tx):
            if run.job is not Job.BACKFILL or run.workspace not in keys:
                continue
            if not alone or run.state is not RunState.QUEUED:
                raise CallError(
                    f"a backfill of {run.workspace} is {run.state.value} already",
                    hint=f"`bisonwatch runs cancel {run.id}` stops it; what it has read stays",
                )
            await runs.ask_cancel(tx, run.id, now, CUT_OFF)
        for key in keys if anew else ():
            await backfills.forget(tx, key)


async def told(database: Database, targets: Known, order: Order) -> list[str]:
    """Per workspace how far back its numbers go, both witnesses' sums over the window, and what is the provider's number alone."""
    async with database.read() as tx:
        sums = await counts.sums(tx, order.first, order.last, [key for key, _ in targets])
        reach = await backfills.known(tx)
    return [line for key, name in targets for line in _told(key, name, sums.get(key, Sums()), reach, order)]


def _told(key: WorkspaceKey, name: str, sums: Sums, reach: backfills.Known, order: Order) -> list[str]:
    mine = reach.get(key, {})
    if not mine:
        return [f"{key} {name}: its numbers do not reach back yet: days up to today are missing, or a run is"]
    words = []
    for metric in REPORTED:
        if metric not in mine:
            continue
        past, reported = mine[metric], sums.reported.get(metric, 0)
        if past.basis == "counted":
            words.append(f"{metric.value} {sums.counted.get(metric, 0):,} of {reported:,} reported")
        else:
            words.append(f"{metric.value} {reported:,} (reported only: the provider keeps no history of it)")
    since = max(past.first for past in mine.values())
    return [f"{key} {name}: since {since}; {order.first} to {order.last}: {', '.join(words)}"]
