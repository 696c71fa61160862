"""One request to one instance with one key: in turn, behind the breaker, tried again where that is safe."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from bisonwatch.clients.bison.answers import Answer, read, unreachable
from bisonwatch.clients.bison.breaker import Asked, Breaker, BreakerState
from bisonwatch.clients.bison.journal import Journal
from bisonwatch.clients.bison.offset import Offset
from bisonwatch.clients.bison.pace import Pace, Priority
from bisonwatch.clients.bison.pages import Query
from bisonwatch.clock import Clock
from bisonwatch.errors import KeyRejected, ProviderBusy, ProviderError, ProviderUnreachable, RecordMissing
from bisonwatch.logs import redact
from bisonwatch.retry import Backoff

TRIES = 3
CONNECT_S = 10.0
BUSY_WAIT = (45.0, 60.0)
"""Seconds to leave an instance alone after a 429 that does not say how long."""

PATIENCE = 5.0
"""The longest rest of an instance, in seconds, that a person waits out unasked."""

_BACKOFF = Backoff(first=1.0, most=10.0)
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked; a `listed` one must be answered with a list."""

    method: str
    route: str
    query: Query = ()
    body: dict[str, object] | None = None
    listed: bool = False
    read: bool = False
    """Asking twice does no harm."""
    check: Callable[[Answer], None] | None = None
    """Raises ProviderUnreachable for an answer that is well-formed and yet cannot be true; it is then asked for again."""


