"""Deliveries that wait for something of the database's that somebody else locks or forbids: how long each, and the log's two lines.

They are not to blame, so no try of theirs is counted, and none becomes a dead letter however long it lasts.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.retry import Backoff
from bisonwatch.store.inbox import PATIENCE

log = logging.getLogger(__name__)

HASTE = timedelta(seconds=0.3)
"""How long a lock is waited for where one has been waited for in vain already."""
EACH, SEVERAL = 8, 3
"""So many of a workspace are tried alone in one pass; failures in so many workspaces, and no success, are the database's own."""
_AGAIN = Backoff(first=2.0, most=60.0)
GONE_S = 180.0
"""What did not come by again for so long, another node has taken."""

Home = WorkspaceKey | None


@dataclass(slots=True)
class Search:
    """One pass through a batch that cannot be written as a whole."""

    patience: timedelta = PATIENCE
    passed: bool = False
    alone: Counter[Home] = field(default_factory=Counter)

    def failed(self) -> None:
        self.patience = HASTE

    def given_up(self, home: Home) -> bool:
        """Enough of it were tried: each one more would keep the other workspaces waiting."""
        return self.alone[home] >= EACH

    @property
    def everywhere(self) -> bool:
        return not self.passed and len(self.alone) >= SEVERAL


@dataclass(slots=True)
class _One:
    home: Home
    tries: int
    due: float


class Held:
    """What this node has put off; another node that meets the same finds out by itself."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ones: dict[UUID, _One] = {}
        self._since: dict[Home, float] = {}

    def __contains__(self, id: UUID) -> bool:
        return id in self._ones

    def search(self) -> Search:
        return Search(HASTE if self._ones else PATIENCE)

    def begins(self, home: Home) -> bool:
        """Whether nothing of that workspace has been held up so far."""
        return home not in self._since

    def wait(self, id: UUID, home: Home) -> float:
        """Seconds until its next try."""
        one = self._ones.setdefault(id, _One(home, 0, 0.0))
        one.tries += 1
        seconds = _AGAIN.wait(one.tries)
        one.due = self._clock.monotonic() + seconds
        return seconds

    def tell(self, home: Home, reason: str) -> None:
        self._since[home] = self._clock.monotonic()
        log.warning("deliveries of %s are held up: %s; the others go on", _named(home), reason)

    def passed(self, ids: Iterable[UUID]) -> None:
        """Whatever became of them, they wait no longer."""
        if not self._ones:
            return
        homes = {one.home for one in (self._ones.pop(id, None) for id in ids) if one is not None}
        for home in homes - {one.home for one in self._ones.values()}:
            took = self._clock.monotonic() - self._since.pop(home, self._clock.monotonic())
            log.info("deliveries of %s go on again, after %.1f s", _named(home), took)

    def forget(self) -> None:
        """Those that another node has taken meanwhile."""
        before = self._clock.monotonic() - GONE_S
        self.passed([id for id, one in self._ones.items() if one.due < before])


def _named(home: Home) -> str:
    return "no workspace" if home is None else f"workspace {home}"
