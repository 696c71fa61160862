"""Dates that cannot be: news of the future would outrank everything that happens until then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bisonwatch.domain.event import Event, LeadEvent

AHEAD = timedelta(hours=1)
"""Two clocks may disagree by so much. An event that says it happened later than this after we heard of it has no date there."""


def plausible(moment: datetime | None, heard_at: datetime) -> bool:
    """Whether what was heard at `heard_at` may have happened then; an unknown moment may."""
    return moment is None or moment <= heard_at + AHEAD


def sober(event: Event, heard_at: datetime) -> Event:
    """The event without the dates that nobody can know yet; whoever dates it takes its next date, at last the receipt."""
    if not isinstance(event, LeadEvent):
        return event
    send, reply = event.send, event.reply
    if send and not plausible(send.sent_at, heard_at):
        event = replace(event, send=replace(send, sent_at=None))
    if reply and not plausible(reply.received_at, heard_at):
        event = replace(event, reply=replace(reply, received_at=None))
    if not plausible(event.campaign_event_at, heard_at):
        event = replace(event, campaign_event_at=None)
    return event
