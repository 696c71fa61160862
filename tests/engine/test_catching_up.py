"""The scheduler over days, by a clock moved by hand: what was missed comes once, under the lease, through the queue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Outcome, Run, Tally
from bisonwatch.engine.leadership import TTL_S
from bisonwatch.engine.requests import Requests
from bisonwatch.engine.schedule import At, Plan
from bisonwatch.engine.scheduler import Scheduler
from bisonwatch.errors import CallError
from bisonwatch.store import runs, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.engine.conftest import Node
from tests.support.clock import ManualClock

NIGHT = At("0 3 * * *", UTC)
INSTALLED = datetime(2026, 9, 14, 18, 0, tzinfo=UTC)


async def no_poll(_shares: int) -> frozenset[int]:
    return frozenset()


class Nights:
    """One node whose full sync comes each night; `began` are the moments at which one was enqueued."""

    def __init__(self, node: Node, rhythm: At = NIGHT) -> None:
        self.node, self.clock = node, node.clock
        self.began: list[datetime] = []
        self._plan = Plan({Job.FULL: rhythm}, first=Job.FULL, later=frozenset({Job.FULL}))
        self.start()

    def start(self) -> None:
        """As after a restart: nothing is remembered but what is in the database."""
        node = self.node
        self.scheduler = Scheduler(
            node.database, node.bus, node.clock, node.leadership, node.members, self._plan, no_poll
        )
        self.scheduler._started = True

    async def until(self, end: datetime, step: timedelta = timedelta(minutes=30)) -> None:
        """Look every `step` of the day."""
        while (now := self.clock.now()) < end:
            await self.look()
            since_midnight = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
            await self.clock.advance(min(step - since_midnight % step, end - now).total_seconds())
        await self.look()

    async def look(self) -> None:
        await self.node.leadership.once()
        if await self.scheduler.once():
            self.began.append(self.clock.now())
        await self.do()

    async def do(self, behind: timedelta = timedelta()) -> list[Run]:
        """Do what is queued, by a node whose clock is a little behind."""
        now = self.clock.now() - behind
        async with self.node.database.write() as tx:
            found = await runs.take(tx, uuid4(), now, [run.id for run in await runs.open_runs(tx)])
            for run in found:
                await runs.finish(tx, run, Outcome.SUCCESS, Tally(), None, now)
        return found

    async def down(self, end: datetime) -> None:
        await self.clock.advance((end - self.clock.now()).total_seconds())
        self.start()


@pytest.fixture
async def node(place: Place) -> AsyncIterator[Node]:
    clock = ManualClock(INSTALLED, auto=True)
    database = Database(place, clock)
    async with database.write() as tx:
        await workspaces.see(tx, WorkspaceKey("main", 12), "Northwind Desk", clock.now())
    yield Node(database, clock)
    await database.close()


def at(day: int, hour: int, minute: int = 0, month: int = 9) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("down_from", "back_at", "expected"),
    [
        (at(16, 12), at(19, 12), [at(15, 3), at(16, 3), at(19, 12), at(20, 3), at(21, 3)]),
        (at(17, 2), at(17, 4), [at(15, 3), at(16, 3), at(17, 4), at(18, 3), at(19, 3), at(20, 3), at(21, 3)]),
        (at(17, 1), at(17, 2, 50), [at(day, 3) for day in range(15, 22)]),
    ],
    ids=["three days", "over one run", "back before it"],
)
async def test_a_downtime(
    node: Node, down_from: datetime, back_at: datetime, expected: list[datetime]
) -> None:
    """What was missed is done once, at once; then the nights go on."""
    nights = Nights(node)
    await nights.until(down_from)
    await nights.down(back_at)
    await nights.until(at(21, 12))
    assert nights.began == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (at(28, 12, month=3), [at(29, 1, month=3), at(30, 0, 30, month=3)]),
        (at(24, 12, month=10), [at(25, 0, 30, month=10), at(26, 1, 30, month=10)]),
    ],
    ids=["02:30 does not exist", "02:30 comes twice"],
)
async def test_daylight_saving(place: Place, start: datetime, expected: list[datetime]) -> None:
    """Once each night, whatever the clocks do."""
    clock = ManualClock(start, auto=True)
    database = Database(place, clock)
    async with database.write() as tx:
        await workspaces.see(tx, WorkspaceKey("main", 12), "Northwind Desk", clock.now())
    nights = Nights(Node(database, clock), At("30 2 * * *", ZoneInfo("Europe/Berlin")))
    await nights.until(start + timedelta(hours=46))
    assert nights.began == expected
    await database.close()


async def test_caught_up_in_the_hour_that_comes_twice(place: Place) -> None:
    """Back in the second of the two hours: once, and not at every look until the hour is over."""
    clock = ManualClock(at(24, 12, month=10), auto=True)
    database = Database(place, clock)
    async with database.write() as tx:
        await workspaces.see(tx, WorkspaceKey("main", 12), "Northwind Desk", clock.now())
    nights = Nights(Node(database, clock), At("30 2 * * *", ZoneInfo("Europe/Berlin")))
    await nights.down(at(25, 1, 10, month=10))
    await nights.until(at(25, 12, month=10), timedelta(minutes=1))
    assert nights.began == [at(25, 1, 10, month=10)]
    await database.close()


async def test_a_node_that_is_behind_does_not_make_it_come_twice(node: Node) -> None:
    """It took the run some milliseconds before, by its own clock, the run was due."""
    nights = Nights(node)
    await nights.down(at(15, 3))
    await node.leadership.once()
    assert await nights.scheduler.once() == (Job.FULL,)
    await nights.do(behind=timedelta(milliseconds=80))
    await node.clock.advance(1)
    assert await nights.scheduler.once() == ()


async def test_run_now_is_refused_while_it_runs(node: Node) -> None:
    """One in the queue is enough; when it is over another may be asked for, and the night still comes."""
    requests = Requests(node.database, node.bus, node.clock, None)  # type: ignore[arg-type]  # no preview is asked
    nights = Nights(node)
    first = await requests.run_job(Job.FULL, "terminal")
    with pytest.raises(CallError, match="full is queued already"):
        await requests.run_job(Job.FULL, "terminal")
    [run] = await nights.do()
    assert (run.id, run.workspace, run.asked_by) == (first, None, "terminal")
    await requests.run_job(Job.FULL, "terminal")
    await nights.do()
    await nights.until(at(15, 4))
    assert nights.began == [at(15, 3)]


async def test_a_leader_that_dies_leaves_no_second_run(place: Place) -> None:
    """It enqueued the night's run and was gone; the next leader finds it in the queue."""
    clock = ManualClock(INSTALLED, auto=True)
    first, second = Database(place, clock), Database(place, clock)
    async with first.write() as tx:
        await workspaces.see(tx, WorkspaceKey("main", 12), "Northwind Desk", clock.now())
    dying, heir = Nights(Node(first, clock)), Nights(Node(second, clock))
    await clock.advance(9 * 3600)
    await dying.node.leadership.once()
    assert await dying.scheduler.once() == (Job.FULL,)
    await clock.advance(TTL_S + 1)
    await heir.node.leadership.once()
    assert await heir.scheduler.once() == ()
    await heir.do()
    await heir.until(at(15, 12))
    assert heir.began == []
    await first.close()
    await second.close()
