"""A campaign as a read tells it: its state, its settings, and the provider's own lifetime counters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.domain.ids import WorkspaceKey


@dataclass(frozen=True, slots=True)
class Campaign:
    """None: the answer did not say. Words are lower case; `completion` is in whole per cent; `read_at` is the moment before the request.

    The counters are the provider's, each from an aggregation of its own: they are shown, and never added to facts.
    """

    workspace: WorkspaceKey
    id: int
    read_at: datetime
    name: str | None = None
    type: str | None = None
    status: str | None = None
    prioritization: str | None = None
    completion: int | None = None
    open_tracking: bool | None = None
    plain_text: bool | None = None
    can_unsubscribe: bool | None = None
    include_auto_replies: bool | None = None
    max_emails_per_day: int | None = None
    max_new_leads_per_day: int | None = None
    max_per_receiving_domain: int | None = None
    total_leads: int | None = None
    leads_contacted: int | None = None
    sent: int | None = None
    opened: int | None = None
    unique_opens: int | None = None
    replied: int | None = None
    unique_replies: int | None = None
    bounced: int | None = None
    unsubscribed: int | None = None
    interested: int | None = None
    tags: tuple[str, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
