"""The closed union of everything the provider tells us, in one vocabulary, whatever door it came through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.ids import WorkspaceKey


class EventType(StrEnum):
    """The provider's 23 event types (lower case; aliases are folded by translate)."""

    EMAIL_SENT = "email_sent"
    MANUAL_EMAIL_SENT = "manual_email_sent"
    LEAD_FIRST_CONTACTED = "lead_first_contacted"
    LEAD_REPLIED = "lead_replied"
    LEAD_INTERESTED = "lead_interested"
    LEAD_UNSUBSCRIBED = "lead_unsubscribed"
    UNTRACKED_REPLY_RECEIVED = "untracked_reply_received"
    EMAIL_OPENED = "email_opened"
    EMAIL_BOUNCED = "email_bounced"
    EMAIL_ACCOUNT_ADDED = "email_account_added"
    EMAIL_ACCOUNT_REMOVED = "email_account_removed"
    EMAIL_ACCOUNT_DISCONNECTED = "email_account_disconnected"
    EMAIL_ACCOUNT_RECONNECTED = "email_account_reconnected"
    TAG_ATTACHED = "tag_attached"
    TAG_REMOVED = "tag_removed"
    WARMUP_DISABLED_RECEIVING_BOUNCES = "warmup_disabled_receiving_bounces"
    WARMUP_DISABLED_CAUSING_BOUNCES = "warmup_disabled_causing_bounces"
    EMAIL_SEND_FAILED = "email_send_failed"
    MANUAL_EMAIL_SEND_FAILED = "manual_email_send_failed"
    BLACKLISTED_EMAIL_ADDED = "blacklisted_email_added"
    BLACKLISTED_EMAIL_REMOVED = "blacklisted_email_removed"
    BLACKLISTED_DOMAIN_ADDED = "blacklisted_domain_added"
    BLACKLISTED_DOMAIN_REMOVED = "blacklisted_domain_removed"


SUBSCRIBABLE = tuple(EventType)[:17]
"""The 17 types the provider is known to take in a webhook subscription."""

ACCOUNT_TYPES = frozenset(t for t in EventType if t.startswith(("email_account_", "warmup_")))
TAG_TYPES = frozenset((EventType.TAG_ATTACHED, EventType.TAG_REMOVED))
BLACKLIST_TYPES = frozenset(t for t in EventType if t.startswith("blacklisted_"))
LEAD_TYPES = frozenset(EventType) - ACCOUNT_TYPES - TAG_TYPES - BLACKLIST_TYPES


@dataclass(frozen=True, slots=True)
class Header:
    """What every event says. `type` is lower case; an unknown type is kept as it was written."""

    workspace: WorkspaceKey
    workspace_name: str | None
    type: str


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead as an event or a read tells it; `email` is lower case, all text is clean."""

    id: int | None
    email: str
    first_name: str | None
    last_name: str | None
    company: str | None
    title: str | None
    status: str | None
    variables: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Send:
    """A scheduled e-mail: one planned or sent message for one lead and one step."""

    id: int
    lead_id: int | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reply:
    """Any row of the master inbox; bodies are not kept here."""

    id: int
    automated: bool
    interested: bool
    received_at: datetime | None
    from_email: str | None
    type: str
    folder: str


@dataclass(frozen=True, slots=True)
class Campaign:
    id: int
    name: str | None


@dataclass(frozen=True, slots=True)
class AccountNews:
    """A mailbox as an event tells it: a hint to read it again, and its state until then. `updated_at` is when it was changed last."""

    id: int
    email: str | None
    status: AccountStatus
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LeadEvent:
    """A message went out, was opened or failed, or a lead answered, bounced, unsubscribed. Blocks may be missing."""

    header: Header
    campaign_event_id: int | None
    campaign_event_at: datetime | None
    send: Send | None
    lead: Lead | None
    campaign: Campaign | None
    account: AccountNews | None
    reply: Reply | None


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """A mailbox was added, removed, disconnected, reconnected, or its warm-up was switched off."""

    header: Header
    account: AccountNews


@dataclass(frozen=True, slots=True)
class TagEvent:
    header: Header
    tag_id: int | None
    tag_name: str | None
    taggable_id: int | None
    taggable_type: str | None


@dataclass(frozen=True, slots=True)
class BlacklistEvent:
    header: Header
    entry: str | None


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """A type this version does not know: stored, counted by type, shown, done."""

    header: Header


Event = LeadEvent | AccountEvent | TagEvent | BlacklistEvent | UnknownEvent


def subject_of(event: Event) -> str:
    """Whom the event is about, for people: a lead's address, a mailbox, a tag."""
    match event:
        case LeadEvent(lead=Lead(email=email)):
            return email
        case LeadEvent(reply=Reply(from_email=str(email))):
            return email
        case AccountEvent(account=account):
            return account.email or f"account {account.id}"
        case TagEvent():
            return f"{event.tag_name or event.tag_id} on {event.taggable_type or '?'} {event.taggable_id or ''}".strip()
        case BlacklistEvent(entry=str(entry)):
            return entry
        case _:
            return ""