@dataclass(slots=True)
class Usage:
    """What one job has asked of the provider so far: requests sent, of those again, and answers 429."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0


class Caller:
    """Holds the key; nothing else does. `usage` counts for whoever made this caller (see `at`)."""

    def __init__(
        self,
        base_url: str,
        key: str,
        http: httpx.AsyncClient,
        clock: Clock,
        pace: Pace,
        breaker: Breaker,
        journal: Journal | None = None,
    ) -> None:
        self._base = base_url.rstrip("/").removesuffix("/api")
        self._host = urlsplit(self._base).netloc.rpartition("@")[2] or self._base
        self._key = key
        redact.learn(key)
        self._http = http
        self._clock = clock
        self._pace = pace
        self._breaker = breaker
        self.journal = journal or Journal(clock)
        self._offset = Offset()
        self._rng = random.Random()
        self.timeout_s = 45.0
        self.priority = Priority.POLL
        self.usage = Usage()

    def at(self, priority: Priority, workspace: int | None = None) -> Caller:
        """The same key, pace and breaker for another job, with its own Usage; `workspace` is whose the job is, where it is one's."""
        journal = self.journal.of(workspace)
        other = Caller(self._base, self._key, self._http, self._clock, self._pace, self._breaker, journal)
        other._offset, other._rng = self._offset, self._rng
        other.timeout_s, other.priority = self.timeout_s, priority
        return other

    async def get(self, route: str, query: Query = ()) -> Answer:
        """A read of one object: three tries on network errors, time-outs, 5xx and 429. Raises ProviderError."""
        return await self._tried(Request("GET", route, query, read=True))

    async def get_list(
        self, route: str, query: Query = (), check: Callable[[Answer], None] | None = None
    ) -> Answer:
        """As `get`; an answer without a list is a broken one, never an empty list. So is one that `check` does not believe."""
        return await self._tried(Request("GET", route, query, listed=True, read=True, check=check))

    async def post(self, route: str, body: dict[str, object]) -> Answer:
        """A read that the provider wants as a POST: as `get`."""
        return await self._tried(Request("POST", route, body=body, read=True))

    async def write(self, method: str, route: str, body: dict[str, object] | None = None) -> Answer:
        """A write: tried again only where it cannot have arrived. Raises ProviderError."""
        return await self._tried(Request(method, route, body=body))

    async def _tried(self, request: Request) -> Answer:
        asked = self._breaker.asked(self._pace)
        for attempt in range(1, TRIES + 1):
            asked.tries, asked.sent = attempt, False
            try:
                return self._believed(request, await self._once(request, asked))
            except (ProviderBusy, ProviderUnreachable) as problem:
                if not asked.sent:
                    self.journal.unsent(request.method, request.route)
                closed = self._breaker.state is BreakerState.CLOSED
                if attempt == TRIES or not closed or not _again(request, problem):
                    raise
                if isinstance(problem, ProviderUnreachable):
                    await self._clock.sleep(_BACKOFF.wait(attempt, self._rng))
                self.usage.retries += 1
                if asked.sent:
                    self.journal.again(request.method, request.route)
                log.debug("again (%d of %d): %s", attempt + 1, TRIES, problem)
        raise AssertionError("the last try returns or raises")

    def _believed(self, request: Request, answer: Answer) -> Answer:
        if request.check is not None:
            try:
                request.check(answer)
            except ProviderUnreachable as problem:
                self.journal.doubted(request.method, request.route, problem.message)
                raise
        return answer

    async def _rested(self) -> None:
        """Wait out what the instance asked for with its last 429; a person is told instead of made to wait."""
        while (left := self._breaker.rest_left) > 0:
            if self.priority is Priority.INTERACTIVE and left > PATIENCE:
                raise ProviderBusy(f"{self._host}: asks to be left alone for {left:.0f} s", retry_after=left)
            await self._clock.sleep(left)

    async def _once(self, request: Request, asked: Asked) -> Answer:
        where = f"{self._host} {request.method} {request.route}"
        if not self._key.isascii() or not self._key.isprintable() or not self._key:
            raise KeyRejected(f"{where}: the key is empty or holds characters that no key has")
        while True:
            await self._rested()
            async with self._pace.turn(self.priority):
                if self._breaker.rest_left > 0:  # another was told to wait while this one stood in line
                    continue
                with self._breaker.attempt(asked):
                    asked.sent = True
                    return await self._exchange(request, where)

    async def _exchange(self, request: Request, where: str) -> Answer:
        """One request and its answer, written down. What is interrupted is not: nobody knows how it ended."""
        asked_at, begun, status = self._clock.now(), self._clock.monotonic(), None
        self.usage.requests += 1
        try:
            response = await self._sent(request, where)
            took, status = self._clock.monotonic() - begun, response.status_code
            answer = self._taken(request, response, where, asked_at)
        except ProviderError as problem:
            if status is None:
                took = self._clock.monotonic() - begun
            self.journal.called(request.method, request.route, status, problem, took)
            raise
        self.journal.called(request.method, request.route, status, None, took)
        return answer

    async def _sent(self, request: Request, where: str) -> httpx.Response:
        try:
            async with asyncio.timeout(self.timeout_s):
                return await self._http.request(
                    request.method,
                    self._base + request.route,
                    params=list(request.query) or None,
                    json=request.body,
                    headers={"Authorization": f"Bearer {self._key}", "Accept": "application/json"},
                    timeout=httpx.Timeout(self.timeout_s, connect=min(CONNECT_S, self.timeout_s)),
                    follow_redirects=False,
                )
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as problem:
            raise unreachable(problem, where, self.timeout_s) from problem

    def _taken(self, request: Request, response: httpx.Response, where: str, asked_at: datetime) -> Answer:
        now = self._clock.now()
        self._pace.learn(response.headers)
        self._offset.learn(response.headers.get("date"), asked_at, now)
        try:
            found = read(response, where, self._key, self._offset.provider_time(now))
        except ProviderBusy as problem:
            raise self._told_to_wait(problem) from None
        except RecordMissing as problem:
            problem.known_at = self._offset.provider_time(asked_at)
            raise
        answer = Answer(found, self._offset.provider_time(asked_at))
        if request.listed and not isinstance(answer.data, list):
            raise ProviderUnreachable(f"{where}: answered without a list")
        return answer

    def _told_to_wait(self, problem: ProviderBusy) -> ProviderBusy:
        self.usage.throttled += 1
        if problem.retry_after is None:
            problem.retry_after = self._rng.uniform(*BUSY_WAIT)
        self._breaker.rest(problem.retry_after)
        return problem


def _again(request: Request, problem: ProviderError) -> bool:
    if request.read:
        return True
    return isinstance(problem.__cause__, _UNSENT)
