"""Figures of this process: counters, durations with percentiles and buckets, and rates per minute. Bounded, lock-free, one loop."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from bisonwatch.errors import Flaw
from bisonwatch.waiting import Waiting


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


class Disk(NamedTuple):
    """Bytes of a file system: what this process may still write, and all of it."""

    free: int
    size: int


class Spooling:
    """What the node's spool holds now. `refused`: set aside there, since the database refuses them alone, the newest for `reason`;
    `foreign`: kept for another `database.url`.

    `trouble` says why the spool cannot take deliveries; None while it can. `size` are the bytes of its file and of the log beside it, None
    before somebody looked; `max_size` bounds the file.
    """

    def __init__(self) -> None:
        self.waiting = 0
        self.refused = 0
        self.reason: str | None = None
        self.foreign = 0
        self.trouble: str | None = None
        self.size: int | None = None
        self.max_size: int | None = None


class Route(NamedTuple):
    """Of the API: `GET` and `/api/v1/runs/{id}`, the template; `other` for what is no operation."""

    method: str
    path: str


class Answering:
    """What the operator's API answered since this process started. `wrong_tokens`: requests whose token is none of ours."""

    def __init__(self) -> None:
        self.statuses = Counter[tuple[Route, int]]()
        self.took = dict[Route, Durations]()
        """Until the answer began; no single one is kept."""
        self.wrong_tokens = 0

    def add(self, route: Route, status: int, milliseconds: float) -> None:
        self.statuses[route, status] += 1
        self.took.setdefault(route, Durations(0)).add(milliseconds)


class Caching:
    """What the cache of datasets did since this process started: for each dataset how often what happened."""

    def __init__(self) -> None:
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)


CALL_BOUNDS_MS = (25, 50, 100, 200, 400, 700, 1000, 1500, 2000, 5000, 10000, 20000)
"""Where the buckets of a tally end, in milliseconds, the end included; one more has what took longer."""


class Ending(StrEnum):
    """How a request to the provider ended. Everything but OK is an error, a record that is gone too: it was asked for."""

    OK = "ok"
    DENIED = "denied"
    """401, 403."""
    MISSING = "missing"
    """404."""
    THROTTLED = "throttled"
    """429."""
    REFUSED = "refused"
    """Any other 3xx or 4xx, and a 200 that says `success: false`."""
    FAILED = "failed"
    """5xx, 408."""
    TIMEOUT = "timeout"
    BROKEN = "broken"
    """No connection, one that broke, or an answer that is not what was asked for."""


class Endpoint(NamedTuple):
    """`name` is the method and the route as a template, `GET /api/leads/{id}`: never an id, a query or a key."""

    instance: str
    name: str


class Tally:
    """Calls: how they ended and how long they took. `retries`: those of them that asked again. `unsent`: held back by our own breaker, or
    by a wait the provider asked for; they are no calls.
    """

    __slots__ = ("buckets", "calls", "endings", "max_ms", "retries", "total_ms", "unsent")

    def __init__(self) -> None:
        self.calls = self.retries = self.unsent = 0
        self.endings = dict.fromkeys(Ending, 0)
        self.total_ms = self.max_ms = 0.0
        self.buckets = [0] * (len(CALL_BOUNDS_MS) + 1)

    def add(self, ending: Ending, milliseconds: float) -> None:
        self.calls += 1
        self.endings[ending] += 1
        self.total_ms += milliseconds
        self.max_ms = max(self.max_ms, milliseconds)
        self.buckets[bisect_left(CALL_BOUNDS_MS, milliseconds)] += 1

    @property
    def errors(self) -> int:
        return self.calls - self.endings[Ending.OK]

    def merge(self, other: Tally) -> None:
        self.calls += other.calls
        self.retries += other.retries
        self.unsent += other.unsent
        for ending, count in other.endings.items():
            self.endings[ending] += count
        self.total_ms += other.total_ms
        self.max_ms = max(self.max_ms, other.max_ms)
        self.buckets = [mine + its for mine, its in zip(self.buckets, other.buckets, strict=True)]


OTHER = "other"
_DIGITS = re.compile(r"\d+")


