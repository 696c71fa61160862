"""How often one may ask: a budget per minute, and a second, slower one over hours and all keys."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from bisonwatch.clock import Clock
from bisonwatch.simulator.answers import Refused, too_many
from bisonwatch.simulator.faults import FaultSwitch
from bisonwatch.simulator.switches import Limits

MINUTE = 60.0
INSTANCE = ""
"""Under this name the whole instance's budget is kept; no key is empty."""


@dataclass(slots=True)
class Minute:
    """A window of a minute, from its first request."""

    opened: float
    used: int = 0


@dataclass(slots=True)
class LongRun:
    """A bucket that every request fills a little and that leaks at a steady rate."""

    level: float = 0.0
    seen: float = 0.0
    closed_until: float = 0.0

    def spend(self, limits: Limits, now: float) -> int:
        """Seconds to stay away; 0 where the request may go on."""
        self.level = max(0.0, self.level - (now - self.seen) * limits.long_rate)
        self.seen = now
        if now >= self.closed_until and self.level >= limits.long_burst:
            self.closed_until = now + limits.long_block
        if now < self.closed_until:
            return max(1, ceil(self.closed_until - now))
        self.level += 1
        return 0


@dataclass(slots=True)
class Books:
    """Requests with a known key, those of them that were answered 429, and the most that one budget of a minute saw."""

    asked: int = 0
    refused: int = 0
    most_in_a_minute: int = 0


class Budgets:
    """Spent by every request whose key is known."""

    def __init__(self, clock: Clock, switch: FaultSwitch) -> None:
        self.long_run = LongRun()
        self.books = Books()
        self._clock = clock
        self._switch = switch
        self._minutes: dict[str, Minute] = {}

    def spend(self, key: str) -> int:
        """What is left of the minute. Raises Refused with 429."""
        self.books.asked += 1
        try:
            return self._spend(key)
        except Refused:
            self.books.refused += 1
            raise

    def _spend(self, key: str) -> int:
        limits, now = self._switch.limits, self._clock.monotonic()
        if limits.long_rate and (wait := self.long_run.spend(limits, now)):
            raise too_many(wait, self._switch.forms, limits.per_minute)
        name = INSTANCE if limits.scope == "instance" else key
        minute = self._minutes.get(name)
        if minute is None or now - minute.opened >= MINUTE:
            minute = self._minutes[name] = Minute(now)
        if minute.used >= limits.per_minute:
            wait = max(1, ceil(minute.opened + MINUTE - now))
            raise too_many(wait, self._switch.forms, limits.per_minute)
        minute.used += 1
        self.books.most_in_a_minute = max(self.books.most_in_a_minute, minute.used)
        return limits.per_minute - minute.used

    def forget(self, key: str) -> None:
        self._minutes.pop(key, None)
