"""What is old goes, and only that."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import Table, update

from bisonwatch.domain.health import Finding, Health
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Job, Outcome, Run, RunState, Tally
from bisonwatch.store import counts, facts, inbox, letters, retention, runs, transitions, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.retention import Keep
from bisonwatch.store.tables import bodies
from bisonwatch.store.tables import facts as facts_table
from bisonwatch.store.tables import inbox as inbox_table
from bisonwatch.store.tables import runs as runs_table
from bisonwatch.store.tables import transitions as transitions_table
from bisonwatch.store.tx import AnyRow
from tests.support.house import delivery, everything
from tests.support.news import NOON, NORTHWIND, fact

DAY = timedelta(days=1)
KEEP = Keep(30 * DAY, 400 * DAY, 30 * DAY)


async def prune(database: Database, now: datetime = NOON, most: int = 2) -> int:
    """Everything there is to do, two rows a transaction."""
    async with database.read() as tx:
        chores = await retention.chores(tx, KEEP, now)
    total = 0
    for chore in chores:
        while True:
            async with database.write() as tx:
                removed = await chore(tx, most)
            total += removed
            if not removed:
                break
    return total


async def of(database: Database, table: Table) -> list[AnyRow]:
    return await everything(database, table)


async def test_old_deliveries_go_with_their_bodies(database: Database) -> None:
    """What was processed goes after 30 days; what waits stays, and a dead letter waits for a person, 90 days."""
    ages = {"done": (40, 31, 30, 1), "pending": (500,), "dead": (91, 89), "discarded": (31,)}
    wanted = [(state, age) for state, found in ages.items() for age in found]
    put = [delivery(b'{"n":%d}' % number, NOON - age * DAY) for number, (_, age) in enumerate(wanted)]
    async with database.write() as tx:
        await inbox.put(tx, put)
        for one, (state, _) in zip(put, wanted, strict=True):
            await tx.run(update(inbox_table).where(inbox_table.c.id == one.id).values(state=state))
    assert await prune(database) == 4
    left = {row.id for row in await of(database, inbox_table)}
    assert [item for one, item in zip(put, wanted, strict=True) if one.id in left] == [
        ("done", 30),
        ("done", 1),
        ("pending", 500),
        ("dead", 89),
    ]
    assert {row.id for row in await of(database, bodies)} == left


async def test_large_bodies_go_a_few_at_a_time(database: Database) -> None:
    """A transaction frees 4 MiB at most, or one body, however many rows it may take: the door waits for it."""
    sizes = [3 << 19] * 7 + [5 << 20, 3 << 19]
    put = [
        delivery(b'{"n":%d,"text":"%b"}' % (n, b"x" * (size - 30)), NOON - 95 * DAY + n * DAY / 24)
        for n, size in enumerate(sizes)
    ]
    async with database.write() as tx:
        await inbox.put(tx, put)
        await tx.run(update(inbox_table).values(state="dead"))
    async with database.write() as tx:
        await retention.forget(tx, [put[0].id])
    async with database.read() as tx:
        dead = (await retention.chores(tx, KEEP, NOON))[2]
    removed, left = [], 1
    while left:
        async with database.write() as tx:
            left = await dead(tx, 200)
        removed.append(left)
    assert removed == [3, 2, 2, 1, 1, 0]
    assert not await of(database, bodies)


async def count(database: Database, key: str, when: datetime, seen_at: datetime) -> int:
    """A fact comes, as the mirror takes it; how many of its type were ever counted."""
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
        added = await facts.add(tx, [fact(key, when=when, seen_at=seen_at)])
        await counts.add(tx, {(NORTHWIND, news.fact.day, Metric.SENT): 1 for news in added.new})
        return await counts.total(tx, NORTHWIND, Metric.SENT)


async def test_a_fact_that_is_gone_is_not_counted_again(database: Database) -> None:
    """Old facts go and their counts stay; the same fact, and any as old, is nothing when it comes once more."""
    long_ago = NOON - 401 * DAY
    for key in ("s:1", "s:2", "s:3"):
        assert await count(database, key, long_ago, long_ago)
    assert await count(database, "s:4", NOON - 399 * DAY, NOON - 399 * DAY) == 4
    assert await prune(database) == 3
    assert await count(database, "s:1", long_ago, NOON) == 4
    assert await count(database, "s:4", NOON - 399 * DAY, NOON) == 4
    assert await count(database, "s:5", NOON - 2 * DAY, NOON) == 5
    assert [row.key for row in await of(database, facts_table)] == ["s:4", "s:5"]


async def test_history_that_was_read_late_is_counted_and_kept(database: Database) -> None:
    """Where nothing was removed yet, a backfill's facts count however old, and stay as long as any other."""
    assert await count(database, "s:1", NOON - 900 * DAY, NOON) == 1
    assert await prune(database, NOON + 399 * DAY) == 0
    assert await prune(database, NOON + 401 * DAY) == 1


