"""What webhooks missed, as a poll tells it: how much, since when, and to which episode it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bisonwatch.domain.merge import earlier
from bisonwatch.store import traffic, watch
from bisonwatch.store.tx import Tx
from bisonwatch.store.watch import Watch


@dataclass(frozen=True, slots=True)
class Toll:
    """Misses, and the provider's date of the oldest one."""

    missed: int = 0
    since: datetime | None = None

    def plus(self, dates: Sequence[datetime]) -> Toll:
        return self.joining(Toll(len(dates), min(dates, default=None)))

    def joining(self, other: Toll) -> Toll:
        return Toll(self.missed + other.missed, earlier(self.since, other.since))

    def joined(self, known: Watch, *, overtaken: bool) -> Toll:
        """With the stored episode: it goes on with new misses, and a walk that finds none ends it, unless another node's
        walk overtook this one and found some."""
        if known.missing_since is None or (self.since is None and not overtaken):
            return self
        since = known.missing_since if self.since is None else min(self.since, known.missing_since)
        return Toll(self.missed + known.missed, since)


NOTHING = Toll()


async def tell(tx: Tx, watched: Watch, began: datetime, toll: Toll) -> Toll:
    """A poll that began then has finished: count it and what it found missing; the episode it belongs to.

    `watched` is what was known when it began. Rows are locked in the processor's order: traffic, then watch.
    """
    await traffic.walked(tx, watched.workspace, began, toll.missed)
    known = await watch.get(tx, watched.workspace, lock=True) or watched
    overtaken = known.last_poll_at is not None and known.last_poll_at != watched.last_poll_at
    episode = toll.joined(known, overtaken=overtaken)
    began = max(began, known.last_poll_at) if overtaken and known.last_poll_at else began
    await watch.walked(tx, watched.workspace, began, episode.missed, episode.since)
    return episode
