"""Which fields a row has as a rule, and what reads them: one that is there and cannot be read was dropped, and somebody should know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from bisonwatch.clients.bison.fields import Raw, count, email, flag, ident, instant, number, text
from bisonwatch.domain.plausible import plausible

Reader = Callable[[object], object | None]
Fields = Mapping[str, Reader]

UNREADABLE, FUTURE = "cannot be read", "lies in the future"


def _list(value: object) -> object | None:
    return value if isinstance(value, list) else None


def _block(value: object) -> object | None:
    return value if isinstance(value, dict) else None


def _either(value: object) -> object | None:
    return value if isinstance(value, dict | list) else None


_DATES: Fields = {"created_at": instant, "updated_at": instant}
_COUNTS = ("emails_sent", "opened", "replied", "unique_replies", "bounced", "unsubscribed", "interested")

ACCOUNT: Fields = {
    "name": text,
    "status": text,
    "type": text,
    "tags": _list,
    "warmup_enabled": flag,
    "daily_limit": count,
    "emails_sent_count": count,
    "total_replied_count": count,
    "bounced_count": count,
    "total_opened_count": count,
    "unsubscribed_count": count,
    "interested_leads_count": count,
    "total_leads_contacted_count": count,
    "unique_replied_count": count,
    "unique_opened_count": count,
}
WARMUP: Fields = {
    "tags": _list,
    "warmup_score": number,
    "warmup_emails_sent": count,
    "warmup_replies_received": count,
    "warmup_emails_saved_from_spam": count,
    "warmup_bounces_received_count": count,
    "warmup_bounces_caused_count": count,
    "warmup_disabled_for_bouncing_count": count,
}
CAMPAIGN: Fields = {
    "name": text,
    "tags": _list,
    "plain_text": flag,
    "open_tracking": flag,
    "can_unsubscribe": flag,
    "max_emails_per_day": count,
    "max_new_leads_per_day": count,
    **dict.fromkeys(_COUNTS, count),
    **_DATES,
}
LEAD: Fields = {
    "first_name": text,
    "last_name": text,
    "company": text,
    "status": text,
    "custom_variables": _list,
    "lead_campaign_data": _either,
    "overall_stats": _either,
    "tags": _list,
    **_DATES,
}
REPLY: Fields = {
    "campaign_id": ident,
    "lead_id": ident,
    "scheduled_email_id": ident,
    "sender_email_id": ident,
    "parent_id": ident,
    "automated_reply": flag,
    "interested": flag,
    "read": flag,
    "type": text,
    "folder": text,
    "from_email_address": email,
    "date_received": instant,
    "attachments": _list,
    **_DATES,
}
SEND: Fields = {
    "lead_id": ident,
    "campaign_id": ident,
    "sender_email_id": ident,
    "sequence_step_id": ident,
    "status": text,
    "sent_at": instant,
    "scheduled_date": instant,
    "opens": count,
    "replies": count,
    "clicks": count,
    "interested": flag,
    "lead": _either,
}
LOGGED: Fields = {"uuid": text, "created_at": instant, "payload": _block, "webhook_deliveries": _list}

_HAPPENED = frozenset({"created_at", "updated_at", "sent_at", "date_received"})
_ROWS = {
    "sender-emails": ACCOUNT,
    "warmup/sender-emails": WARMUP,
    "campaigns": CAMPAIGN,
    "leads": LEAD,
    "replies": REPLY,
    "scheduled-emails": SEND,
    "sent-emails": SEND,
    "events": LOGGED,
}
_NONE: Fields = {}
_PLAIN: Mapping[Reader, type] = {
    count: int,
    ident: int,
    number: int,
    flag: bool,
    text: str,
    _list: list,
    _block: dict,
}
"""What a reader takes whatever it says, numbers within bounds."""
_LARGE = 1 << 40


def fields_of(route: str) -> Fields:
    """What the rows of a route, as a template, have; nothing is expected of those that few read."""
    words = [part for part in route.split("/") if part not in ("", "api", "{id}")]
    return _ROWS.get("/".join(words[-2:]), _ROWS.get(words[-1] if words else "", _NONE))


def odd(fields: Fields, raw: Raw, known_at: datetime) -> Iterator[tuple[str, str, object]]:
    """Fields that are there and were dropped: the name, why, and what stood there. A null and an empty text say nothing, and are no flaw.

    Runs for every row, so that what is plainly well is not read once more.
    """
    get = raw.get
    for name, read in fields.items():
        value = get(name)
        if value is None or value == "":
            continue
        kind = type(value)
        if kind is _PLAIN.get(read) and (kind is not int or 0 < value < _LARGE):  # type: ignore[operator]  # an int
            continue
        found = read(value)
        if found is None:
            yield name, UNREADABLE, value
        elif name in _HAPPENED and isinstance(found, datetime) and not plausible(found, known_at):
            yield name, FUTURE, value
