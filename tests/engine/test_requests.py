"""What people ask of the engine: runs again, and taken back."""

from __future__ import annotations

from typing import cast
from uuid import uuid4

import pytest

from bisonwatch.bus import Bus
from bisonwatch.clock import SystemClock
from bisonwatch.domain.ids import uuid7
from bisonwatch.domain.run import Job, Outcome, Part, Run, RunState, Tally
from bisonwatch.engine.requests import Requests
from bisonwatch.errors import CallError
from bisonwatch.store import runs
from bisonwatch.store.database import Database
from bisonwatch.sync.resync import Resync
from tests.support.news import NORTHWIND, at


def requests_of(database: Database) -> Requests:
    return Requests(database, Bus(), SystemClock(), cast(Resync, None))  # no preview is asked for here


async def done(database: Database, job: Job = Job.RESYNC) -> Run:
    run = Run(uuid7(at(0)), job, NORTHWIND, (Part.LEADS,), "ops", RunState.QUEUED, at(0))
    async with database.write() as tx:
        await runs.queue(tx, [run])
        [taken] = await runs.take(tx, uuid4(), at(1), [run.id])
        await runs.finish(tx, taken, Outcome.FAILED, Tally(), "away", at(2))
    return run


async def open_of(database: Database) -> list[Run]:
    async with database.read() as tx:
        return await runs.open_runs(tx)


async def test_a_finished_run_is_done_again(database: Database) -> None:
    """The same job for the same workspace and of the same parts, in the name of who asks now; once, not twice."""
    requests, before = requests_of(database), await done(database)
    number = await requests.again(before.id, "terminal")
    [queued] = await open_of(database)
    assert (queued.id, queued.job, queued.workspace, queued.parts) == (
        number,
        Job.RESYNC,
        NORTHWIND,
        (Part.LEADS,),
    )
    assert (queued.asked_by, queued.tally) == ("terminal", Tally())
    with pytest.raises(CallError, match="resync is queued already"):
        await requests.again(before.id, "terminal")
    with pytest.raises(CallError, match="that run is not kept any more"):
        await requests.again(uuid4(), "terminal")
    assert len(await open_of(database)) == 1


async def test_all_that_is_queued_is_taken_back(database: Database) -> None:
    """What has begun goes on, and what is over stays as it ended."""
    requests, over = requests_of(database), await done(database)
    waiting = await requests.ask(Job.POLL, (NORTHWIND, NORTHWIND, NORTHWIND), (), "terminal")
    async with database.write() as tx:
        await runs.take(tx, uuid4(), at(3), waiting[:1])
    assert await requests.cancel_queued() == 2
    assert [run.id for run in await open_of(database)] == [waiting[0]]
    async with database.read() as tx:
        ended = [await runs.get(tx, number) for number in (over.id, *waiting[1:])]
    assert [run.outcome for run in ended if run] == [Outcome.FAILED, Outcome.CANCELLED, Outcome.CANCELLED]
    assert await requests.cancel_queued() == 0
