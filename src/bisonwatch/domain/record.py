"""What became of deliveries by the provider's own record of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bisonwatch.domain.promptness import Promptness

ANSWERED = frozenset(("succeeded", "success"))
REFUSED = frozenset(("failed", "failure"))


class Outcome(StrEnum):
    """Of an event, the best first. LATE: the provider still tries, so nothing is missed yet."""

    ANSWERED = "answered"
    LATE = "late"
    REFUSED = "refused"


_BEST = tuple(Outcome)


@dataclass(frozen=True, slots=True)
class Record:
    """How many events ended how, when the log was last read."""

    answered: int = 0
    refused: int = 0
    late: int = 0

    @property
    def share(self) -> float | None:
        """Delivered, of what is decided; None while nothing is."""
        decided = self.answered + self.refused
        return self.answered / decided if decided else None


NOTHING = Record()


def outcome(deliveries: Iterable[tuple[str, Iterable[int | None]]]) -> Outcome | None:
    """Of one event, by the status and the answers of each of its deliveries to us; None without any.

    One that succeeded is enough. A word that is none of the known ones is no decision, unless an answer is a 200.
    """
    return min((_one(status, answers) for status, answers in deliveries), key=_BEST.index, default=None)


def _one(status: str, answers: Iterable[int | None]) -> Outcome:
    word = status.lower()
    if word in ANSWERED:
        return Outcome.ANSWERED
    if word in REFUSED:
        return Outcome.REFUSED
    return Outcome.ANSWERED if 200 in answers else Outcome.LATE


def slots(
    seen: Iterable[tuple[datetime, Outcome]], wanted: Callable[[datetime], bool], promptness: Promptness
) -> Mapping[datetime, Record]:
    """Added up by the slot in which each event was logged; of those whose date is wanted."""
    found: dict[int, dict[str, int]] = {}
    for at, what in seen:
        if wanted(at):
            counts = found.setdefault(promptness.number(at), dict.fromkeys(Outcome, 0))
            counts[what] += 1
    return {promptness.start(number): Record(**counts) for number, counts in found.items()}
