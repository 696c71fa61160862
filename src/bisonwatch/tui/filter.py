"""The filter's small language: `text`, `!text`, `lag>10s`, `state:crit`, `@instance`; all terms must hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bisonwatch.domain.health import Health
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.domain.status import lag_seconds

HINT = "text  !text  lag>10s  state:crit  @instance"

Test = Callable[[WorkspaceRow, datetime], bool]

_LAG = re.compile(r"lag([<>])(\d+(?:\.\d+)?)(ms|s|m|h|d)?$")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, None: 1.0}
_STATES = {
    "crit": (Health.CRITICAL,),
    "warn": (Health.WARNING,),
    "unknown": (Health.UNKNOWN,),
    "ok": (Health.HEALTHY, Health.IDLE),
    "healthy": (Health.HEALTHY,),
    "idle": (Health.IDLE,),
    "paused": (Health.PAUSED,),
    "bad": (Health.CRITICAL, Health.WARNING, Health.UNKNOWN),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; `error` says what could not be understood (that term is then ignored)."""

    source: str
    tests: tuple[Test, ...] = ()
    error: str | None = None

    def __bool__(self) -> bool:
        return bool(self.tests)

    def keeps(self, row: WorkspaceRow, now: datetime) -> bool:
        return all(test(row, now) for test in self.tests)


ALL = Filter("")


def parse(source: str) -> Filter:
    """A filter from what a person typed; never raises, because it runs at every key."""
    tests: list[Test] = []
    error = None
    for word in source.split():
        test = _term(word)
        if isinstance(test, str):
            error = error or test
        else:
            tests.append(test)
    return Filter(source, tuple(tests), error)


def _term(word: str) -> Test | str:
    low = word.casefold()
    if low.startswith("state:"):
        return _state(low[6:])
    if low.startswith(("lag>", "lag<")):
        return _lag(low)
    if low.startswith("@"):
        return lambda row, now: row.key.instance.casefold().startswith(low[1:])
    if low.startswith("!") and len(low) > 1:
        return lambda row, now: low[1:] not in _text(row)
    return lambda row, now: low in _text(row)


def _state(word: str) -> Test | str:
    if not word:
        return "state: wants a word, such as state:crit"
    for name, states in _STATES.items():
        if name.startswith(word) or word.startswith(name):
            return lambda row, now: row.health in states
    return f"no state '{word}': {', '.join(_STATES)}"


def _lag(word: str) -> Test | str:
    match = _LAG.match(word)
    if match is None:
        return f"'{word}': write lag>10s or lag<2m"
    bound = float(match[2]) * _UNITS[match[3]]
    more = match[1] == ">"

    def test(row: WorkspaceRow, now: datetime) -> bool:
        lag = lag_seconds(row, now)
        return lag is not None and (lag > bound if more else lag < bound)

    return test


def _text(row: WorkspaceRow) -> str:
    return f"{row.name} {row.key}".casefold()
