"""Which key stands where in the bottom line of the main screen."""

from __future__ import annotations

from collections.abc import Iterable

from bisonwatch.tui.commands.command import Command

_PLACES = {
    "open": 0,
    "back": 0,
    "resync": 1,
    "replay": 1,
    "replay alike": 1,
    "make now": 1,
    "make all": 2,
    "clear": 3,
    "discard": 2,
    "confirm": 2,
    "poll": 2,
    "cancel": 2,
    "again": 2,
    "routine": 4,
    "filter": 3,
    "sort": 4,
    "pause": 5,
    "copy": 6,
    "drift": 7,
    "webhooks": 8,
}
"""By the word of the bottom line; the others come last."""


def placed(commands: Iterable[Command]) -> list[Command]:
    """Where two have the same place, the one that was first stays first."""
    return sorted(commands, key=lambda command: _PLACES.get(command.footer, 9))