async def test_the_newest_run_of_each_job_stays(database: Database) -> None:
    """Old runs go, but not the last word on a job, nor on a job for one workspace, nor what still runs."""
    wanted = [
        (Job.POLL, None, 40),
        (Job.POLL, None, 35),
        (Job.POLL, None, 2),
        (Job.RESYNC, NORTHWIND, 50),
        (Job.RESYNC, NORTHWIND, 45),
        (Job.RESYNC, WorkspaceKey("main", 13), 60),
        (Job.DISCOVER, None, 70),
    ]
    async with database.write() as tx:
        for job, key, age in wanted:
            at = NOON - age * DAY
            run = Run(uuid7(at), job, key, (), "x", RunState.QUEUED, at)
            await runs.queue(tx, [run])
            (run,) = await runs.take(tx, run.id, at, [run.id])
            await runs.finish(tx, run, Outcome.SUCCESS, Tally(), None, at)
        at = NOON - 80 * DAY
        await runs.queue(tx, [Run(uuid7(at), Job.POLL, None, (), "x", RunState.QUEUED, at)])
    assert await prune(database) == 3
    left = sorted((row.job, (NOON - row.queued_at).days) for row in await of(database, runs_table))
    assert left == [("discover", 70), ("poll", 2), ("poll", 80), ("resync", 45), ("resync", 60)]


async def test_what_runs_every_minute_is_kept_for_two_days(database: Database) -> None:
    """Of polls and walks of the campaigns only what went wrong, was asked for or is the newest stays longer."""
    ends = {
        (Job.CAMPAIGNS, "schedule", 5): Outcome.SUCCESS,
        (Job.CAMPAIGNS, "schedule", 4): Outcome.FAILED,
        (Job.CAMPAIGNS, "a person", 4.5): Outcome.SUCCESS,
        (Job.CAMPAIGNS, "schedule", 3): Outcome.SUCCESS,
        (Job.POLL, "schedule", 6): Outcome.SUCCESS,
        (Job.POLL, "schedule", 1): Outcome.SUCCESS,
        (Job.REPORTS, "schedule", 6): Outcome.SUCCESS,
        (Job.REPORTS, "schedule", 5): Outcome.SUCCESS,
    }
    async with database.write() as tx:
        for (job, asked_by, age), outcome in ends.items():
            at = NOON - age * DAY
            await runs.queue(tx, [Run(uuid7(at), job, None, (), asked_by, RunState.QUEUED, at)])
            (run,) = await runs.take(
                tx, uuid7(at), at, [row.id for row in await runs.open_runs(tx) if row.queued_at == at]
            )
            await runs.finish(tx, run, outcome, Tally(), None, at)
    assert await prune(database) == 2
    left = sorted((row.job, (NOON - row.queued_at) / DAY) for row in await of(database, runs_table))
    assert left == [
        ("campaigns", 3),
        ("campaigns", 4),
        ("campaigns", 4.5),
        ("poll", 1),
        ("reports", 5),
        ("reports", 6),
    ]


async def test_changes_of_health_go_when_they_are_over(database: Database) -> None:
    """A change that ended long ago goes; the one in force stays, however old."""
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
        for age in (900, 800, 500):
            finding = Finding(Health.IDLE, f"since {age} days")
            await transitions.change(tx, NORTHWIND, finding, NOON - age * DAY)
    assert await prune(database) == 2
    assert [row.reason for row in await of(database, transitions_table)] == ["since 500 days"]


async def test_a_pass_does_not_begin_again_at_the_oldest_row(database: Database) -> None:
    """It goes on from the last moment it removed: what comes with an older one meanwhile is for the next pass."""
    async with database.write() as tx:
        await inbox.put(tx, [delivery(b'{"n":%d}' % n, NOON - 40 * DAY + n * DAY) for n in range(3)])
        await tx.run(update(inbox_table).values(state="discarded"))
        chores = await retention.chores(tx, KEEP, NOON)
        assert [await chore(tx, 2) for chore in chores[:2]] == [0, 2]
        await inbox.put(tx, [delivery(b'{"late":1}', NOON - 50 * DAY)])
        await tx.run(update(inbox_table).values(state="discarded"))
        assert await chores[1](tx, 2) == 1
    assert [NOON - row.received_at for row in await of(database, inbox_table)] == [50 * DAY]
    assert await prune(database) == 1


async def test_a_letter_that_is_put_back_while_it_is_removed_stays(on_postgres: Database) -> None:
    """The removal waits for the person's transaction, looks again, and leaves the delivery and its body alone."""
    letter = delivery(b"{}", NOON - 91 * DAY)
    async with on_postgres.write() as tx:
        await inbox.put(tx, [letter])
        await tx.run(update(inbox_table).values(state="dead"))
    async with on_postgres.write() as person:
        await letters.replay(person, [letter.id], NOON)
        pruning = asyncio.create_task(prune(on_postgres))
        await lock_awaited(on_postgres)
    assert await pruning == 0
    assert [row.state for row in await of(on_postgres, inbox_table)] == ["pending"]
    assert len(await of(on_postgres, bodies)) == 1


async def lock_awaited(database: Database) -> None:
    """Until somebody on the server waits for a row that another holds."""
    async with asyncio.timeout(10), database.read() as tx:
        while not (await tx.raw("SELECT 1 FROM pg_locks WHERE NOT granted")).all():
            await asyncio.sleep(0.01)
