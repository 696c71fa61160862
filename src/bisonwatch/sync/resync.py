"""A resync reads what a person asked for anew, and ends with a walk of the event log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bisonwatch.domain.feed import Preview
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Outcome, Part, Tally
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.errors import BisonwatchError, ConfigError
from bisonwatch.store import runs
from bisonwatch.store.database import Database
from bisonwatch.sync import crew, roster
from bisonwatch.sync.accounts import Accounts
from bisonwatch.sync.campaigns import Campaigns
from bisonwatch.sync.forecast import forecast
from bisonwatch.sync.leads import Leads
from bisonwatch.sync.meter import Done, Meter, Progress, StopAsked
from bisonwatch.sync.poller import Poller
from bisonwatch.sync.providers import Providers
from bisonwatch.sync.replies import Depth, Replies
from bisonwatch.sync.reports import Reports
from bisonwatch.sync.sends import Sends
from bisonwatch.sync.stint import Restraint

DEPTH = timedelta(days=31)
"""How far back mail and replies are read: a whole month of numbers is shown. What is older is a backfill's."""
NIGHTLY = timedelta(days=3)
"""Every night reads on where the night before ended; at least the days that the provider still revises."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Those who read a part each, in this order: campaigns say which automated replies count, the series witnesses what was read before it."""

    accounts: Accounts
    campaigns: Campaigns
    leads: Leads
    replies: Replies
    sends: Sends
    reports: Reports


class Slowly:
    """A run's Progress that takes the time for what was asked since it was told last, of the instance that is being read."""

    def __init__(self, restraint: Restraint, progress: Progress | None) -> None:
        self._restraint = restraint
        self._progress = progress
        self._requests = 0
        self.instance: str | None = None

    async def __call__(self, tally: Tally) -> bool:
        requests, self._requests = tally.requests - self._requests, tally.requests
        if self.instance is not None:
            await self._restraint.spent(self.instance, requests)
        return self._progress is not None and await self._progress(tally)


class Resync:
    """The readers, one after another, over one workspace. With a `restraint` over no more than one at a time, and no faster than that allows."""

    def __init__(
        self,
        database: Database,
        providers: Providers,
        readers: Readers,
        poller: Poller,
        *,
        concurrency: int = 5,
        depth: timedelta = DEPTH,
        restraint: Restraint | None = None,
    ) -> None:
        self._database = database
        self._providers = providers
        self._readers = readers
        self._poller = poller
        self._concurrency = concurrency if restraint is None else 1
        self._depth = depth
        self._restraint = restraint
        self._walks: Mapping[Part, Callable[[WorkspaceKey, Meter], Awaitable[object]]] = {
            Part.ACCOUNTS: readers.accounts.walk,
            Part.CAMPAIGNS: readers.campaigns.walk,
            Part.LEADS: readers.leads.walk,
            Part.REPLIES: self._walk_replies,
            Part.SENDS: self._walk_sends,
            Part.METRICS: readers.reports.read,
        }

    async def run(
        self, workspace: WorkspaceKey, parts: Sequence[Part] = (), progress: Progress | None = None
    ) -> Done:
        """Read the parts (none named: all) and walk the log. A part that fails does not stop the others."""
        meter, go_to = self._meter(progress)
        go_to(workspace)
        try:
            failed = await self._steps(workspace, parts, meter)
        except StopAsked:
            return Done(Outcome.CANCELLED, meter.tally)
        outcome = Outcome.PARTIAL if failed else Outcome.SUCCESS
        if len(failed) > len(self._wanted(parts)):
            outcome = Outcome.FAILED
        return Done(outcome, meter.tally, "; ".join(failed) or None)

    async def all(
        self,
        parts: Sequence[Part] = (),
        progress: Progress | None = None,
        share: Share = WHOLE,
    ) -> Done:
        """As `run`, over every active workspace of a share, a few at a time."""
        (meter, go_to), failed = self._meter(progress), dict[WorkspaceKey, str]()
        workspaces = await roster.active(self._database, self._providers, share)

        async def work(workspace: WorkspaceKey) -> None:
            go_to(workspace)
            problems = await self._steps(workspace, parts, meter)
            if problems:
                failed[workspace] = "; ".join(problems)

        try:
            failed |= await crew.each(workspaces, work, self._concurrency)
        except StopAsked:
            return Done(Outcome.CANCELLED, meter.tally)
        return crew.ended(len(workspaces), failed, meter.tally)

    def _meter(self, progress: Progress | None) -> tuple[Meter, Callable[[WorkspaceKey], None]]:
        """Beside it: whom it hears that it comes to."""
        if self._restraint is None:
            return Meter(progress), lambda _workspace: None
        slowly = Slowly(self._restraint, progress)

        def go_to(workspace: WorkspaceKey) -> None:
            slowly.instance = workspace.instance

        return Meter(slowly), go_to

    def _wanted(self, parts: Sequence[Part]) -> list[Part]:
        return [part for part in self._walks if not parts or part in parts]

    async def _steps(self, workspace: WorkspaceKey, parts: Sequence[Part], meter: Meter) -> list[str]:
        """What went wrong, by step. Raises StopAsked."""
        await self._expect(workspace, parts, meter)
        failed = []
        for name, walk in [
            *((part.value, self._walks[part]) for part in self._wanted(parts)),
            ("event log", self._walk_log),
        ]:
            try:
                await walk(workspace, meter)
            except BisonwatchError as problem:
                failed.append(f"{name}: {problem}")
        return failed

    async def _walk_log(self, workspace: WorkspaceKey, meter: Meter) -> None:
        await self._poller.walk(workspace, meter)

    async def _walk_replies(self, workspace: WorkspaceKey, meter: Meter) -> None:
        await self._readers.replies.walk(workspace, meter, depth=Depth(least=self._depth))

    async def _walk_sends(self, workspace: WorkspaceKey, meter: Meter) -> None:
        await self._readers.sends.walk(workspace, meter, least=self._depth)

    async def _expect(self, workspace: WorkspaceKey, parts: Sequence[Part], meter: Meter) -> None:
        """The mirror's own counts, until the walks tell the provider's."""
        async with self._database.read() as tx:
            now = self._database.clock.now()
            told = await forecast(tx, workspace, self._wanted(parts), self._depth, now)
        for part, rows in told.rows.items():
            meter.expect(f"{part.value} of {workspace}", rows)

    async def preview(self, workspaces: Sequence[WorkspaceKey], parts: Sequence[Part] = ()) -> Preview:
        """What it would cost, from the mirror's own counts; the provider is not asked."""
        rows = requests = 0
        seconds: float | None = 0.0
        wanted, now = self._wanted(parts), self._database.clock.now()
        async with self._database.read() as tx:
            for workspace in workspaces:
                told = await forecast(tx, workspace, wanted, self._depth, now)
                rows += sum(told.rows.values())
                mine = told.requests + 1  # the event log's
                requests += mine
                pace = self._per_second(workspace)
                seconds = None if seconds is None or pace is None else seconds + mine / pace
            last = await runs.last_of(tx, Job.RESYNC, workspaces[0]) if len(workspaces) == 1 else None
            queued = len(await runs.open_runs(tx))
        return Preview(len(workspaces), rows, requests, seconds, last.finished_at if last else None, queued)

    def _per_second(self, workspace: WorkspaceKey) -> float | None:
        try:
            return self._providers.key(workspace).pace.per_second
        except ConfigError:
            return None
