"""What is kept for a time: made once for all who ask, and again before it ends."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from bisonwatch.cache.memo import Landed, Life, Memo
from bisonwatch.errors import BisonwatchError, StoreUnavailable
from tests.support.clock import ManualClock, settle

LIFE = Life(lives=60, ahead=10, served=3600)


class Bench:
    """A memo whose makings end when they are let go; values are numbers that grow."""

    def __init__(self, most: int = 10) -> None:
        self.clock = ManualClock()
        self.begun = 0
        self.open = asyncio.Event()
        self.open.set()
        self.fault: Exception | None = None
        self.told: list[bool | None] = []
        self.memo: Memo[str, int] = Memo(
            self._make, lambda _key: LIFE, self.clock, most=most, landed=self._landed
        )

    async def _make(self, _key: str) -> int:
        self.begun += 1
        made = self.begun
        await self.open.wait()
        if self.fault is not None:
            raise self.fault
        return made

    def _landed(self, _key: str, landed: Landed[int]) -> None:
        self.told.append(landed.in_time)

    async def pass_(self, seconds: float) -> None:
        await self.clock.advance(seconds)

    def now(self) -> int | None:
        kept = self.memo.glance("a")
        return kept.value if kept else None


async def test_five_readers_at_once_cause_one_making() -> None:
    """All get its value."""
    bench = Bench()
    found = await asyncio.gather(*(bench.memo.wait("a") for _ in range(5)))
    assert [kept.value for kept in found] == [1] * 5
    assert bench.begun == 1


async def test_a_reader_who_leaves_does_not_stop_the_making() -> None:
    """Not even the one it began for."""
    bench = Bench()
    bench.open.clear()
    first = asyncio.create_task(bench.memo.wait("a"))
    second = asyncio.create_task(bench.memo.wait("a"))
    await settle()
    first.cancel()
    await settle()
    bench.open.set()
    assert (await second).value == 1
    assert first.cancelled()
    assert bench.begun == 1


async def test_what_is_past_its_time_is_given_while_it_is_made_anew() -> None:
    """Nobody waits until it is an hour old; then everybody does."""
    bench = Bench()
    await bench.memo.wait("a")
    await bench.pass_(59)
    assert (bench.now(), bench.begun) == (1, 1)
    await bench.pass_(2)
    assert bench.now() == 1
    await settle()
    assert (bench.now(), bench.begun) == (2, 2)
    await bench.pass_(3600)
    assert bench.now() is None
    assert bench.begun == 2


async def test_it_is_due_before_its_end() -> None:
    """Ten seconds before; at once where nothing is kept; never while it is being made."""
    bench = Bench()
    assert bench.memo.due_in("a") < 0
    await bench.memo.wait("a")
    assert bench.memo.due_in("a") == 50
    await bench.pass_(49)
    assert bench.memo.due_in("a") == 1
    bench.open.clear()
    await bench.pass_(1)
    bench.memo.begin("a")
    assert bench.memo.due_in("a") == float("inf")
    bench.open.set()


async def test_news_makes_it_due_where_somebody_reads() -> None:
    """Five seconds after the last making at the soonest; what nobody read for a minute waits for its time."""
    bench = Bench()
    await bench.memo.wait("a")
    await bench.pass_(1)
    bench.memo.mark("a")
    assert bench.memo.due_in("a") == 4
    assert (bench.now(), bench.begun) == (1, 1)
    await bench.pass_(4)
    assert (bench.now(), bench.memo.due_in("a")) == (1, float("inf"))
    await settle()
    assert (bench.begun, bench.now()) == (2, 2)
    assert bench.memo.due_in("a") == 50
    bench.memo.begin("b")
    await settle()
    bench.memo.mark("b")
    assert bench.memo.due_in("b") == 50


async def test_news_while_it_is_made_is_not_lost() -> None:
    """The value may lack it, so it is made once more."""
    bench = Bench()
    bench.open.clear()
    reader = asyncio.create_task(bench.memo.wait("a"))
    await settle()
    bench.memo.mark("a")
    bench.open.set()
    await reader
    assert bench.memo.due_in("a") == 5


async def test_who_asks_for_a_new_one_gets_what_was_begun_after_asking() -> None:
    """Five at once share it, whatever is kept or being made."""
    bench = Bench()
    bench.open.clear()
    early = asyncio.create_task(bench.memo.wait("a"))
    await settle()
    late = [asyncio.create_task(bench.memo.anew("a")) for _ in range(5)]
    await settle()
    bench.open.set()
    assert (await early).value == 1
    assert [kept.value for kept in await asyncio.gather(*late)] == [2] * 5
    assert bench.begun == 2


async def test_a_failure_keeps_the_value_and_is_tried_ever_more_rarely() -> None:
    """A reader who has to wait gets the failure at once until then."""
    bench = Bench()
    await bench.memo.wait("a")
    bench.fault = StoreUnavailable("it is away")
    waits = []
    for _ in range(8):
        bench.memo.begin("a")
        await settle()
        waits.append(bench.memo.due_in("a"))
        await bench.pass_(max(waits[-1], 0))
    assert waits[0] == 5
    assert 45 <= waits[-1] <= 75
    assert bench.now() == 1
    with pytest.raises(StoreUnavailable, match="it is away"):
        await bench.memo.wait("new")
    begun = bench.begun
    with pytest.raises(StoreUnavailable, match="it is away"):
        await bench.memo.wait("new")
    assert bench.begun == begun
    bench.fault = None
    await bench.pass_(10)
    assert (await bench.memo.wait("new")).value == begun + 1


async def test_a_fault_of_ours_is_logged_and_waited_out(caplog: pytest.LogCaptureFixture) -> None:
    """As any failure; readers get a sentence, the log gets the trace."""
    bench = Bench()
    bench.fault = ZeroDivisionError("by zero")
    with caplog.at_level(logging.ERROR), pytest.raises(ZeroDivisionError):
        await bench.memo.wait("a")
    assert "making a failed" in caplog.text
    with pytest.raises(BisonwatchError, match="it could not be made"):
        await bench.memo.wait("a")
    assert bench.begun == 1


async def test_what_came_to_its_end_is_told_once() -> None:
    """In time, late, or failed however often; what was made for news, or given to us, came to no end."""
    bench = Bench()
    await bench.memo.wait("a")
    await bench.pass_(20)
    await bench.memo.anew("a")
    await bench.pass_(55)
    await bench.memo.anew("a")
    await bench.pass_(61)
    await bench.memo.anew("a")
    assert bench.told == [None, None, True, False]
    bench.fault = StoreUnavailable()
    await bench.pass_(55)
    for _ in range(3):
        await asyncio.wait({bench.memo.begin("a")})
    bench.fault = None
    await asyncio.wait({bench.memo.begin("a")})
    assert bench.told[4:] == [False, None, None, None]
    bench.memo.put("b", 7, bench.clock.now() - timedelta(minutes=5))
    await bench.memo.anew("b")
    assert bench.told[-1] is None


async def test_it_is_bounded() -> None:
    """What was read or made longest ago makes room."""
    bench = Bench(most=3)
    for key in "abc":
        await bench.memo.wait(key)
    assert bench.now() == 1
    await bench.memo.wait("d")
    assert sorted(bench.memo) == ["a", "c", "d"]


async def test_the_newest_value_wins() -> None:
    """Whoever made it; a mark stays, since nobody knows whether the news is in it."""
    bench = Bench()
    before = bench.clock.now()
    await bench.pass_(30)
    await bench.memo.wait("a")
    assert not bench.memo.put("a", 70, before)
    assert bench.now() == 1
    bench.memo.mark("a")
    await bench.pass_(1)
    assert bench.memo.put("a", 71, bench.clock.now())
    assert bench.now() == 71
    assert bench.memo.due_in("a") == 4


async def test_what_is_forgotten_while_it_is_made_is_not_kept() -> None:
    """Who waited for it gets it all the same."""
    bench = Bench()
    bench.open.clear()
    reader = asyncio.create_task(bench.memo.wait("a"))
    await settle()
    assert not bench.memo.drop("a")
    bench.open.set()
    assert (await reader).value == 1
    assert bench.now() is None


async def test_a_stop_ends_what_is_being_made() -> None:
    """And tells nobody that it failed."""
    bench = Bench()
    bench.open.clear()
    task = bench.memo.begin("a")
    await settle()
    await bench.memo.close()
    assert task.cancelled()
    assert bench.told == []
