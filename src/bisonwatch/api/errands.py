"""What operators ask to be done. Each goes through the Feed, as the terminal's keys do; 202 names the runs that come of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import AfterValidator, WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from bisonwatch.api.answers import done
from bisonwatch.api.letters import LetterId
from bisonwatch.api.read import Instance, LeadWord, Number, Reads, lead_json, row_of
from bisonwatch.api.runs import RunId
from bisonwatch.api.shapes.objects import LeadChange
from bisonwatch.api.shapes.work import Backfill, Check, Resync, ResyncOne
from bisonwatch.clock import Clock
from bisonwatch.domain.backfill import Order
from bisonwatch.domain.feed import Feed
from bisonwatch.domain.ids import WorkspaceKey, parse_key
from bisonwatch.domain.letter import Changed, WhyNot
from bisonwatch.domain.run import Job, Part
from bisonwatch.errors import NotThere, UnderWay

ALONE = (Job.RESYNC, Job.BACKFILL)
"""Jobs with routes of their own: they are about workspaces."""
_SCHEDULED = [job.value for job in Job if job not in ALONE]


def _scheduled(job: Job) -> Job:
    if job in ALONE:
        raise ValueError("not by itself")
    return job


JobName = Annotated[
    Job,
    AfterValidator(_scheduled),
    WithJsonSchema({"type": "string", "enum": _SCHEDULED}),
    Path(description=f"one of {', '.join(_SCHEDULED)}"),
]


class Errands:
    """The handlers of writes; `feed` is the engine's, for whoever asks by that name."""

    def __init__(self, feed: Callable[[str], Feed], reads: Reads, clock: Clock) -> None:
        self._feed_of = feed
        self._reads = reads
        self._clock = clock

    async def set_stage(
        self, request: Request, instance: Instance, id: Number, lead: LeadWord, change: LeadChange
    ) -> Response:
        """Give a lead a pipeline stage. It is a person's word: no event, sync or backfill changes it; null hands the lead back."""
        feed = self._feed(request)
        key = row_of(feed.snapshot(), WorkspaceKey(instance, id)).key
        await feed.set_stage(key, lead, change.pipeline_stage)
        return done(lead_json(await self._reads.found(key, lead)))

    async def resync_workspace(
        self, request: Request, instance: Instance, id: Number, wish: ResyncOne | None = None
    ) -> Response:
        """Read one workspace anew from the provider."""
        feed = self._feed(request)
        key = row_of(feed.snapshot(), WorkspaceKey(instance, id)).key
        return _asked(await feed.resync((key,), _parts(wish.only if wish else None)))

    async def resync(self, request: Request, wish: Resync | None = None) -> Response:
        """Read workspaces anew from the provider: those named, or every one."""
        feed, wish = self._feed(request), wish or Resync()
        return _asked(await feed.resync(keys_of(feed, wish.workspaces), _parts(wish.only)))

    async def check(self, request: Request, wish: Check | None = None) -> Response:
        """Compare workspaces with the provider now: those named, or every one."""
        feed = self._feed(request)
        return _asked(await feed.compare(keys_of(feed, wish.workspaces if wish else None)))

    async def backfill(self, request: Request, wish: Backfill) -> Response:
        """Read a window of history once. Asked for again, it goes on where it stopped."""
        feed = self._feed(request)
        order = Order(wish.from_, wish.to or self._clock.now().date(), wish.pace)
        keys = keys_of(feed, wish.workspaces) if wish.workspaces else ()
        return _asked(
            await feed.backfill(keys, order, _parts([Part(one) for one in wish.only or ()]), wish.anew)
        )

    async def run_job(self, request: Request, name: JobName) -> Response:
        """Do a scheduled job now, for all workspaces."""
        return _asked([await self._feed(request).run_job(name)])

    async def cancel(self, request: Request, id: RunId) -> Response:
        """Take a run out of the queue, or ask it to stop at its next step."""
        feed = self._feed(request)
        if not await feed.cancel(id):
            if await feed.run(id) is None:
                raise NotThere(f"there is no run {id}, or no more")
            raise UnderWay(f"run {id} is over already")
        return _asked([id])

    async def replay(self, request: Request, id: LetterId) -> Response:
        """Process a dead letter again, after a fix."""
        return _changed(id, await self._feed(request).replay((id,)))

    async def discard(self, request: Request, id: LetterId) -> Response:
        """Put a dead letter away."""
        return _changed(id, await self._feed(request).discard((id,)))

    def _feed(self, request: Request) -> Feed:
        return self._feed_of(request.state.caller.name)


def _asked(runs: Sequence[UUID]) -> Response:
    return done({"runs": [str(run) for run in runs]}, 202)


def _changed(letter: UUID, told: Changed) -> Response:
    """What is already as it was wanted is no error. Raises NotThere, UnderWay."""
    for _, why in told.refused:
        if why is WhyNot.MISSING:
            raise NotThere(f"there is no delivery {letter}")
        if not why.harmless:
            raise UnderWay(f"delivery {letter} {why.value}")
    return done({"id": str(letter)})


def _parts(wanted: Sequence[Part] | None) -> tuple[Part, ...]:
    return tuple(dict.fromkeys(wanted or ()))


def keys_of(feed: Feed, words: Sequence[str] | None) -> tuple[WorkspaceKey, ...]:
    """Those named, each once; every one where none is. Raises UnknownWorkspace."""
    picture = feed.snapshot()
    if words is None:
        return tuple(row.key for row in picture.workspaces)
    return tuple(dict.fromkeys(row_of(picture, parse_key(word)).key for word in words))
