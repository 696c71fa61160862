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
