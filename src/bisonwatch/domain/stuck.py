"""Deliveries in a spool that wait for a person, not for the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stuck:
    """`refused`: set aside, since the database refuses them alone or they cannot be read, the newest for `reason`.
    `foreign`: kept for another `database.url`."""

    refused: int = 0
    reason: str | None = None
    foreign: int = 0

    @property
    def told(self) -> tuple[str, ...]:
        """A sentence for each, with what to do."""
        said = []
        if self.refused:
            why = f", the newest since {self.reason}" if self.reason else ""
            said.append(
                f"{_count(self.refused)} refused and set aside in the spool{why}; "
                f"`bisonwatch db spool list` shows {_them(self.refused)}"
            )
        if self.foreign:
            said.append(
                f"{_count(self.foreign)} in the spool for another database.url; "
                f"`bisonwatch db spool adopt` hands {_them(self.foreign)} over"
            )
        return tuple(said)


NOTHING = Stuck()


def of_all(every: Iterable[Stuck]) -> Stuck:
    """Of all nodes. The reason is that of the first that has one."""
    known = list(every)
    reason = next((one.reason for one in known if one.reason), None)
    return Stuck(sum(one.refused for one in known), reason, sum(one.foreign for one in known))


def _them(number: int) -> str:
    return "it" if number == 1 else "them"


def _count(number: int) -> str:
    return "1 delivery is" if number == 1 else f"{number:,} deliveries are"
