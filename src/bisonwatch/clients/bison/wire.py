"""Rows of the provider's REST answers as frozen values. Each row stands alone: one that fails is a Rejected, not an error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bisonwatch.clients.bison.fields import (
    Raw,
    block,
    count,
    day,
    email,
    flag,
    ident,
    instant,
    rows,
    text,
    word,
)
from bisonwatch.clients.bison.rows import Broken, Rejected, needed
from bisonwatch.clients.bison.translate import lead_of, reply_of
from bisonwatch.domain.account import Account, status_of
from bisonwatch.domain.event import Lead, Reply, Send
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.logs import redact

_URL_LIMIT = 2000

SERIES = {
    "sent": Metric.SENT,
    "replied": Metric.REPLIED,
    "total opens": Metric.OPENED,
    "unsubscribed": Metric.UNSUBSCRIBED,
    "bounced": Metric.BOUNCED,
    "interested": Metric.INTERESTED,
}
"""The provider's series labels, folded, that have a metric; `Unique Opens` has none."""


def _id(raw: Raw, key: str = "id") -> int:
    return needed(ident(raw.get(key)), key, raw.get(key))


@dataclass(frozen=True, slots=True)
class WorkspaceRow:
    id: int
    name: str
    main: bool
    parent_id: int | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the key is, and which workspace every other call with it reads. `changed_at` is when the user's record changed."""

    user_id: int | None
    user_name: str | None
    workspace: WorkspaceRow
    changed_at: datetime | None = None


def workspace_row(raw: Raw) -> WorkspaceRow:
    """A workspace; its `webhooks_secret_key` is not kept, only made known to the log's redactor."""
    secret = raw.get("webhooks_secret_key")
    redact.learn(secret if isinstance(secret, str) else None)
    return WorkspaceRow(
        _id(raw),
        text(raw.get("name")) or "",
        flag(raw.get("main")) or False,
        ident(raw.get("parent_id")),
        instant(raw.get("updated_at")),
    )


def identity(raw: Raw) -> Identity:
    """`GET /api/users`; the workspace is under `workspace` or, in older versions, `team`."""
    place = block(raw.get("workspace")) or block(raw.get("team"))
    changed_at = instant(raw.get("updated_at"))
    return Identity(ident(raw.get("id")), text(raw.get("name")), workspace_row(place), changed_at)


def _tags(raw: Raw) -> tuple[str, ...]:
    return tuple(name for tag in rows(raw.get("tags")) if (name := text(block(tag).get("name"))))


def account_row(raw: Raw, workspace: WorkspaceKey, known_at: datetime) -> Account:
    """A sender account. Counters that are missing or null are 0: the provider counts from nothing."""
    word_now = raw.get("status")
    return Account(
        workspace=workspace,
        id=_id(raw),
        email=needed(email(raw.get("email")), "email", raw.get("email")),
        name=text(raw.get("name")),
        status=status_of(word_now if isinstance(word_now, str) else None),
        type=word(raw.get("type")) or "",
        tags=_tags(raw),
        daily_limit=count(raw.get("daily_limit")) or 0,
        warmup_enabled=flag(raw.get("warmup_enabled")),
        sent=count(raw.get("emails_sent_count")) or 0,
        replied=count(raw.get("total_replied_count")) or 0,
        bounced=count(raw.get("bounced_count")) or 0,
        known_at=known_at,
    )


@dataclass(frozen=True, slots=True)
class LeadCampaign:
    """A lead's state in one campaign; the id is unknown where the list was asked for one campaign."""

    campaign_id: int | None
    status: str | None
    sends: int
    replies: int
    interested: bool


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead as a read tells it; `sends` and `replies` are over all campaigns, None on a lead just made."""

    id: int
    lead: Lead
    created_at: datetime | None
    updated_at: datetime | None
    tags: tuple[str, ...]
    campaigns: tuple[LeadCampaign, ...]
    sends: int | None
    replies: int | None


def lead_row(raw: Raw) -> LeadRow:
    """A lead; `lead_campaign_data` may be a list, one object, or nothing."""
    told = raw.get("lead_campaign_data")
    campaigns = [told] if isinstance(told, dict) else rows(told)
    stats = block(raw.get("overall_stats"))
    return LeadRow(
        _id(raw),
        needed(lead_of(raw), "email", raw.get("email")),
        instant(raw.get("created_at")),
        instant(raw.get("updated_at")),
        _tags(raw),
        tuple(_lead_campaign(entry) for entry in campaigns if isinstance(entry, dict)),
        count(stats.get("emails_sent")),
        count(stats.get("replies")),
    )


def _lead_campaign(raw: Raw) -> LeadCampaign:
    return LeadCampaign(
        ident(raw.get("campaign_id")),
        word(raw.get("status")),
        count(raw.get("emails_sent")) or 0,
        count(raw.get("replies")) or 0,
        flag(raw.get("interested")) or False,
    )


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign; `status` is lower case, None stands for a value the answer did not hold."""

    id: int
    name: str | None
    status: str | None
    open_tracking: bool | None
    include_auto_replies_in_stats: bool | None
    max_emails_per_day: int | None
    total_leads: int | None
    emails_sent: int | None
    updated_at: datetime | None


