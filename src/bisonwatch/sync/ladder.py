"""How lost webhooks are found where the provider has no event log: the lists, and its daily numbers as a cheap witness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

from bisonwatch.clients.bison.pace import Priority
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.store import accounts, counts, cursors
from bisonwatch.store.cursors import Cursor
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.watch import Watch
from bisonwatch.sync.accounts import Accounts
from bisonwatch.sync.meter import Meter
from bisonwatch.sync.misses import Misses
from bisonwatch.sync.plan import Tempo
from bisonwatch.sync.replies import Depth, Replies
from bisonwatch.sync.reports import Reports
from bisonwatch.sync.sends import MARGIN, STREAM, Sends

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rungs:
    """What is read, in this order."""

    replies: Replies
    sends: Sends
    accounts: Accounts
    reports: Reports


class Ladder:
    """`down` reads what came since the last time; `fill` what lies between an old walk of the log and the log's end.

    The ledger of what was sent is long, so that it is read only when the provider's series has more than the mirror. A difference that a
    walk of the ledger did not explain is remembered, until it grows.
    """

    def __init__(self, database: Database, rungs: Rungs, tempo: Tempo) -> None:
        self._database = database
        self._rungs = rungs
        self._tempo = tempo
        self._unexplained: dict[tuple[WorkspaceKey, date], int] = {}

    async def down(self, watched: Watch, misses: Misses, meter: Meter) -> int:
        """How many facts were new. Raises ProviderError, ConfigError, StopAsked."""
        workspace, began = watched.workspace, self._database.clock.now()
        depth = Depth(self._tempo.overlap, self._first(watched, began), self._tempo.settle)
        gain = await self._rungs.replies.walk(
            workspace, meter, source=Source.POLL, depth=depth, priority=Priority.POLL, misses=misses
        )
        found = gain.facts + await self._sends(workspace, misses, meter, began)
        await self._states(workspace, meter, began)
        return found

    def _first(self, watched: Watch, began: datetime) -> timedelta:
        """Before the first walk there is nothing to be missed from before the subscription; history is a resync's."""
        since = watched.subscribed_at or began
        return min(max(began - since, DAY), self._tempo.history)

    async def _sends(self, workspace: WorkspaceKey, misses: Misses, meter: Meter, began: datetime) -> int:
        async with self._database.read() as tx:
            cursor = await cursors.get(tx, workspace, STREAM)
        series = await self._rungs.reports.read(workspace, meter, Priority.POLL)
        reported = series.days.get(Metric.SENT, {})
        looked = began.astimezone(UTC).date() - DAY
        if cursor is not None:
            looked = min(looked, cursor.position_at.astimezone(UTC).date())
        short = await self._short(workspace, {day: n for day, n in reported.items() if day >= looked})
        found = 0
        if short:
            ledger = await self._rungs.sends.walk(
                workspace,
                meter,
                since=min(short) - MARGIN,
                source=Source.POLL,
                settle=self._tempo.settle,
                priority=Priority.POLL,
                misses=misses,
            )
            found = ledger.gain.facts
            self._unexplained |= {
                (workspace, day): reported[day] - ledger.sent.get(day, 0)
                for day in reported
                if day >= min(short)
            }
        end = Cursor(cursor.position if cursor else 0, began, began)
        move = partial(cursors.move, workspace=workspace, stream=STREAM, cursor=end)
        await self._database.again(Lane.JOBS, move)
        return found

    async def _short(self, workspace: WorkspaceKey, reported: Mapping[date, int]) -> list[date]:
        """Days of which the provider has more messages than the mirror, and more than a walk has looked for in vain."""
        if not reported:
            return []
        async with self._database.read() as tx:
            counted = await counts.of_days(tx, workspace, Metric.SENT, min(reported), max(reported))
        return [
            day
            for day, n in sorted(reported.items())
            if n - counted.get(day, 0) > max(0, self._unexplained.get((workspace, day), 0))
        ]

    async def _states(self, workspace: WorkspaceKey, meter: Meter, began: datetime) -> None:
        """Of the accounts, unless they were read of late: no event tells that one was disconnected."""
        async with self._database.read() as tx:
            read_at = await accounts.newest(tx, workspace)
        if read_at is None or began - read_at >= self._tempo.poll_every:
            await self._rungs.accounts.walk(workspace, meter, sweep=False)

    async def fill(self, workspace: WorkspaceKey, since: datetime, misses: Misses, meter: Meter) -> int:
        """Everything since a date that the log does not reach any more; how many facts were new. Raises as `down`."""
        depth = Depth(settle=self._tempo.settle, until=since)
        gain = await self._rungs.replies.walk(
            workspace, meter, source=Source.POLL, depth=depth, priority=Priority.POLL, misses=misses
        )
        ledger = await self._rungs.sends.walk(
            workspace,
            meter,
            since=(since - MARGIN).astimezone(UTC).date(),
            source=Source.POLL,
            settle=self._tempo.settle,
            priority=Priority.POLL,
            misses=misses,
        )
        return gain.facts + ledger.gain.facts
