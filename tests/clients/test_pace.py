"""How fast one key may ask, and who goes first."""

from __future__ import annotations

import asyncio

import pytest

from bisonwatch.clients.bison.pace import Gate, Pace, Priority
from tests.support.clock import ManualClock, settle


async def ask(
    pace: Pace, priority: Priority, done: list[str], name: str, hold: asyncio.Event | None = None
) -> None:
    async with pace.turn(priority):
        done.append(name)
        if hold:
            await hold.wait()


async def test_a_share_of_the_announced_limit() -> None:
    """Of 60 a minute four fifths are used: one at once, then one every 1.25 seconds."""
    clock = ManualClock()
    pace, done = Pace(clock), list[str]()
    pace.learn({"x-ratelimit-limit": "60"})
    tasks = [asyncio.create_task(ask(pace, Priority.POLL, done, str(n))) for n in range(4)]
    await settle()
    assert done == ["0"]
    await clock.advance(1.24)
    assert done == ["0"]
    await clock.advance(0.02)
    assert done == ["0", "1"]
    await clock.advance(2.5)
    assert done == ["0", "1", "2", "3"]
    await asyncio.gather(*tasks)


@pytest.mark.parametrize(
    ("headers", "speed"),
    [
        ({}, 40.0),
        ({"x-ratelimit-limit": "3000", "x-ratelimit-remaining": "2987"}, 40.0),
        ({"x-ratelimit-remaining": "300"}, 20.0),
        ({"x-ratelimit-remaining": "0"}, 2.0),
        ({"x-ratelimit-limit": "nonsense", "x-ratelimit-remaining": "-1"}, 40.0),
        ({"x-ratelimit-limit": "0"}, 40.0),
    ],
)
def test_slower_as_the_budget_falls(headers: dict[str, str], speed: float) -> None:
    """Within the reserve the pace falls with what remains, but never to a stop."""
    pace = Pace(ManualClock())
    pace.learn(headers)
    assert pace.per_second == pytest.approx(speed)


async def test_the_urgent_go_first() -> None:
    """A lower priority waits while a higher one waits, in order of arrival within one."""
    clock = ManualClock()
    pace, done = Pace(clock, concurrency=1), list[str]()
    hold = asyncio.Event()
    first = asyncio.create_task(ask(pace, Priority.BACKFILL, done, "first", hold))
    await settle()
    wanted = [Priority.BACKFILL, Priority.POLL, Priority.INTERACTIVE, Priority.POLL, Priority.FOLLOW_UP]
    tasks = [asyncio.create_task(ask(pace, priority, done, f"{n}")) for n, priority in enumerate(wanted)]
    await settle()
    assert done == ["first"]
    hold.set()
    await asyncio.gather(first, *tasks)
    assert done == ["first", "2", "4", "1", "3", "0"]


async def test_one_who_gives_up_leaves_the_queue() -> None:
    """A cancelled request takes neither a place nor a turn."""
    clock = ManualClock()
    pace, done = Pace(clock, concurrency=1), list[str]()
    hold = asyncio.Event()
    first = asyncio.create_task(ask(pace, Priority.POLL, done, "first", hold))
    await settle()
    gone = asyncio.create_task(ask(pace, Priority.POLL, done, "gone"))
    last = asyncio.create_task(ask(pace, Priority.POLL, done, "last"))
    await settle()
    gone.cancel()
    hold.set()
    await asyncio.gather(first, last)
    assert done == ["first", "last"]


async def test_a_late_urgent_one_overtakes_a_sleeper() -> None:
    """Who waits for the bucket to fill gives way to a more urgent one that arrives meanwhile."""
    clock = ManualClock()
    pace, done = Pace(clock), list[str]()
    pace.learn({"x-ratelimit-limit": "60"})
    await ask(pace, Priority.POLL, done, "first")
    slow = asyncio.create_task(ask(pace, Priority.BACKFILL, done, "slow"))
    await clock.advance(1)
    quick = asyncio.create_task(ask(pace, Priority.INTERACTIVE, done, "quick"))
    await clock.advance(0.3)
    assert done == ["first", "quick"]
    await clock.advance(1.3)
    await asyncio.gather(slow, quick)
    assert done == ["first", "quick", "slow"]