def campaign_row(raw: Raw) -> CampaignRow:
    return CampaignRow(
        _id(raw),
        text(raw.get("name")),
        word(raw.get("status")),
        flag(raw.get("open_tracking")),
        flag(raw.get("include_auto_replies_in_stats")),
        count(raw.get("max_emails_per_day")),
        count(raw.get("total_leads")),
        count(raw.get("emails_sent")),
        instant(raw.get("updated_at")),
    )


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """A row of the master inbox: an answer, a bounce, or our own outgoing mail."""

    id: int
    reply: Reply
    campaign_id: int | None
    lead_id: int | None
    send_id: int | None
    account_id: int | None
    lead: Lead | None
    created_at: datetime | None
    updated_at: datetime | None

    @property
    def bounced(self) -> bool:
        return "bounced" in (self.reply.type.casefold(), self.reply.folder.casefold())

    @property
    def outgoing(self) -> bool:
        return self.reply.type.casefold() == "outgoing email" or self.reply.folder.casefold() == "sent"

    @property
    def tracked(self) -> bool:
        return self.reply.type.casefold() == "tracked reply" and not self.bounced and not self.outgoing


def reply_row(raw: Raw) -> ReplyRow:
    return ReplyRow(
        _id(raw),
        needed(reply_of(raw), "id", raw.get("id")),
        ident(raw.get("campaign_id")),
        ident(raw.get("lead_id")),
        ident(raw.get("scheduled_email_id")),
        ident(raw.get("sender_email_id")),
        lead_of(block(raw.get("lead"))),
        instant(raw.get("created_at")),
        instant(raw.get("updated_at")),
    )


@dataclass(frozen=True, slots=True)
class SendRow:
    """A row of the send ledger: one planned or sent message."""

    id: int
    send: Send
    campaign_id: int | None
    account_id: int | None
    status: str | None
    scheduled_at: datetime | None
    lead: Lead | None


def send_row(raw: Raw) -> SendRow:
    lead, number = block(raw.get("lead")), _id(raw)
    lead_id = ident(raw.get("lead_id")) or ident(lead.get("id"))
    return SendRow(
        number,
        Send(number, lead_id, instant(raw.get("sent_at"))),
        ident(raw.get("campaign_id")) or ident(block(raw.get("campaign")).get("id")),
        ident(raw.get("sender_email_id")) or ident(block(raw.get("sender_email")).get("id")),
        word(raw.get("status")),
        instant(raw.get("scheduled_date")),
        lead_of(lead),
    )


def series(found: Iterable[object]) -> tuple[dict[Metric, dict[date, int]], tuple[Rejected, ...]]:
    """The daily series, one per metric; labels without a metric are passed over, broken pairs rejected."""
    told: dict[Metric, dict[date, int]] = {}
    bad: list[Rejected] = []
    for place, entry in enumerate(found):
        raw = block(entry)
        metric = SERIES.get(word(raw.get("label")) or "")
        if metric is None:
            continue
        days = told.setdefault(metric, {})
        for index, pair in enumerate(rows(raw.get("dates"))):
            first, second = pair if isinstance(pair, list) and len(pair) == 2 else (None, None)
            at, number = day(first), count(second)
            if at is None or number is None:
                bad.append(
                    Rejected(f"data[{place}].dates[{index}]", f"cannot be read: {text(repr(pair), 60)}")
                )
            else:
                days[at] = number
    return told, tuple(bad)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The provider's own record of one event for one URL; `answers` are the status codes it got, None for no answer."""

    url: str
    status: str
    attempts: int
    answers: tuple[int | None, ...]
    last_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of the event log; `payload` is exactly the webhook's body."""

    id: int
    uuid: str
    created_at: datetime
    payload: dict[str, object]
    deliveries: tuple[Delivery, ...]


def log_row(raw: Raw) -> LogRow:
    number, payload = _id(raw), raw.get("payload")
    if not isinstance(payload, dict):
        raise Broken("payload", f"expected an object, found {type(payload).__name__}")
    return LogRow(
        number,
        text(raw.get("uuid")) or f"id:{number}",
        needed(instant(raw.get("created_at")), "created_at", raw.get("created_at")),
        payload,
        tuple(_delivery(entry) for entry in rows(raw.get("webhook_deliveries")) if isinstance(entry, dict)),
    )


def _delivery(raw: Raw) -> Delivery:
    attempts = [block(entry) for entry in rows(raw.get("webhook_attempts"))]
    told = count(raw.get("attempt_count"))
    return Delivery(
        text(raw.get("webhook_url"), _URL_LIMIT) or "",
        word(raw.get("status")) or "",
        len(attempts) if told is None else told,
        tuple(count(attempt.get("response_code")) for attempt in attempts),
        instant(raw.get("last_attempt_at")),
    )


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook URL of the workspace and the event types it is sent."""

    id: int
    name: str
    url: str
    events: tuple[str, ...]


def subscription(raw: Raw) -> Subscription:
    events = tuple(name for entry in rows(raw.get("events")) if (name := word(entry)))
    url = needed(text(raw.get("url"), _URL_LIMIT), "url", raw.get("url"))
    return Subscription(_id(raw), text(raw.get("name")) or "", url, events)


def event_type(raw: Raw) -> str:
    """One entry of the event-types list: its subscription id."""
    return needed(word(raw.get("id")), "id", raw.get("id"))


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """How many messages one campaign means to send on a day; a plan, not a count."""

    campaign_id: int
    emails: int


def planned_row(raw: Raw) -> PlannedRow:
    told = raw.get("emails_being_sent")
    return PlannedRow(_id(raw, "campaign_id"), needed(count(told), "emails_being_sent", told))


def minted_key(raw: Raw) -> str:
    """The plain text of a key just made, made known to the log's redactor at once."""
    key = raw.get("plain_text_token")
    if not isinstance(key, str) or not key:
        raise Broken("plain_text_token", "missing")
    redact.learn(key)
    return key
