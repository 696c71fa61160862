"""Figures of this process: counters, durations with percentiles and buckets, and rates per minute. Bounded, lock-free, one loop."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds."""

    p50: float
    p95: float
    p99: float


BOUNDS_MS = (1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 60_000, 600_000)
"""Upper ends of the buckets: what an answer takes, what the mirror is promised within, what an outage costs."""


class Durations:
    """The newest `size` durations (milliseconds), and since the process started how many fell into which bucket."""

    def __init__(self, size: int = 4096) -> None:
        self._values: deque[float] = deque(maxlen=size)
        self.buckets = [0] * (len(BOUNDS_MS) + 1)
        """Not summed up; the last holds what is longer than every bound."""
        self.sum_ms = 0.0

    def add(self, milliseconds: float) -> None:
        self._values.append(milliseconds)
        self.buckets[bisect_left(BOUNDS_MS, milliseconds)] += 1
        self.sum_ms += milliseconds

    def percentiles(self) -> Percentiles | None:
        """None while nothing was measured: an unknown figure is unknown, not 0."""
        if not self._values:
            return None
        ordered = sorted(self._values)
        last = len(ordered) - 1

        def at(share: float) -> float:
            return round(ordered[min(last, int(share * len(ordered)))], 3)

        return Percentiles(at(0.50), at(0.95), at(0.99))


SHORTEST_S = 5.0
"""Nothing is told of a shorter time: one event in the first second is no rate of one a second."""


class Rate:
    """Events per second over the last minute, from one bucket a second; in the first minute over the time since it is looked at."""

    def __init__(self) -> None:
        self._buckets: deque[tuple[int, int]] = deque()
        self._sum = 0
        self._since: float | None = None

    def add(self, now: float, count: int = 1) -> None:
        self._since = now if self._since is None else self._since
        second = int(now)
        if self._buckets and self._buckets[-1][0] == second:
            self._buckets[-1] = (second, self._buckets[-1][1] + count)
        else:
            self._buckets.append((second, count))
        self._sum += count
        self._expire(second)

    def per_second(self, now: float) -> float:
        self._since = now if self._since is None else self._since
        self._expire(int(now))
        return round(self._sum / min(60.0, max(SHORTEST_S, now - self._since)), 2)

    def _expire(self, second: int) -> None:
        while self._buckets and self._buckets[0][0] <= second - 60:
            self._sum -= self._buckets.popleft()[1]


class Listening:
    """What the public listener did since this process started."""

    def __init__(self) -> None:
        self.acked = 0
        self.refused = Counter[int]()
        """By the answer's status."""
        self.rate = Rate()
        self.ack_ms = Durations()

    @property
    def rejected(self) -> int:
        return self.refused.total()


class Processing:
    """What the processor did since this process started."""

    def __init__(self) -> None:
        self.processed = 0
        self.dead = 0
        self.latency_ms = Durations()


class Running:
    """The runs that ended on this node since this process started."""

    def __init__(self) -> None:
        self.ended = Counter[tuple[str, str]]()
        """By job and outcome."""
        self.seconds: defaultdict[str, float] = defaultdict(float)
        """How long they took together, by job."""
        self.succeeded: dict[str, datetime] = {}
        """When the last one ended well, by job."""

    def add(self, job: str, outcome: str, seconds: float, at: datetime) -> None:
        self.ended[job, outcome] += 1
        self.seconds[job] += seconds
        if outcome == "success":
            self.succeeded[job] = at


class Spooling:
    """What the node's spool holds now. `refused`: set aside there, since the database refuses them alone, the newest for `reason`;
    `foreign`: kept for another `database.url`.

    `trouble` says why the spool cannot take deliveries; None while it can.
    """

    def __init__(self) -> None:
        self.waiting = 0
        self.refused = 0
        self.reason: str | None = None
        self.foreign = 0
        self.trouble: str | None = None


class Metrics:
    """All figures of one process."""

    def __init__(self) -> None:
        self.spooling = Spooling()
        self.listening = Listening()
        self.processing = Processing()
        self.running = Running()
        self.writing: Durations | None = None
        """Transactions that wrote to the database; None where this process has none."""
        self.log_bytes: int | None = None
        """Of the write-ahead log beside an SQLite mirror; None before it was looked at, and of Postgres."""
        self.certificates: dict[str, datetime] = {}
        """When the certificate that a door shows will have expired."""