class Calls:
    """Requests to the provider: `totals` and `statuses` since this process started, `waiting` what is not stored yet.

    A status is `200`, `timeout` or `broken`. There are as many endpoints as the client has routes, and `MOST` at most.
    """

    MOST = 300

    def __init__(self) -> None:
        self.totals = dict[Endpoint, Tally]()
        self.statuses = Counter[tuple[Endpoint, str]]()
        self.waiting = Waiting[Endpoint, Tally](Tally, self.MOST, _other_endpoint)

    def add(self, at: datetime, endpoint: Endpoint, ending: Ending, status: str, milliseconds: float) -> None:
        """One request that was sent, and what became of it."""
        endpoint = self._known(endpoint)
        self.statuses[endpoint, status] += 1
        self.totals[endpoint].add(ending, milliseconds)
        self.waiting.sum(at, endpoint).add(ending, milliseconds)

    def again(self, at: datetime, endpoint: Endpoint) -> None:
        """It will be sent once more."""
        endpoint = self._known(endpoint)
        self.totals[endpoint].retries += 1
        self.waiting.sum(at, endpoint).retries += 1

    def unsent(self, at: datetime, endpoint: Endpoint) -> None:
        """It was held back."""
        endpoint = self._known(endpoint)
        self.totals[endpoint].unsent += 1
        self.waiting.sum(at, endpoint).unsent += 1

    def _known(self, endpoint: Endpoint) -> Endpoint:
        if endpoint not in self.totals:
            if len(self.totals) >= self.MOST:
                endpoint = _other_endpoint(endpoint)
            self.totals.setdefault(endpoint, Tally())
        return endpoint


def _other_endpoint(endpoint: Endpoint) -> Endpoint:
    return Endpoint(endpoint.instance, OTHER)


class FlawKey(NamedTuple):
    """What was wrong with an answer or a dataset. `workspace` is 0 where it is of none; `source` says who told it, `GET /api/leads`."""

    instance: str
    workspace: int
    source: str
    field: str
    reason: str


class Flaws:
    """How often a flaw was met, when, and what such a value looks like."""

    __slots__ = ("count", "example", "first_at", "last_at")

    def __init__(self) -> None:
        self.count = 0
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self.example: str | None = None

    def add(self, at: datetime, example: str | None) -> None:
        self.count += 1
        self.first_at = self.first_at or at
        self.last_at = at
        self.example = self.example or example

    def merge(self, other: Flaws) -> None:
        self.count += other.count
        self.first_at = min(filter(None, (self.first_at, other.first_at)), default=None)
        self.last_at = max(filter(None, (self.last_at, other.last_at)), default=None)
        self.example = self.example or other.example


class Workspace(Protocol):
    """Whose dataset it is."""

    @property
    def instance(self) -> str: ...
    @property
    def id(self) -> int: ...


class Validation:
    """Flaws of what the provider answered and of what was made of it: `counts` since this process started, `waiting` not stored yet."""

    MOST = 200

    def __init__(self) -> None:
        self.counts = Counter[str]()
        """By instance."""
        self.waiting = Waiting[FlawKey, Flaws](Flaws, self.MOST, _other_flaw)

    def add(self, at: datetime, flaw: FlawKey, example: str | None = None) -> None:
        """`example` says what a value of that kind looks like; it is no one's data."""
        self.counts[flaw.instance] += 1
        self.waiting.sum(at, flaw).add(at, example)

    def flawed(self, at: datetime, workspace: Workspace, flaws: Iterable[Flaw]) -> None:
        """What was wrong with a dataset that may not be stored. What a reason says behind its colon is the example; days in a path are one field."""
        for flaw in flaws:
            reason, _, found = flaw.reason.partition(": ")
            field = _DIGITS.sub("N", flaw.field) or "value"
            self.add(at, FlawKey(workspace.instance, workspace.id, flaw.source, field, reason), found or None)


def _other_flaw(flaw: FlawKey) -> FlawKey:
    return FlawKey(flaw.instance, 0, OTHER, OTHER, OTHER)


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
        self.disks: dict[str, Disk] = {}
        """Where the `database` and the `spool` lie; of a server's disk nothing is known."""
        self.calls = Calls()
        self.validation = Validation()
        self.caching = Caching()
        self.answering = Answering()