async def crowd(
    gate: Gate, clock: ManualClock, priority: Priority, done: list[str], names: str, hold: asyncio.Event
) -> list[asyncio.Task[None]]:
    """One request for each letter, each with a key of its own."""
    tasks = [asyncio.create_task(ask(Pace(clock, gate=gate), priority, done, name, hold)) for name in names]
    await settle()
    return tasks


async def test_walks_of_all_keys_share_one_gate() -> None:
    """Three places: whoever comes first takes them, whosever key it is, and what one leaves another may use."""
    clock, gate, done, hold = ManualClock(), Gate(3, 6), list[str](), asyncio.Event()
    one = Pace(clock, gate=gate)
    early = [asyncio.create_task(ask(one, Priority.RECONCILE, done, name, hold)) for name in "ab"]
    await settle()
    late = await crowd(gate, clock, Priority.RECONCILE, done, "cde", hold)
    assert done == ["a", "b", "c"]
    hold.set()
    await asyncio.gather(*early, *late)
    assert done == ["a", "b", "c", "d", "e"]


async def test_what_is_urgent_waits_for_no_walk() -> None:
    """The gate is full of walks, and more of them wait: polls and people pass, as far as there are connections."""
    clock, gate, done, walks, urgent = (
        ManualClock(),
        Gate(2, 4),
        list[str](),
        asyncio.Event(),
        asyncio.Event(),
    )
    tasks = await crowd(gate, clock, Priority.RECONCILE, done, "abc", walks)
    tasks += await crowd(gate, clock, Priority.POLL, done, "pqr", urgent)
    tasks += await crowd(gate, clock, Priority.INTERACTIVE, done, "i", urgent)
    assert done == ["a", "b", "p", "q"]
    urgent.set()
    await settle()
    assert done == ["a", "b", "p", "q", "i", "r"]
    walks.set()
    await asyncio.gather(*tasks)
    assert done[-1] == "c"


async def test_a_backfill_waits_at_the_gate_for_every_walk() -> None:
    """It came first and has a key of its own."""
    clock, gate, done, hold = ManualClock(), Gate(1, 4), list[str](), asyncio.Event()
    tasks = await crowd(gate, clock, Priority.RECONCILE, done, "a", hold)
    tasks += await crowd(gate, clock, Priority.BACKFILL, done, "b", hold)
    tasks += await crowd(gate, clock, Priority.RECONCILE, done, "cd", hold)
    hold.set()
    await asyncio.gather(*tasks)
    assert done == ["a", "c", "d", "b"]


async def test_one_who_waits_at_the_gate_holds_nothing_of_his_key() -> None:
    """The key's only place and its only token go to the urgent one; the walk's turn comes when both are free once more."""
    clock, gate, done, other, hold = ManualClock(), Gate(1, 4), list[str](), asyncio.Event(), asyncio.Event()
    tasks = await crowd(gate, clock, Priority.RECONCILE, done, "a", other)
    pace = Pace(clock, concurrency=1, gate=gate)
    pace.learn({"x-ratelimit-limit": "60"})
    tasks.append(asyncio.create_task(ask(pace, Priority.RECONCILE, done, "walk")))
    await settle()
    tasks.append(asyncio.create_task(ask(pace, Priority.POLL, done, "poll", hold)))
    await settle()
    assert done == ["a", "poll"]
    other.set()
    await settle()
    assert done == ["a", "poll"]
    hold.set()
    await settle()
    assert done == ["a", "poll"]
    await clock.advance(1.3)
    await asyncio.gather(*tasks)
    assert done == ["a", "poll", "walk"]


async def test_one_who_gives_up_at_the_gate_leaves_it() -> None:
    """Cancelled while it waits, and while it is inside: the place is another's."""
    clock, gate, done, hold = ManualClock(), Gate(1, 4), list[str](), asyncio.Event()
    inside, waiting, last = await crowd(gate, clock, Priority.RECONCILE, done, "abc", hold)
    waiting.cancel()
    await settle()
    assert done == ["a"]
    inside.cancel()
    await settle()
    assert done == ["a", "c"]
    hold.set()
    await last
