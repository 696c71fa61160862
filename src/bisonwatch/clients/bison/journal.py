"""What is written down of each request: where it went, how it ended, how long it took, and what was wrong with its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

import httpx

from bisonwatch.clients.bison.rows import shape
from bisonwatch.clock import Clock
from bisonwatch.errors import ProviderError, RequestRefused
from bisonwatch.metrics import Calls, Ending, Endpoint, FlawKey, Validation

_WORD = re.compile(r"[a-z][a-z0-9.-]*")
_DIGITS = re.compile(r"\d+")
_LONGEST = 160


@lru_cache(maxsize=1024)
def template(route: str) -> str:
    """The route without whose: every part that is no plain word is an id or an address."""
    parts = route.partition("?")[0].split("/")
    return "/".join(part if not part or _WORD.fullmatch(part) else "{id}" for part in parts)


def ending_of(status: int | None, problem: ProviderError | None) -> Ending:
    """How a request ended; without a status nothing was answered."""
    if problem is None:
        return Ending.OK
    match status:
        case None:
            late = isinstance(problem.__cause__, httpx.TimeoutException | TimeoutError)
            return Ending.TIMEOUT if late else Ending.BROKEN
        case 401 | 403:
            return Ending.DENIED
        case 404:
            return Ending.MISSING
        case 429:
            return Ending.THROTTLED
        case 408:
            return Ending.FAILED
        case _ if status >= 500:
            return Ending.FAILED
        case _ if status >= 300 or isinstance(problem, RequestRefused):
            return Ending.REFUSED
    return Ending.BROKEN


@dataclass(frozen=True, slots=True)
class Journal:
    """Of one instance, and of one workspace where what is asked is of one (0: of none). Nobody's data is written down, only shapes of it."""

    clock: Clock
    instance: str = ""
    calls: Calls = field(default_factory=Calls)
    validation: Validation = field(default_factory=Validation)
    workspace: int = 0

    def of(self, workspace: int | None) -> Journal:
        return self if workspace is None else replace(self, workspace=workspace)

    def called(
        self, method: str, route: str, status: int | None, problem: ProviderError | None, seconds: float
    ) -> None:
        """A request that was sent. One whose 200 cannot be taken is a flaw too."""
        ending = ending_of(status, problem)
        told = ending.value if status is None else str(status)
        self.calls.add(self.clock.now(), self._endpoint(method, route), ending, told, seconds * 1000)
        if problem is not None and status is not None and ending is Ending.BROKEN:
            self.doubted(method, route, problem.message.partition(f"{route}: ")[2] or problem.message)

    def again(self, method: str, route: str) -> None:
        self.calls.again(self.clock.now(), self._endpoint(method, route))

    def unsent(self, method: str, route: str) -> None:
        self.calls.unsent(self.clock.now(), self._endpoint(method, route))

    def doubted(self, method: str, route: str, words: str) -> None:
        """An answer as a whole that cannot be true; `words` are ours."""
        self._flaw(f"{method} {template(route)}", "answer", _DIGITS.sub("N", words), words)

    def flawed(self, method: str, route: str, name: str, reason: str, found: object) -> None:
        """A field, or a row for its sake, that was left out."""
        self._flaw(f"{method} {template(route)}", _DIGITS.sub("", name), reason, shape(found))

    def _flaw(self, source: str, name: str, reason: str, example: str) -> None:
        flaw = FlawKey(self.instance, self.workspace, source, name[:_LONGEST], reason[:_LONGEST])
        self.validation.add(self.clock.now(), flaw, example[:_LONGEST])

    def _endpoint(self, method: str, route: str) -> Endpoint:
        return _endpoint(self.instance, method, template(route))


@lru_cache(maxsize=1024)
def _endpoint(instance: str, method: str, route: str) -> Endpoint:
    return Endpoint(instance, f"{method} {route}")
