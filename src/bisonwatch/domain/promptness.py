"""Did a webhook bring a fact in time? Counted by the slot of time that the fact is dated in. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric

DAY = timedelta(hours=24)
KEPT = 2 * DAY
"""What is older is not counted any more: a rate is of a day."""
WIDEST = timedelta(minutes=1)
NEVER_DUE = frozenset((Metric.SEND_FAILED,))
"""No subscription brings these."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Told(NamedTuple):
    """When the provider's log dates a fact (a poll that has no date: when it came), and when a webhook first brought it.

    Both None: only a list told it that was read for its history.
    """

    logged_at: datetime | None
    webhook_at: datetime | None


NOBODY = Told(None, None)


class Retold(NamedTuple):
    """One fact of a workspace, as it was told before and as it is now."""

    workspace: WorkspaceKey
    before: Told
    after: Told


class Slot(NamedTuple):
    """A slot of time of one workspace, by its start."""

    workspace: WorkspaceKey
    start: datetime


class Due(NamedTuple):
    """Facts that a webhook was to bring, and those of them that one brought in time; or by how much these change."""

    facts: int
    prompt: int


@dataclass(frozen=True, slots=True)
class Promptness:
    """A webhook is in time `within` so long of the date of what it brings."""

    within: timedelta = timedelta(minutes=10)
    width: timedelta = field(init=False)
    """Of a slot: a minute, where so much does not blur what is in time."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", min(self.within, WIDEST))

    def number(self, at: datetime) -> int:
        """Of the slot that a moment lies in."""
        return (at - _EPOCH) // self.width

    def start(self, number: int) -> datetime:
        return _EPOCH + number * self.width

    def judged(self, told: Told) -> tuple[int, bool] | None:
        """The slot a fact is due in, and whether its webhook came in time; None while nothing says that one was to come."""
        at = told.logged_at or told.webhook_at
        if at is None:
            return None
        return self.number(at), told.webhook_at is not None and told.webhook_at <= at + self.within

    def day(self, now: datetime) -> tuple[datetime, datetime]:
        """The starts of the first and the last slot of a day's rate: whole slots of the last 24 h that are over `within` ago."""
        return now - DAY, now - self.within - self.width


TEN_MINUTES = Promptness()


class Ledger:
    """Adds up by how much the counts of slots change."""

    def __init__(self, promptness: Promptness, now: datetime) -> None:
        self._promptness = promptness
        self._oldest = promptness.number(now - KEPT)
        self._found: dict[tuple[WorkspaceKey, int], list[int]] = {}

    def brought(self, workspace: WorkspaceKey, at: datetime) -> None:
        """A fact nobody had told, and no log has dated: its receipt by a webhook is its date, so it came in time."""
        self._add(workspace, self._promptness.number(at), 1, 1)

    def told(self, retold: Iterable[Retold]) -> None:
        """Each fact leaves the slot it was in for the one it is in now."""
        for workspace, before, after in retold:
            was, now = self._promptness.judged(before), self._promptness.judged(after)
            if was == now:
                continue
            for place, step in ((was, -1), (now, 1)):
                if place is not None:
                    self._add(workspace, place[0], step, step * place[1])

    def _add(self, workspace: WorkspaceKey, number: int, facts: int, prompt: int) -> None:
        """A slot that is too old stays as it is: nothing asks for it again."""
        if number < self._oldest:
            return
        counts = self._found.setdefault((workspace, number), [0, 0])
        counts[0] += facts
        counts[1] += prompt

    def slots(self) -> dict[Slot, Due]:
        start = self._promptness.start
        return {
            Slot(workspace, start(number)): Due(*counts)
            for (workspace, number), counts in self._found.items()
            if any(counts)
        }
