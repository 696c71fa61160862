"""An instance that does not answer is left alone."""

from __future__ import annotations

import asyncio

import pytest

from bisonwatch.clients.bison.breaker import Breaker, BreakerState
from bisonwatch.errors import KeyRejected, ProviderBusy, ProviderUnreachable
from tests.support.clock import ManualClock


def fail(breaker: Breaker, error: Exception | None = None) -> None:
    with pytest.raises(type(error or ProviderUnreachable())), breaker.attempt():
        raise error or ProviderUnreachable()


def succeed(breaker: Breaker) -> None:
    with breaker.attempt():
        pass


async def test_it_opens_after_failures_in_a_row() -> None:
    """A success in between begins the count again; a refusal is an answer too."""
    breaker = Breaker(ManualClock(), failures=3)
    for error in (None, None, KeyRejected(), None, None):
        fail(breaker, error)
    assert breaker.state is BreakerState.CLOSED
    fail(breaker)
    assert breaker.state is BreakerState.OPEN
    with pytest.raises(ProviderBusy, match="asked again in 60 s") as caught, breaker.attempt():
        pass
    assert caught.value.retry_after == 60


async def test_one_probe_decides() -> None:
    """After its time one request goes through: it closes the breaker, or opens it for another term."""
    clock = ManualClock()
    breaker = Breaker(clock, failures=1, open_for=60)
    fail(breaker)
    await clock.advance(60)
    assert breaker.state is BreakerState.HALF_OPEN
    fail(breaker)
    assert breaker.state.value == BreakerState.OPEN
    await clock.advance(60)
    with breaker.attempt(), pytest.raises(ProviderBusy), breaker.attempt():
        pass
    assert breaker.state.value == BreakerState.CLOSED


async def test_a_cancelled_probe_leaves_room_for_the_next() -> None:
    """A probe that was cancelled proves nothing."""
    clock = ManualClock()
    breaker = Breaker(clock, failures=1, open_for=60)
    fail(breaker)
    await clock.advance(61)
    fail(breaker, asyncio.CancelledError())  # type: ignore[arg-type]
    assert breaker.state is BreakerState.HALF_OPEN
    succeed(breaker)
    assert breaker.state.value == BreakerState.CLOSED


async def test_the_longest_rest_counts() -> None:
    """A shorter wait asked for later does not shorten a longer one."""
    clock = ManualClock()
    breaker = Breaker(clock)
    breaker.rest(60)
    await clock.advance(10)
    breaker.rest(5)
    assert breaker.rest_left == 50
    await clock.advance(50)
    assert breaker.rest_left == 0


def fail_together(breaker: Breaker, key: str, pages: int, tries: int) -> None:
    """So many requests of one key are under way, and all of their tries fail, one page's after the other's."""
    for asked in [breaker.asked(key) for _ in range(pages)]:
        for number in range(1, tries + 1):
            asked.tries = number
            with pytest.raises(ProviderUnreachable), breaker.attempt(asked):
                raise ProviderUnreachable


async def test_what_failed_together_counts_like_one() -> None:
    """Many pages of one broken workspace, each tried three times, are three failures in a row; two more workspaces open it."""
    breaker = Breaker(ManualClock(), failures=5)
    fail_together(breaker, "northwind", pages=16, tries=3)
    assert breaker.state is BreakerState.CLOSED
    fail_together(breaker, "cobalt", pages=8, tries=1)
    assert breaker.state is BreakerState.CLOSED
    fail_together(breaker, "harbor", pages=1, tries=1)
    assert breaker.state.value == BreakerState.OPEN


async def test_an_instance_that_is_away_opens_it_at_once() -> None:
    """Five workspaces, of each many pages: one try of each is enough."""
    breaker = Breaker(ManualClock(), failures=5)
    for key in "abcd":
        fail_together(breaker, key, pages=16, tries=1)
    assert breaker.state is BreakerState.CLOSED
    fail_together(breaker, "e", pages=1, tries=1)
    assert breaker.state.value == BreakerState.OPEN


async def test_requests_one_after_the_other_each_count() -> None:
    """What began when the earlier one had failed is a failure of its own, with the same key too, and as a probe."""
    clock = ManualClock()
    breaker = Breaker(clock, failures=2, open_for=60)
    fail_together(breaker, "northwind", pages=4, tries=1)
    fail_together(breaker, "northwind", pages=1, tries=1)
    assert breaker.state is BreakerState.OPEN
    await clock.advance(60)
    fail_together(breaker, "northwind", pages=1, tries=1)
    assert breaker.state is BreakerState.OPEN
