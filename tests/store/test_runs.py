from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from bisonwatch.clock import SystemClock
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.run import Job, Outcome, Part, Run, RunState, Tally
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.errors import LeaseLost
from bisonwatch.store import nodes, runs
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import Node
from tests.support.news import NOON, NORTHWIND, at

NODE = uuid4()


def run(minute: float = 0, job: Job = Job.RESYNC, workspace: WorkspaceKey | None = NORTHWIND) -> Run:
    return Run(
        uuid7(at(minute)), job, workspace, (Part.LEADS, Part.ACCOUNTS), "ops", RunState.QUEUED, at(minute)
    )


def node(number: UUID, seen_at: datetime = NOON, stopped_at: datetime | None = None) -> Node:
    return Node(number, "host-a", "1.0", 42, at(-60), seen_at, stopped_at, False, None, {"acked": 7})


async def queue(database: Database, *new: Run) -> None:
    async with database.write() as tx:
        await runs.queue(tx, new)


async def take(database: Database, number: UUID = NODE, limit: int = 10) -> list[Run]:
    async with database.write() as tx:
        queued = [run.id for run in await runs.open_runs(tx) if run.state is RunState.QUEUED]
        return await runs.take(tx, number, at(9), queued[:limit])


async def stored(database: Database, asked: Run) -> Run:
    async with database.read() as tx:
        found = await runs.get(tx, asked.id)
    assert found is not None
    return found


async def test_a_run_from_the_queue_to_its_end(database: Database) -> None:
    """Queued, taken, on its way, over: every turn is in the row, whole."""
    asked = run()
    await queue(database, asked)
    assert await stored(database, asked) == asked
    (taken,) = await take(database)
    assert (taken.state, taken.started_at, taken.parts) == (RunState.RUNNING, at(9), asked.parts)
    tally = Tally(10, 20, 30, 4, 5, 6, 7, 8, 9, 3)
    async with database.write() as tx:
        assert not await runs.progress(tx, taken, tally)
    assert (await stored(database, asked)).tally == tally
    async with database.write() as tx:
        await runs.finish(tx, taken, Outcome.PARTIAL, tally, "half of it", at(10))
        assert await runs.open_runs(tx) == []
    over = await stored(database, asked)
    assert (over.state, over.outcome, over.error, over.finished_at) == (
        RunState.DONE,
        Outcome.PARTIAL,
        "half of it",
        at(10),
    )
    assert over.over


async def test_the_oldest_is_taken_first_and_once(database: Database) -> None:
    """In the order of asking, at most as many as wanted, none twice."""
    asked = [run(minute) for minute in (3, 1, 2)]
    await queue(database, *asked)
    assert [taken.queued_at for taken in await take(database, limit=2)] == [at(1), at(2)]
    assert [taken.queued_at for taken in await take(database)] == [at(3)]
    assert await take(database) == []
    await queue(database)


async def test_two_nodes_never_take_the_same(on_postgres: Database) -> None:
    """Twenty runs, two nodes that grasp at once: each run goes to one of them."""
    other = Database(on_postgres.place, SystemClock())
    asked = [run(minute) for minute in range(20)]
    await queue(on_postgres, *asked)
    grasps = [take(database, uuid4(), 3) for _ in range(5) for database in (on_postgres, other)]
    taken = [each.id for some in await asyncio.gather(*grasps) for each in some]
    await other.close()
    assert len(taken) == len(set(taken))
    assert {*taken, *(each.id for each in await take(on_postgres, limit=20))} == {each.id for each in asked}


async def test_cancelling(database: Database) -> None:
    """A queued run is over at once, a running one is told at its next step, a finished one cannot be stopped."""
    queued, running = run(5), run(0)
    await queue(database, running)
    (running,) = await take(database)
    await queue(database, queued)
    async with database.write() as tx:
        assert await runs.ask_cancel(tx, queued.id, at(9))
        assert await runs.ask_cancel(tx, running.id, at(9))
        assert await runs.progress(tx, running, Tally(1))
        assert not await runs.ask_cancel(tx, queued.id, at(10))
        assert not await runs.ask_cancel(tx, uuid4(), at(10))
    over = await stored(database, queued)
    assert (over.state, over.outcome, over.finished_at) == (RunState.DONE, Outcome.CANCELLED, at(9))
    assert await take(database) == []


async def test_runs_of_lost_nodes_are_queued_again(database: Database) -> None:
    """Of a node that was not seen, or stopped, or never was; those of living nodes go on."""
    living, silent, ended = uuid4(), uuid4(), uuid4()
    async with database.write() as tx:
        await nodes.beat(tx, node(living, at(9)))
        await nodes.beat(tx, node(silent, at(5)))
        await nodes.beat(tx, node(ended, at(9), stopped_at=at(9)))
    asked = [run(minute) for minute in range(4)]
    await queue(database, *asked)
    for number in (living, silent, ended, uuid4()):
        await take(database, number, 1)
    async with database.write() as tx:
        assert await runs.rescue(tx, at(8), uuid4()) == 3
        states = [each.state.value for each in await runs.open_runs(tx)]
    assert states == ["running", "queued", "queued", "queued"]
    assert (await stored(database, asked[1])).started_at is None


