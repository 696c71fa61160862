"""The second witness: the provider's own daily numbers, and its summary of the month; and what it plans for the next days."""

from __future__ import annotations

import logging
from datetime import UTC, date, timedelta
from functools import partial

from bisonwatch.bus import Bus, Topic
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.wire import Series
from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.errors import RecordMissing, RequestRefused, RouteMissing
from bisonwatch.store import counts, summaries, volume_days
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.summaries import MonthSummary
from bisonwatch.sync import crew, roster
from bisonwatch.sync.meter import Done, Meter
from bisonwatch.sync.providers import Providers

log = logging.getLogger(__name__)


def window(today: date) -> tuple[date, date]:
    """This month, and in its first days the last three days: the provider revises them."""
    return min(today.replace(day=1), today - timedelta(days=2)), today


def months(first: date, today: date) -> list[date]:
    """The first days of the months that the window touches, this month's last."""
    return sorted({first.replace(day=1), today.replace(day=1)})


def last_of(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


class Reports:
    """Asks for the daily series and keeps it beside our own counts."""

    def __init__(
        self, database: Database, providers: Providers, clock: Clock, bus: Bus, *, concurrency: int = 5
    ) -> None:
        self._database = database
        self._providers = providers
        self._clock = clock
        self._bus = bus
        self._concurrency = concurrency

    async def once(self, meter: Meter | None = None, share: Share = WHOLE) -> Done:
        """Read the series of every active workspace of a share."""
        used = meter or Meter()
        workspaces = await roster.active(self._database, self._providers, share)

        async def work(workspace: WorkspaceKey) -> None:
            await self.one(workspace, used)

        failed = await crew.each(workspaces, work, self._concurrency)
        return crew.ended(len(workspaces), failed, used.tally)

    async def one(self, workspace: WorkspaceKey, meter: Meter) -> None:
        """Everything that the schedule reads of a workspace. Raises as `read`."""
        await self.read(workspace, meter)
        await self.plans(workspace, meter)

    async def plans(self, workspace: WorkspaceKey, meter: Meter) -> None:
        """What all campaigns together mean to send today and tomorrow; an instance that cannot tell is left alone. Raises as `read`."""
        client = meter.follow(await self._providers.client(workspace, Priority.RECONCILE))
        now = self._clock.now()
        try:
            told = [await client.sequences.planned("today"), await client.sequences.planned("tomorrow")]
        except (RouteMissing, RecordMissing, RequestRefused) as unknown:
            log.debug("%s: does not tell what is scheduled: %s", workspace, unknown)
            return
        today = now.astimezone(UTC).date()
        if self._clock.now().astimezone(UTC).date() != today:
            return  # midnight came between: nobody knows which day either answer is of
        days = {today + timedelta(days=ahead): sum(each.values()) for ahead, each in enumerate(told)}
        write = partial(volume_days.scheduled, workspace=workspace, days=days, as_of=now)
        await self._database.again(Lane.JOBS, write)

    async def read(
        self,
        workspace: WorkspaceKey,
        meter: Meter | None = None,
        priority: Priority = Priority.RECONCILE,
        *,
        summary: bool = True,
    ) -> Series:
        """Read one workspace's series and summary, and keep them. Raises ProviderError, ConfigError, StopAsked; the series stays where the summary
        fails."""
        used = meter or Meter()
        client = used.follow(await self._providers.client(workspace, priority))
        name = f"series of {workspace}"
        used.expect(name, 1)
        first, today = window(self._clock.now().astimezone(UTC).date())
        series = await self.days(workspace, client, first, today, used)
        self._bus.publish(Topic.CHANGED, workspace)
        for month in months(first, today) if summary else ():
            await self.sum_up(workspace, client, month, min(today, last_of(month)))
        used.reach(name, 1)
        await used.report()
        return series

    async def days(
        self, workspace: WorkspaceKey, client: BisonClient, first: date, last: date, used: Meter
    ) -> Series:
        """The series of these days, read and kept."""
        series = await client.workspaces.series(first, last)
        for rejected in series.rejected:
            log.warning("%s: daily series: skipped %s: %s", workspace, rejected.path, rejected.reason)
        write = partial(counts.report, workspace=workspace, series=series.days, as_of=series.known_at)
        rows = await self._database.again(Lane.JOBS, write)
        used.read += rows
        used.written += rows
        return series

    async def sum_up(self, workspace: WorkspaceKey, client: BisonClient, month: date, until: date) -> None:
        """Numbers of leads do not add up over days: they are kept as they are told."""
        told = await client.workspaces.summary(month, until)
        summary = MonthSummary(
            month,
            until,
            told.sent,
            told.leads_contacted,
            told.opened,
            told.unique_opens,
            told.unique_replies,
            told.bounced,
            told.unsubscribed,
            told.interested,
            told.known_at,
        )
        await self._database.again(Lane.JOBS, partial(summaries.write, workspace=workspace, told=summary))
