"""A lead's pipeline stage: a person's word, else a pure function of the lead's dated facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bisonwatch.domain.merge import earlier

LONGEST = 100
"""Characters of a stage that a person writes."""


class Stage(StrEnum):
    """The stages bisonwatch gives by itself. A person may write any other word (`qualified`, `closed`, …)."""

    NEW = "new"
    CONTACTED = "contacted"
    REPLIED = "replied"
    INTERESTED = "interested"
    BOUNCED = "bounced"
    UNSUBSCRIBED = "unsubscribed"


class Author(StrEnum):
    AUTO = "auto"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Marks:
    """The earliest moment known for each turn in a lead's life; None where it did not happen."""

    contacted_at: datetime | None = None
    replied_at: datetime | None = None
    interested_at: datetime | None = None
    bounced_at: datetime | None = None
    unsubscribed_at: datetime | None = None

    def merged(self, other: Marks) -> Marks:
        """The earlier of each: commutative, associative, idempotent, so arrival order cannot matter."""
        return Marks(
            earlier(self.contacted_at, other.contacted_at),
            earlier(self.replied_at, other.replied_at),
            earlier(self.interested_at, other.interested_at),
            earlier(self.bounced_at, other.bounced_at),
            earlier(self.unsubscribed_at, other.unsubscribed_at),
        )


def automatic(marks: Marks) -> Stage:
    """Interested if interested; else bounced or unsubscribed, whichever is earlier; else replied, contacted, new."""
    if marks.interested_at:
        return Stage.INTERESTED
    if marks.bounced_at and (marks.unsubscribed_at is None or marks.bounced_at <= marks.unsubscribed_at):
        return Stage.BOUNCED
    if marks.unsubscribed_at:
        return Stage.UNSUBSCRIBED
    if marks.replied_at:
        return Stage.REPLIED
    return Stage.CONTACTED if marks.contacted_at else Stage.NEW
