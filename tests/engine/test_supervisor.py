"""The supervisor keeps loops running."""

from __future__ import annotations

import asyncio

import pytest

from bisonwatch.engine.supervisor import Supervisor
from tests.support.clock import ManualClock, settle


class Shaky:
    """Crashes at its first `crashes` starts, then runs until it is stopped, or returns."""

    def __init__(self, crashes: int, *, returns: bool = False) -> None:
        self.starts = 0
        self.cancelled = False
        self._crashes = crashes
        self._returns = returns

    async def run(self) -> None:
        self.starts += 1
        if self.starts <= self._crashes:
            raise RuntimeError("boom")
        try:
            await (asyncio.sleep(0) if self._returns else asyncio.Event().wait())
        except asyncio.CancelledError:
            self.cancelled = True
            raise


async def test_a_crashed_loop_is_started_again_with_growing_waits() -> None:
    """Each wait is about twice the one before, and nothing runs while it waits."""
    clock, shaky = ManualClock(), Shaky(3)
    supervisor = Supervisor(clock)
    supervisor.start("shaky", shaky.run)
    await settle()
    assert shaky.starts == 1
    await clock.advance(10)
    assert shaky.starts == 4
    first, second, third = clock.slept
    assert 0.375 <= first <= 0.625
    assert 0.75 <= second <= 1.25
    assert 1.5 <= third <= 2.5
    await supervisor.stop()


async def test_a_loop_that_ran_calmly_is_started_again_quickly() -> None:
    """After more than a minute without a crash the back-off begins anew."""
    clock = ManualClock()

    async def calm() -> None:
        await clock.sleep(90)
        raise RuntimeError("boom")

    supervisor = Supervisor(clock)
    supervisor.start("calm", calm)
    await clock.advance(300)
    waits = [seconds for seconds in clock.slept if seconds != 90]
    assert len(waits) == 3
    assert max(waits) <= 0.625
    await supervisor.stop()


async def test_waits_never_pass_half_a_minute() -> None:
    """However often a loop crashes."""
    clock = ManualClock(auto=True)
    shaky = Shaky(40)
    supervisor = Supervisor(clock)
    supervisor.start("shaky", shaky.run)
    await settle(300)
    assert shaky.starts == 41
    assert max(clock.slept) <= 30 * 1.25
    await supervisor.stop()


async def test_stopping_cancels_waits_and_may_be_done_twice() -> None:
    """A loop in its work and one in its back-off are both gone."""
    steady, shaky = Shaky(0), Shaky(99)
    supervisor = Supervisor(ManualClock())
    supervisor.start("steady", steady.run)
    supervisor.start("shaky", shaky.run)
    await settle()
    await supervisor.stop()
    await supervisor.stop()
    assert steady.cancelled
    assert len(asyncio.all_tasks()) == 1


async def test_only_the_loop_named_is_stopped() -> None:
    """The others run on."""
    one, other = Shaky(0), Shaky(0)
    supervisor = Supervisor(ManualClock())
    supervisor.start("one", one.run)
    supervisor.start("other", other.run)
    await settle()
    await supervisor.stop("one")
    assert (one.cancelled, other.cancelled) == (True, False)
    await supervisor.stop()


async def test_a_loop_whose_work_is_over_is_not_started_again() -> None:
    """`finished` waits for it; for one nobody knows it returns at once."""
    done = Shaky(0, returns=True)
    supervisor = Supervisor(ManualClock())
    supervisor.start("done", done.run)
    await supervisor.finished("done")
    await supervisor.finished("done")
    assert done.starts == 1


async def test_one_name_runs_once() -> None:
    """Starting it again while it runs is nothing; after its end it runs again."""
    steady, done = Shaky(0), Shaky(0, returns=True)
    supervisor = Supervisor(ManualClock())
    for _ in range(2):
        supervisor.start("steady", steady.run)
        supervisor.start("done", done.run)
        await settle()
    assert (steady.starts, done.starts) == (1, 2)
    await supervisor.stop()


async def test_a_crash_is_told_with_its_name(caplog: pytest.LogCaptureFixture) -> None:
    """The log names the loop and the error."""
    supervisor = Supervisor(ManualClock())
    supervisor.start("poll", Shaky(1).run)
    await settle()
    assert "poll crashed and is started again in" in caplog.text
    assert "boom" in caplog.text
    await supervisor.stop()