@pytest.mark.parametrize("again", [NODE, uuid4()])
async def test_a_run_that_was_taken_from_us_is_fenced(database: Database, again: UUID) -> None:
    """Another node took it meanwhile, or we ourselves once more: what the old work writes is refused, the new work's stands."""
    await queue(database, run())
    (old,) = await take(database)
    async with database.write() as tx:
        assert await runs.rescue(tx, at(8), uuid4()) == 1
    (new,) = await take(database, again)
    for write in (
        lambda tx: runs.progress(tx, old, Tally(9)),
        lambda tx: runs.finish(tx, old, Outcome.FAILED, Tally(9), "late", at(11)),
    ):
        with pytest.raises(LeaseLost):
            async with database.write() as tx:
                await write(tx)
    async with database.write() as tx:
        await runs.finish(tx, new, Outcome.SUCCESS, Tally(5), None, at(10))
        await runs.finish(tx, new, Outcome.SUCCESS, Tally(5), None, at(10))
    found = await stored(database, new)
    assert (found.outcome, found.tally, found.fence) == (Outcome.SUCCESS, Tally(5), 2)


async def test_who_rescues_is_not_gone(database: Database) -> None:
    """However old its own heartbeat is."""
    await queue(database, run())
    await take(database, NODE)
    async with database.write() as tx:
        assert await runs.rescue(tx, at(8), NODE) == 0


async def test_the_last_of_a_job_that_was_shared_out(database: Database) -> None:
    """All its shares together, and none of the round before."""
    for minute, outcomes in ((0, [Outcome.FAILED]), (5, [Outcome.SUCCESS, Outcome.FAILED])):
        shares = [
            replace(run(minute, Job.POLL, None), share=Share(n, len(outcomes))) for n in range(len(outcomes))
        ]
        await queue(database, *shares)
        async with database.write() as tx:
            for each, outcome in zip(await runs.open_runs(tx), outcomes, strict=True):
                await runs.finish(tx, each, outcome, Tally(), None, at(9))
    async with database.read() as tx:
        last = await runs.last_of(tx, Job.POLL)
    assert last is not None
    assert (last.queued_at, last.outcome, last.share) == (at(5), Outcome.PARTIAL, WHOLE)


async def test_a_node_that_stops_gives_back(database: Database) -> None:
    """What it had taken is queued again at once; what others hold is not touched."""
    await queue(database, run(0), run(1))
    await take(database, NODE, 1)
    await take(database, uuid4(), 1)
    async with database.write() as tx:
        assert await runs.give_back(tx, NODE) == 1
        assert [each.state.value for each in await runs.open_runs(tx)] == ["queued", "running"]


async def test_finished_ones_newest_first(database: Database) -> None:
    """The list of what was done, and the last of each job, of a workspace or of all together."""
    other = WorkspaceKey("main", 31)
    asked = [run(0), run(1, Job.POLL), run(2, workspace=other), run(3, Job.DISCOVER, None)]
    await queue(database, *asked, run(4))
    async with database.write() as tx:
        for each in asked:
            await runs.finish(tx, each, Outcome.SUCCESS, Tally(), None, at(9))
        assert [each.id for each in await runs.recent(tx, 3)] == [each.id for each in asked[:0:-1]]
        last = [await runs.last_of(tx, Job.DISCOVER), await runs.last_of(tx, Job.RESYNC, NORTHWIND)]
        assert [each and each.id for each in last] == [asked[3].id, asked[0].id]
        assert await runs.last_of(tx, Job.POLL) is None


async def test_nodes(database: Database) -> None:
    """A heartbeat renews its row; a clean stop ends it at once; the old are forgotten."""
    first, second = node(uuid4(), at(0)), node(uuid4(), at(5))
    async with database.write() as tx:
        await nodes.beat(tx, first)
        await nodes.beat(tx, second)
        again = Node(first.id, "host-a", "1.0", 42, at(-60), at(6), None, True, "http://x", {"acked": 8})
        await nodes.beat(tx, again)
        assert await nodes.recent(tx) == [again, second]
        assert again.alive(at(6.1))
        assert not again.alive(at(7))
        await nodes.stopped(tx, first.id, at(6.05))
        (ended, _) = await nodes.recent(tx)
        assert not ended.alive(at(6.06))
        await nodes.forget(tx, at(5.5))
        assert [each.id for each in await nodes.recent(tx)] == [first.id]
