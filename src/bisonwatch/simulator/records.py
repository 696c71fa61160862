"""The provider's nouns, mutable, without any field name of its API: `rows.py` and `payloads.py` know those."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import date, datetime

from bisonwatch.simulator.shelf import Shelf

Tally = Counter[str]
"""sent, contacted, opened, unique_opens, replied, unique_replies, bounced, unsubscribed, interested."""

RECENT = 400


@dataclass(slots=True)
class Tag:
    id: int
    name: str
    default: bool
    created_at: datetime


@dataclass(slots=True)
class Account:
    id: int
    name: str
    email: str
    type: str
    connected: bool
    warmup: bool
    daily_limit: int
    tags: list[Tag]
    tally: Tally
    created_at: datetime
    updated_at: datetime
    leaving: bool = False
    """Queued for deletion, and still listed."""


@dataclass(frozen=True, slots=True)
class Step:
    id: int
    order: int
    subject: str


@dataclass(slots=True)
class Campaign:
    """`days` holds the daily series: UTC day to tally."""

    id: int
    uuid: str
    sequence_id: int | None
    name: str
    status: str
    open_tracking: bool
    counts_auto_replies: bool
    zone: str
    steps: tuple[Step, ...]
    tags: list[Tag]
    created_at: datetime
    updated_at: datetime
    total_leads: int = 0
    tally: Tally = field(default_factory=Counter)
    days: dict[date, Tally] = field(default_factory=dict)

    def day(self, day: date) -> Tally:
        return self.days.setdefault(day, Counter())


@dataclass(slots=True)
class Membership:
    """A lead's state in one campaign; it sticks to the mailbox that mailed it first."""

    campaign: Campaign
    status: str = "never_contacted"
    sent: int = 0
    replies: int = 0
    opens: int = 0
    interested: bool = False
    account: Account | None = None


@dataclass(slots=True)
class Lead:
    id: int
    uuid: str
    first_name: str
    last_name: str
    email: str
    title: str | None
    company: str
    variables: tuple[tuple[str, str], ...]
    created_at: datetime
    updated_at: datetime
    status: str = "unverified"
    tags: list[Tag] = field(default_factory=list)
    tally: Tally = field(default_factory=Counter)
    memberships: dict[int, Membership] = field(default_factory=dict)

    @property
    def mailable(self) -> bool:
        return self.status not in ("bounced", "unsubscribed")


@dataclass(slots=True)
class Send:
    """One scheduled e-mail."""

    id: int
    campaign: Campaign
    lead: Lead
    account: Account
    step: Step
    variant: int
    subject: str
    status: str
    scheduled_at: datetime
    sent_at: datetime | None
    message_id: str
    opens: int = 0
    replies: int = 0
    interested: bool | None = None


@dataclass(slots=True)
class Reply:
    """One row of the master inbox: a reply, a bounce, or our own outgoing mail."""

    id: int
    uuid: str
    folder: str
    type: str
    subject: str
    text: str
    automated: bool
    account: Account
    message_id: str
    sender: tuple[str, str]
    receiver: tuple[str, str]
    received_at: datetime
    created_at: datetime
    updated_at: datetime
    send: Send | None = None
    lead: Lead | None = None
    campaign: Campaign | None = None
    parent_id: int | None = None
    interested: bool = False
    read: bool = False


@dataclass(slots=True)
class Attempt:
    id: int
    status: str
    code: int | None
    at: datetime


@dataclass(slots=True)
class Delivery:
    """One event on its way to one URL: `pending`, `succeeded` or `failed`."""

    id: int
    event: LoggedEvent
    url: str
    created_at: datetime
    status: str = "pending"
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(slots=True)
class LoggedEvent:
    """A row of the event log; `body` is exactly what a webhook carries, serialised once."""

    id: int
    uuid: str
    workspace_id: int
    type: str
    body: bytes
    created_at: datetime
    deliveries: list[Delivery] = field(default_factory=list)


@dataclass(slots=True)
class Subscription:
    id: int
    name: str
    url: str
    events: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class BlacklistEntry:
    id: int
    value: str
    created_at: datetime

    @property
    def field(self) -> str:
        return "email" if "@" in self.value else "domain"


@dataclass(frozen=True, slots=True)
class Variable:
    """A custom variable of leads."""

    id: int
    name: str
    created_at: datetime


@dataclass(slots=True)
class Workspace:
    """Everything that belongs to one workspace. `weight` is its share of what happens; 0 is a quiet one."""

    id: int
    name: str
    weight: float
    phrase: str
    secret: str
    created_at: datetime
    leads_limit: int
    accounts: Shelf[Account] = field(default_factory=Shelf)
    campaigns: Shelf[Campaign] = field(default_factory=Shelf)
    leads: Shelf[Lead] = field(default_factory=Shelf)
    lead_by_email: dict[str, Lead] = field(default_factory=dict)
    sends: Shelf[Send] = field(default_factory=lambda: Shelf(10_000))
    replies: Shelf[Reply] = field(default_factory=lambda: Shelf(10_000))
    log: Shelf[LoggedEvent] = field(default_factory=Shelf)
    tags: Shelf[Tag] = field(default_factory=Shelf)
    subscriptions: Shelf[Subscription] = field(default_factory=Shelf)
    blacklist: deque[BlacklistEntry] = field(default_factory=lambda: deque(maxlen=500))
    recent_sends: deque[Send] = field(default_factory=lambda: deque(maxlen=RECENT))
    recent_replies: deque[Reply] = field(default_factory=lambda: deque(maxlen=RECENT))

    def active(self) -> list[Campaign]:
        return [campaign for campaign in self.campaigns if campaign.status == "active"]
