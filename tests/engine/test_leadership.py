"""One leader, no gap, no run twice: two nodes on one database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Outcome
from bisonwatch.domain.share import Share
from bisonwatch.engine.leadership import SETTLE_S, TTL_S
from bisonwatch.engine.schedule import Every, Plan
from bisonwatch.engine.scheduler import Scheduler, new_run
from bisonwatch.engine.turns import PATIENCE
from bisonwatch.errors import LeaseLost
from bisonwatch.store import leases, runs
from bisonwatch.store.database import Database
from bisonwatch.store.leases import Lease
from bisonwatch.store.place import Place
from tests.engine.conftest import Node
from tests.support.clock import ManualClock

Nodes = tuple[Node, Node]


async def nothing_due(_shares: int) -> frozenset[int]:
    return frozenset()


def scheduler(node: Node) -> Scheduler:
    plan = Plan({Job.DISCOVER: Every(timedelta(minutes=30))})
    return Scheduler(node.database, node.bus, node.clock, node.leadership, node.members, plan, nothing_due)


async def test_only_one_of_two_leads(nodes: Nodes) -> None:
    """The other one asks in vain for as long as the first renews."""
    first, second = nodes
    for _ in range(6):
        await first.leadership.once()
        await second.leadership.once()
        assert (first.leadership.leads(), second.leadership.leads()) == (True, False)
        await first.clock.advance(TTL_S / 3)


async def test_given_back_it_is_taken_at_once(nodes: Nodes) -> None:
    """A clean stop leaves no gap."""
    first, second = nodes
    await first.leadership.once()
    await first.leadership.give_back()
    assert not first.leadership.leads()
    await second.leadership.once()
    assert second.leadership.leads()


async def test_a_silent_leader_is_succeeded_when_its_lease_is_over(sqlite_place: Place) -> None:
    """It stopped believing before that: at no moment do both lead, and the gap is shorter than half a minute."""
    clock = ManualClock(auto=True)
    database = Database(sqlite_place, clock)
    first, second = Node(database, clock), Node(database, clock)
    await first.leadership.once()
    taken_over_after = None
    for second_passed in range(40):
        await second.leadership.once()
        assert not (first.leadership.leads() and second.leadership.leads())
        if taken_over_after is None and second.leadership.leads():
            taken_over_after = second_passed
        await clock.advance(1)
    assert taken_over_after is not None
    assert TTL_S <= taken_over_after < 30
    await database.close()


async def test_a_leader_that_lost_the_lease_enqueues_nothing(nodes: Nodes) -> None:
    """It still believes; the fence inside its own write refuses."""
    first, second = nodes
    await first.leadership.once()
    lease = first.leadership.lease
    assert lease is not None
    async with second.database.write() as tx:
        await leases.release(tx, lease, second.clock.now())
    await second.leadership.once()
    assert first.leadership.leads()
    with pytest.raises(LeaseLost):
        await scheduler(first).once()
    async with first.database.read() as tx:
        assert await runs.open_runs(tx) == []


async def test_who_does_not_lead_enqueues_nothing(nodes: Nodes) -> None:
    """The leader's look enqueues what is due, once."""
    first, second = nodes
    await first.leadership.once()
    assert await scheduler(second).once() == ()
    assert await scheduler(first).once() == (Job.DISCOVER,)
    assert await scheduler(first).once() == ()
    async with second.database.read() as tx:
        [run] = await runs.open_runs(tx)
    assert (run.job, run.asked_by) == (Job.DISCOVER, "schedule")


async def test_a_run_is_taken_by_one_node_only(nodes: Nodes) -> None:
    """Two nodes that look at the same moment share the queue between them."""
    first, second = nodes
    queued = await first.queue(9)
    while sum(await asyncio.gather(first.runner.take(), second.runner.take())):
        await first.runner.idle()
        await second.runner.idle()
    did = sorted(run.id for run in (*first.did, *second.did))
    assert did == sorted(run.id for run in queued)


async def test_runs_of_a_node_that_is_gone_are_queued_again(nodes: Nodes) -> None:
    """The leader's next look rescues what nobody alive works on."""
    first, second = nodes
    await second.queue(1)
    await second.runner.take()
    await second.runner.idle()
    await first.leadership.once()
    leader = scheduler(first)
    await leader.once()
    await first.clock.advance(SETTLE_S)
    await leader.once()
    assert await first.runner.take() == 2
    await first.runner.idle()
    assert {run.job for run in first.did} == {Job.RESYNC, Job.DISCOVER}


