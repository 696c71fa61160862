"""Small makers of news for tests: only what the test is about is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from bisonwatch.domain.changes import FactNews, LeadNews, Sighting
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.event import Lead
from bisonwatch.domain.facts import Fact, FactKey
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.merge import SourceRank, Version
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.stage import Marks

NORTHWIND = WorkspaceKey("main", 12)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def at(minutes: float = 0) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def fact(
    key: str = "s:1",
    kind: Metric = Metric.SENT,
    when: datetime = NOON,
    rank: int = 0,
    source: Source = Source.WEBHOOK,
    workspace: WorkspaceKey = NORTHWIND,
    delivery: UUID | None = None,
    seen_at: datetime | None = None,
) -> FactNews:
    return FactNews(
        Fact(FactKey(workspace, kind, key), when, rank),
        delivery or uuid7(NOON),
        source,
        seen_at or when,
        None,
    )


def lead(
    email: str = "palle@molar.example",
    *,
    name: str = "Palle",
    known: datetime = NOON,
    sequence: int = 1,
    **marks: datetime,
) -> LeadNews:
    who = Lead(870052, email, name, "Stenmark", "Bright Molar", None, "unverified", ())
    return LeadNews(NORTHWIND, who, Version(known, SourceRank.EVENT, sequence), Marks(**marks))


def sighting(
    workspace: WorkspaceKey = NORTHWIND, name: str | None = "Northwind Desk", when: datetime = NOON
) -> Sighting:
    return Sighting(workspace, name, when, when, when)
