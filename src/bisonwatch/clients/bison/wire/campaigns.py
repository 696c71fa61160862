"""Campaigns: their state, their settings, and how many messages they mean to send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.clients.bison.fields import Raw, block, count, flag, ident, instant, number, state, text, word
from bisonwatch.clients.bison.rows import Broken, needed, row_id
from bisonwatch.clients.bison.wire.labels import tag_names


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign; words are lower case, counters are the provider's lifetime counters.

    None stands for a value the answer did not hold, and for a status that came as a code, since the codes are not published.
    """

    id: int
    uuid: str | None
    sequence_id: int | None
    name: str | None
    type: str | None
    status: str | None
    completion: float | None
    emails_sent: int | None
    leads_contacted: int | None
    total_leads: int | None
    opened: int | None
    unique_opens: int | None
    replied: int | None
    unique_replies: int | None
    bounced: int | None
    unsubscribed: int | None
    interested: int | None
    max_emails_per_day: int | None
    max_new_leads_per_day: int | None
    max_per_receiving_domain: int | None
    plain_text: bool | None
    open_tracking: bool | None
    can_unsubscribe: bool | None
    unsubscribe_text: str | None
    include_auto_replies_in_stats: bool | None
    prioritization: str | None
    tags: tuple[str, ...]
    created_at: datetime | None
    updated_at: datetime | None


def campaign_row(raw: Raw) -> CampaignRow:
    return CampaignRow(
        id=row_id(raw),
        uuid=text(raw.get("uuid")),
        sequence_id=ident(raw.get("sequence_id")),
        name=text(raw.get("name")),
        type=word(raw.get("type")),
        status=state(raw.get("status")),
        completion=number(raw.get("completion_percentage")),
        emails_sent=count(raw.get("emails_sent")),
        leads_contacted=count(raw.get("total_leads_contacted")),
        total_leads=count(raw.get("total_leads")),
        opened=count(raw.get("opened")),
        unique_opens=count(raw.get("unique_opens")),
        replied=count(raw.get("replied")),
        unique_replies=count(raw.get("unique_replies")),
        bounced=count(raw.get("bounced")),
        unsubscribed=count(raw.get("unsubscribed")),
        interested=count(raw.get("interested")),
        max_emails_per_day=count(raw.get("max_emails_per_day")),
        max_new_leads_per_day=count(raw.get("max_new_leads_per_day")),
        max_per_receiving_domain=count(raw.get("daily_max_sends_per_receiving_domain")),
        plain_text=flag(raw.get("plain_text")),
        open_tracking=flag(raw.get("open_tracking")),
        can_unsubscribe=flag(raw.get("can_unsubscribe")),
        unsubscribe_text=text(raw.get("unsubscribe_text")),
        include_auto_replies_in_stats=flag(raw.get("include_auto_replies_in_stats")),
        prioritization=word(raw.get("sequence_prioritization")),
        tags=tag_names(raw),
        created_at=instant(raw.get("created_at")),
        updated_at=instant(raw.get("updated_at")),
    )


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """How many messages one campaign means to send on a day; a plan, not a count."""

    campaign_id: int
    emails: int
    campaign: CampaignRow | None


def planned_row(raw: Raw) -> PlannedRow:
    """The campaign inside is the provider's own record, whose status is a code; one that cannot be read is left out."""
    told = raw.get("emails_being_sent")
    try:
        inside = campaign_row(block(raw.get("campaign")))
    except Broken:
        inside = None
    return PlannedRow(row_id(raw, "campaign_id"), needed(count(told), "emails_being_sent", told), inside)