async def test_two_nodes_take_a_queue_between_them(nodes: Nodes) -> None:
    """Each what is in its share, though the first has hands for all; what is left lying is anybody's after two seconds."""
    first, second = nodes
    both = [first.identity.id, second.identity.id]
    for node in nodes:
        node.members.heard(both)
    keys = [WorkspaceKey("main", number) for number in (10, 11, 12, 13)]
    new = [new_run(Job.RESYNC, key, (), "a person", first.clock.now()) for key in keys]
    async with first.database.write() as tx:
        await runs.queue(tx, new)
    assert await first.runner.take() == 2
    await first.clock.advance(PATIENCE.total_seconds())
    assert await first.runner.take() == 2
    assert await second.runner.take() == 0
    await first.runner.idle()
    numbers = [run.workspace.id % 2 for run in first.did if run.workspace]
    assert numbers == [first.members.share.number] * 2 + [second.members.share.number] * 2


async def test_the_leader_shares_a_job_out(nodes: Nodes) -> None:
    """One run for each living node; the job is due again when all of them are over."""
    first, second = nodes
    first.members.heard([first.identity.id, second.identity.id])
    await first.leadership.once()
    plan = Plan({Job.ACCOUNTS: Every(timedelta(seconds=1))}, first=Job.ACCOUNTS)
    leader = Scheduler(
        first.database, first.bus, first.clock, first.leadership, first.members, plan, nothing_due
    )
    assert await leader.once() == (Job.ACCOUNTS,)
    async with first.database.read() as tx:
        one, two = await runs.open_runs(tx)
    assert {one.share, two.share} == {Share(0, 2), Share(1, 2)}
    for run, due_again in ((one, ()), (two, (Job.ACCOUNTS,))):
        async with first.database.write() as tx:
            (taken,) = await runs.take(tx, second.identity.id, first.clock.now(), [run.id])
            await runs.finish(tx, taken, Outcome.SUCCESS, taken.tally, None, first.clock.now())
        await first.clock.advance(2)
        await first.leadership.once()
        assert await leader.once() == due_again


async def test_what_a_crashed_runner_held_is_queued_again(nodes: Nodes) -> None:
    """Its node lives, so nobody would rescue it."""
    first, second = nodes
    await first.queue(1)
    await first.runner.take()
    looked = asyncio.Event()
    first.runner.take = lambda: never(looked)  # type: ignore[method-assign]
    task = asyncio.create_task(first.runner.run())
    await looked.wait()
    task.cancel()
    await first.clock.advance(PATIENCE.total_seconds())
    assert await second.runner.take() == 1


async def never(looked: asyncio.Event) -> int:
    looked.set()
    await asyncio.Event().wait()
    return 0


async def test_a_database_that_was_away_makes_nobody_look_gone(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody's heartbeat is old when it comes back: the leader waits until they could be written."""
    first, _ = nodes
    await first.leadership.once()
    await first.clock.advance(SETTLE_S)
    assert first.leadership.settled()
    with monkeypatch.context() as patch:
        patch.setattr(leases, "acquire", refuse)
        await first.leadership.once()
    await first.leadership.once()
    assert (first.leadership.leads(), first.leadership.settled()) == (True, False)
    await first.clock.advance(SETTLE_S)
    assert first.leadership.settled()


async def test_a_fault_in_one_run_frees_its_hand(nodes: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    """The runner goes on; the log names the run."""
    first, _ = nodes
    now = asyncio.Event()

    async def fail(_run: object) -> None:
        await now.wait()
        raise RuntimeError("boom")

    first.runner._execute = fail
    await first.queue(8)
    assert [await first.runner.take(), await first.runner.take()] == [3, 0]  # resyncs leave hands to others
    now.set()
    await first.runner.idle()
    assert await first.runner.take() == 3
    await first.runner.idle()
    assert "run resync" in caplog.text


async def test_leadership_survives_a_database_that_is_away(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Failing to renew is logged, and believed no longer than it was granted for."""
    first, _ = nodes
    await first.leadership.once()
    monkeypatch.setattr(leases, "acquire", refuse)
    await first.leadership.once()
    assert first.leadership.leads()
    await first.clock.advance(TTL_S)
    assert not first.leadership.leads()
    assert "could not be renewed" in caplog.text


async def refuse(*_: object) -> Lease:
    raise LeaseLost("away")


async def test_a_start_discovers_though_the_rhythm_would_wait(nodes: Nodes) -> None:
    """Once: the configuration may name workspaces that the last start did not know."""
    first, _ = nodes
    await first.leadership.once()
    for _ in range(2):
        started = scheduler(first)
        assert await started.once() == (Job.DISCOVER,)
        async with first.database.write() as tx:
            queued = [run.id for run in await runs.open_runs(tx)]
            [run] = await runs.take(tx, first.identity.id, first.clock.now(), queued)
            await runs.finish(tx, run, Outcome.SUCCESS, run.tally, None, first.clock.now())
        assert await started.once() == ()
