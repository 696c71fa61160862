"""The filter of the accounts: `text`, `state:held`, `provider:google`, `tag:warm`, `@instance`; `!` before any turns it round. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bisonwatch.domain.roster import Standing
from bisonwatch.tui.sheet import Entry, Test

_WORDS = re.compile(r'(?:"[^"]*"?|[^\s"])+')
"""What stands between quotes is one word: tags have blanks in them."""
NONE = "none"
_THERE = frozenset(Standing) - {Standing.REMOVED}
_STATES: dict[str, Callable[[Entry], bool]] = {
    "disconnected": lambda one: one.standing is Standing.DISCONNECTED,
    "connected": lambda one: one.standing in (Standing.CONNECTED, Standing.HELD),
    "held": lambda one: one.held,
    "bad": lambda one: one.held or one.standing is Standing.DISCONNECTED,
    "removed": lambda one: one.standing is Standing.REMOVED,
    "all": lambda one: True,
}


def _where(one: Entry) -> tuple[str, ...]:
    return one.label, str(one.row.workspace)


Said = str | tuple[str, ...] | None
_FIELDS: dict[str, Callable[[Entry], Said]] = {
    "provider": lambda one: one.row.provider,
    "reseller": lambda one: one.row.reseller,
    "tag": lambda one: one.row.tags,
    "workspace": _where,
    "ws": _where,
    "address": lambda one: one.row.email,
}


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """A parsed filter; `error` says what could not be understood (that term is then ignored)."""

    source: str
    tests: tuple[Test, ...]
    error: str | None = None

    def keeps(self, one: Entry) -> bool:
        return all(test(one) for test in self.tests)


def parse(source: str) -> AccountFilter:
    """A filter from what a person typed; never raises, because it runs at every key. Removed accounts are shown where it asks for them."""
    tests: list[Test] = []
    error, removed = None, False
    for word in _WORDS.findall(source.casefold()):
        turned = word.startswith("!") and len(word) > 1
        test = _term(word[1:].replace('"', "") if turned else word.replace('"', ""))
        if isinstance(test, str):
            error = error or test
            continue
        removed = removed or (test in (_STATES["removed"], _STATES["all"]) and not turned)
        tests.append(_not(test) if turned else test)
    return AccountFilter(source, tuple(tests) if removed else (_there, *tests), error)


def _there(one: Entry) -> bool:
    return one.standing in _THERE


def _not(test: Test) -> Test:
    return lambda one: not test(one)


def _term(word: str) -> Test | str:
    name, colon, wanted = word.partition(":")
    if colon and name == "state":
        return _state(wanted)
    if colon and name in _FIELDS:
        return _field(name, wanted)
    if word.startswith("@"):
        return lambda one: one.row.workspace.instance.casefold().startswith(word[1:])
    return lambda one: word in one.text


def _state(word: str) -> Test | str:
    if not word:
        return "state: wants a word, such as state:disconnected"
    found = next((test for name, test in _STATES.items() if name.startswith(word)), None)
    return found or f"no state '{word}': {', '.join(_STATES)}"


def _field(name: str, word: str) -> Test | str:
    if not word:
        return f"{name}: wants a word" + (f", or {NONE}" if name in ("tag", "reseller") else "")
    said = _FIELDS[name]
    if word == NONE:
        return lambda one: not said(one)
    known: dict[Said, bool] = {}

    def test(one: Entry) -> bool:
        """Most accounts say one of few things, so each is looked at once."""
        value = said(one)
        found = known.get(value)
        if found is None:
            several = value if isinstance(value, tuple) else (value or "",)
            found = known[value] = any(word in each.casefold() for each in several)
        return found

    return test
