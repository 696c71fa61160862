"""A window of history, read once: first the daily numbers, then replies and sent mail, newest first.

Whatever was read to the end of a page or a day is kept, so that the next run goes on there. Facts are keyed: what is read twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from bisonwatch.bus import Bus, Topic
from bisonwatch.domain.backfill import DAY, ONLY_REPORTED, Haste, Order, Stretch, months
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Outcome, Part
from bisonwatch.errors import BisonwatchError
from bisonwatch.store import backfills, pruned, witness
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tx import Tx
from bisonwatch.sync import crew, past_replies, past_sends, roster
from bisonwatch.sync.meter import Done, Meter, Progress, StopAsked
from bisonwatch.sync.providers import Providers
from bisonwatch.sync.reports import Reports, last_of
from bisonwatch.sync.sends import MARGIN
from bisonwatch.sync.stint import Restraint, Stint

HISTORY = (Part.METRICS, Part.REPLIES, Part.SENDS)
"""What has a past at the provider, in the order in which it is read."""
BEFORE = timedelta(days=7)
"""So long before the first number the lists are looked at: the numbers may be by other days than ours."""
_REVISED = timedelta(days=10)
_PROVES = {
    Part.METRICS: ONLY_REPORTED,
    Part.REPLIES: (Metric.REPLIED, Metric.BOUNCED, Metric.INTERESTED),
    Part.SENDS: (Metric.SENT,),
}
_INBOX = (Metric.REPLIED, Metric.BOUNCED)


@dataclass(slots=True)
class _Past:
    """The provider's numbers, by metric and day."""

    days: dict[Metric, dict[date, int]] = field(default_factory=dict)

    @property
    def first(self) -> date | None:
        """The first day of which there is any number."""
        return min((day for of in self.days.values() for day, n in of.items() if n), default=None)

    def of(self, metrics: Collection[Metric], stretches: Sequence[Stretch]) -> int:
        return sum(
            n
            for metric in metrics
            for day, n in self.days.get(metric, {}).items()
            if any(one.first <= day <= one.last for one in stretches)
        )


class Backfill:
    """`run` does one workspace, as far as it was not done before. `providers` stand behind all other work."""

    def __init__(
        self, database: Database, providers: Providers, reports: Reports, bus: Bus, restraint: Restraint
    ) -> None:
        self._database = database
        self._providers = providers
        self._reports = reports
        self._bus = bus
        self._restraint = restraint
        self._readers: Mapping[Part, Callable[[Stint, date, date], Awaitable[None]]] = {
            Part.REPLIES: past_replies.read,
            Part.SENDS: past_sends.read,
        }

    async def run(
        self, workspace: WorkspaceKey, order: Order, parts: Sequence[Part], progress: Progress | None = None
    ) -> Done:
        """A part that fails does not stop the others; the next run goes on where it stopped."""
        meter = Meter(progress)
        try:
            failed = await self._steps(workspace, order, _wanted(parts), meter)
        except StopAsked:
            return Done(Outcome.CANCELLED, meter.tally)
        if not failed:
            return Done(Outcome.SUCCESS, meter.tally)
        outcome = Outcome.FAILED if len(failed) >= len(_wanted(parts)) else Outcome.PARTIAL
        return Done(outcome, meter.tally, "; ".join(failed.values()))

    async def all(self, order: Order, parts: Sequence[Part], progress: Progress | None = None) -> Done:
        """As `run`, over every active workspace, one after another."""
        meter, failed = Meter(progress), dict[WorkspaceKey, str]()
        workspaces = await roster.active(self._database, self._providers)

        async def work(workspace: WorkspaceKey) -> None:
            problems = await self._steps(workspace, order, _wanted(parts), meter)
            if problems:
                failed[workspace] = "; ".join(problems.values())

        try:
            failed |= await crew.each(workspaces, work, 1)
        except StopAsked:
            return Done(Outcome.CANCELLED, meter.tally)
        return crew.ended(len(workspaces), failed, meter.tally)

    async def _steps(
        self, workspace: WorkspaceKey, order: Order, wanted: Sequence[Part], meter: Meter
    ) -> dict[Part, str]:
        """What went wrong, by part. The daily numbers come first whatever is wanted: they tell how much there is. Raises StopAsked."""
        spent = partial(self._spent, workspace, order)
        stint = Stint(self._database, self._providers, workspace, meter, spent)
        failed: dict[Part, str] = {}
        past = _Past()
        try:
            await _step(Part.METRICS, self._numbers(stint, order, past), failed)
            first = order.first if past.first is None else max(order.first, past.first - BEFORE)
            await self._expect(stint, past, wanted, first, order.last)
            for part in wanted:
                if part in self._readers:
                    await _step(part, self._readers[part](stint, first, order.last), failed)
        finally:
            self._bus.publish(Topic.CHANGED, workspace)
        done = [part for part in wanted if part not in failed]
        reached = partial(self._reached, workspace=workspace, order=order, parts=done)
        await self._database.again(Lane.JOBS, reached)
        return failed

    async def _spent(self, workspace: WorkspaceKey, order: Order, requests: int) -> None:
        if order.haste is Haste.OFF_PEAK:
            await self._restraint.spent(workspace.instance, requests)

    async def _numbers(self, stint: Stint, order: Order, past: _Past) -> None:
        """Some days more at both ends: the days beside the window are read in part only, and must not be shown for whole."""
        today = stint.began.date()
        last = today if order.last + MARGIN >= today - _REVISED else order.last + MARGIN
        for begin, end in months(order.first - MARGIN, last):
            client = await stint.client()
            series = await stint.paced(self._reports.days(stint.workspace, client, begin, end, stint.meter))
            for metric, days in series.days.items():
                past.days.setdefault(metric, {}).update(days)
            month = begin.replace(day=1)
            until = min(today, last_of(month))
            await stint.paced(self._reports.sum_up(stint.workspace, client, month, until))
            await stint.meter.report()

    async def _expect(
        self, stint: Stint, past: _Past, wanted: Collection[Part], first: date, last: date
    ) -> None:
        """As many rows as the provider's numbers tell of the days that are left."""
        if Part.REPLIES in wanted:
            rest = await past_replies.left(stint, first, last)
            stint.meter.expect(f"replies of {stint.workspace}", past.of(_INBOX, rest))
        if Part.SENDS in wanted:
            rest = await past_sends.left(stint, first, last)
            stint.meter.expect(f"sends of {stint.workspace}", past.of((Metric.SENT,), rest))

    async def _reached(self, tx: Tx, workspace: WorkspaceKey, order: Order, parts: Sequence[Part]) -> None:
        """The witness reaches back where no day is missing between the window and what is counted anyway."""
        counted = await witness.first_days(tx, workspace)
        horizon = (await pruned.horizons(tx, [workspace])).get(workspace)
        first = order.first if horizon is None else max(order.first, horizon.date() + DAY)
        proven = {
            metric
            for part in parts
            for metric in _PROVES[part]
            if metric in counted and order.last >= counted[metric] - DAY and first < counted[metric]
        }
        await backfills.reaches(tx, workspace, proven, first, self._database.clock.now())
        await witness.reaches_back(tx, workspace, first, proven & {*_INBOX, Metric.SENT})


def _wanted(parts: Sequence[Part]) -> list[Part]:
    return [part for part in HISTORY if not parts or part in parts]


async def _step(part: Part, work: Awaitable[None], failed: dict[Part, str]) -> None:
    try:
        await work
    except BisonwatchError as problem:
        failed[part] = f"{part}: {problem}"
