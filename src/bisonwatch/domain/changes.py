"""What one batch of deliveries changes in the mirror: folded, so that each row is written once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from bisonwatch.domain.account import Said
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.event import Lead
from bisonwatch.domain.facts import Fact
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import Version
from bisonwatch.domain.promptness import Told
from bisonwatch.domain.stage import Marks


@dataclass(frozen=True, slots=True)
class FactNews:
    """A fact and the delivery that states it."""

    fact: Fact
    delivery: UUID
    source: Source
    seen_at: datetime
    logged_at: datetime | None

    @property
    def dated_at(self) -> datetime | None:
        """When its door dates it: the log's date; a poll that has none is dated by itself."""
        return self.logged_at or (self.seen_at if self.source is Source.POLL else None)

    @property
    def told(self) -> Told:
        """By this news alone."""
        return Told(self.dated_at, self.seen_at if self.source is Source.WEBHOOK else None)


@dataclass(frozen=True, slots=True)
class Contact:
    """Which campaign and mailbox last met the lead."""

    version: Version
    campaign_id: int | None
    account_id: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The lead's newest reply."""

    version: Version
    reply_id: int


@dataclass(frozen=True, slots=True)
class LeadNews:
    """What is known of one lead after folding: the winning description, the merged marks, the newest contact and answer."""

    workspace: WorkspaceKey
    lead: Lead
    version: Version
    marks: Marks
    contact: Contact | None = None
    answer: Answer | None = None

    def merged(self, other: LeadNews) -> LeadNews:
        """Both together. The newer description wins whole; ties go to the greater text, so that order cannot matter."""
        mine, theirs = (self.version, _text(self.lead)), (other.version, _text(other.lead))
        winner = other if theirs >= mine else self
        return replace(
            winner,
            marks=self.marks.merged(other.marks),
            contact=_newer(self.contact, other.contact),
            answer=_newer(self.answer, other.answer),
        )


T = TypeVar("T", Contact, Answer)


def _text(lead: Lead) -> str:
    return repr(lead)


def _newer(a: T | None, b: T | None) -> T | None:
    if a is None or b is None:
        return a or b
    return b if b.version >= a.version else a


@dataclass(frozen=True, slots=True)
class CampaignNews:
    workspace: WorkspaceKey
    id: int
    name: str | None
    version: Version


class HintKind(StrEnum):
    """What wants to be read again."""

    ACCOUNT = "account"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Hint:
    """An object whose state may have changed at `known_at`; reading it decides."""

    workspace: WorkspaceKey
    kind: HintKind
    object_id: int
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a batch says about a workspace itself."""

    workspace: WorkspaceKey
    name: str | None
    name_known_at: datetime
    last_webhook_at: datetime | None
    last_event_at: datetime | None
    first_webhook_at: datetime | None = None
    """Where more than one webhook came."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Deliveries of one workspace in one minute."""

    workspace: WorkspaceKey
    minute: datetime
    webhooks: int
    polled: int


@dataclass(frozen=True, slots=True)
class TypeCount:
    """Deliveries of one type (unknown ones too) of one workspace."""

    workspace: WorkspaceKey
    type: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """One batch, ready to be written; every tuple is sorted by key, so that two nodes cannot deadlock."""

    facts: tuple[FactNews, ...] = ()
    leads: tuple[LeadNews, ...] = ()
    campaigns: tuple[CampaignNews, ...] = ()
    hints: tuple[Hint, ...] = ()
    accounts: tuple[Said, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    traffic: tuple[Traffic, ...] = ()
    types: tuple[TypeCount, ...] = ()


def fold_leads(news: Iterable[LeadNews]) -> tuple[LeadNews, ...]:
    """One entry per lead, sorted by key."""
    folded: dict[tuple[WorkspaceKey, str], LeadNews] = {}
    for item in news:
        key = (item.workspace, item.lead.email)
        known = folded.get(key)
        folded[key] = known.merged(item) if known else item
    return tuple(folded[key] for key in sorted(folded))
