"""What a poll of the provider's lists finds that webhooks should have brought."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from bisonwatch.domain.changes import FactNews
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.event import EventType
from bisonwatch.domain.facts import FactKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.promptness import TEN_MINUTES, Promptness
from bisonwatch.store.watch import Watch
from bisonwatch.sync.toll import NOTHING, Toll

_TOLD_BY: Mapping[Metric, str] = {
    Metric.SENT: EventType.EMAIL_SENT,
    Metric.SEND_FAILED: EventType.EMAIL_SEND_FAILED,
    Metric.REPLIED: EventType.LEAD_REPLIED,
    Metric.UNTRACKED: EventType.UNTRACKED_REPLY_RECEIVED,
    Metric.MANUAL_SENT: EventType.MANUAL_EMAIL_SENT,
    Metric.BOUNCED: EventType.EMAIL_BOUNCED,
    Metric.INTERESTED: EventType.LEAD_INTERESTED,
}
"""The event that a webhook would have told a fact by; an automated reply is told by that of the reply."""


class Misses:
    """Adds up one poll: of these event types, what was logged since our subscription was first seen.

    `toll` begins with what a walk that was cut had found already: what it wrote, this one will not find again.
    """

    def __init__(
        self,
        watched: Watch,
        types: frozenset[str],
        toll: Toll = NOTHING,
        promptness: Promptness = TEN_MINUTES,
    ) -> None:
        self._since = watched.subscribed_at
        self._types = types
        self.toll = toll
        self.promptness = promptness

    def note(self, told: Iterable[FactNews], waiting: Container[FactKey]) -> None:
        """Facts that this poll was the first to tell. What waits in our own inbox was not missed; what has no date of its own is dated by the poll."""
        dates = [
            item.logged_at or item.seen_at
            for item in told
            if item.source is Source.POLL
            and _TOLD_BY.get(item.fact.id.type) in self._types
            and item.fact.id not in waiting
        ]
        self.toll = self.toll.plus([at for at in dates if self._since is not None and at >= self._since])
