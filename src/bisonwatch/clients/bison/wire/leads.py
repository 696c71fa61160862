"""Leads, and the files they were brought in with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.clients.bison.fields import Raw, block, count, flag, ident, instant, rows, text, word
from bisonwatch.clients.bison.rows import needed, row_id
from bisonwatch.clients.bison.translate import lead_of
from bisonwatch.clients.bison.wire.labels import tag_names
from bisonwatch.domain.event import Lead


@dataclass(frozen=True, slots=True)
class LeadCampaign:
    """A lead's state in one campaign; the id is unknown where one object stood in a list of all leads."""

    campaign_id: int | None
    status: str | None
    sends: int
    replies: int
    interested: bool
    opens: int = 0


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead as a read tells it; `sends`, `replies` and `opens` are over all campaigns, None on a lead just made."""

    id: int
    lead: Lead
    created_at: datetime | None
    updated_at: datetime | None
    tags: tuple[str, ...]
    campaigns: tuple[LeadCampaign, ...]
    sends: int | None
    replies: int | None
    opens: int | None


def lead_row(raw: Raw, asked_of: int | None = None) -> LeadRow:
    """A lead; `lead_campaign_data` may be a list, one object, or nothing.

    The object does not name its campaign: it is the one whose leads were `asked_of`.
    """
    told = raw.get("lead_campaign_data")
    campaigns = ([told] if told else []) if isinstance(told, dict) else rows(told)
    stats = block(raw.get("overall_stats"))
    return LeadRow(
        row_id(raw),
        needed(lead_of(raw), "email", raw.get("email")),
        instant(raw.get("created_at")),
        instant(raw.get("updated_at")),
        tag_names(raw),
        tuple(_lead_campaign(entry, asked_of) for entry in campaigns if isinstance(entry, dict)),
        count(stats.get("emails_sent")),
        count(stats.get("replies")),
        count(stats.get("opens")),
    )


def _lead_campaign(raw: Raw, asked_of: int | None) -> LeadCampaign:
    return LeadCampaign(
        ident(raw.get("campaign_id")) or asked_of,
        word(raw.get("status")),
        count(raw.get("emails_sent")) or 0,
        count(raw.get("replies")) or 0,
        flag(raw.get("interested")) or False,
        count(raw.get("opens")) or 0,
    )


@dataclass(frozen=True, slots=True)
class LeadListRow:
    """One import of leads, and how far it came; `status` is lower case."""

    id: int
    name: str
    status: str | None
    processed: int
    succeeded: int
    failed: int
    created_at: datetime | None
    updated_at: datetime | None


def lead_list_row(raw: Raw) -> LeadListRow:
    return LeadListRow(
        row_id(raw),
        text(raw.get("name")) or "",
        word(raw.get("status")),
        count(raw.get("leads_processed")) or 0,
        count(raw.get("leads_succeeded")) or 0,
        count(raw.get("leads_failed")) or 0,
        instant(raw.get("created_at")),
        instant(raw.get("updated_at")),
    )
