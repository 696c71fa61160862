"""Leaves an instance alone that does not answer, and all of its keys alone when one was told to wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from bisonwatch.clock import Clock
from bisonwatch.errors import ProviderBusy, ProviderError, ProviderUnreachable


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(slots=True)
class Asked:
    """One request of a key, and how often it was tried."""

    key: object
    number: int
    tries: int = 1
    sent: bool = False
    """Whether this try came as far as the provider."""


class Breaker:
    """One per instance, shared by its clients: opens after `failures` in a row, for `open_for` seconds, then lets one probe through.

    Only ProviderUnreachable is a failure: an instance that refuses has answered. When requests of one key that were under way
    together fail, all their first tries are one failure, all their second ones another: many pages of a broken workspace count
    like one, and do not stop the others.
    """

    def __init__(self, clock: Clock, *, failures: int = 5, open_for: float = 60.0) -> None:
        self._clock = clock
        self._limit = failures
        self._open_for = open_for
        self._failures = 0
        self._last = ""
        self._requests = 0
        self._counted = dict[object, tuple[int, int]]()
        """By key: the last request that was under way when a failure was counted, and which try of theirs that was."""
        self._opened_at: float | None = None
        self._probing = False
        self._rest_until = 0.0

    @property
    def state(self) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._left() > 0 else BreakerState.HALF_OPEN

    def rest(self, seconds: float) -> None:
        """The instance said 429: nobody asks it before `seconds` are over."""
        self._rest_until = max(self._rest_until, self._clock.monotonic() + seconds)

    @property
    def rest_left(self) -> float:
        """Seconds that remain of the longest wait the instance asked for."""
        return max(0.0, self._rest_until - self._clock.monotonic())

    def asked(self, key: object) -> Asked:
        """A request begins."""
        self._requests += 1
        return Asked(key, self._requests)

    @contextmanager
    def attempt(self, asked: Asked | None = None) -> Iterator[None]:
        """Around one try. Raises ProviderBusy while open, or while another is the probe."""
        self._admit()
        try:
            yield
        except ProviderUnreachable as problem:
            self._last = problem.message
            self._failed(asked)
            raise
        except ProviderError:
            self._answered()
            raise
        else:
            self._answered()
        finally:
            self._probing = False

    def _left(self) -> float:
        if self._opened_at is None:
            return 0.0
        return max(0.0, self._opened_at + self._open_for - self._clock.monotonic())

    def _admit(self) -> None:
        if self._opened_at is None:
            return
        if self._left() > 0 or self._probing:
            wait = self._left() or 1.0
            raise ProviderBusy(
                f"the instance did not answer {self._failures} times in a row, the last time: {self._last}; "
                f"asked again in {wait:.0f} s",
                retry_after=wait,
            )
        self._probing = True

    def _together(self, asked: Asked) -> bool:
        """Whether this failure was counted with another's."""
        last, tries = self._counted.get(asked.key, (0, 0))
        if asked.number <= last and asked.tries <= tries:
            return True
        self._counted[asked.key] = (last if asked.number <= last else self._requests, asked.tries)
        return False

    def _failed(self, asked: Asked | None) -> None:
        self._probing = False
        if asked is not None and self._together(asked):
            return
        self._failures += 1
        if self._failures >= self._limit:
            self._opened_at = self._clock.monotonic()

    def _answered(self) -> None:
        self._failures = 0
        self._probing = False
        self._opened_at = None
