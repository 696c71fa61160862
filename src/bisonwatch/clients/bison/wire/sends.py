"""The send ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.clients.bison.fields import Raw, block, count, flag, ident, instant, text, word
from bisonwatch.clients.bison.rows import row_id
from bisonwatch.clients.bison.translate import lead_of
from bisonwatch.domain.event import Lead, Send

_MESSAGE_ID_LIMIT = 998


@dataclass(frozen=True, slots=True)
class SendRow:
    """A row of the send ledger: one planned or sent message. Its counts keep changing for days; None is not told."""

    id: int
    send: Send
    campaign_id: int | None
    account_id: int | None
    step_id: int | None
    status: str | None
    scheduled_at: datetime | None
    subject: str | None
    message_id: str | None
    opens: int | None
    replies: int | None
    clicks: int | None
    interested: bool | None
    lead: Lead | None


def send_row(raw: Raw) -> SendRow:
    """The ids of lead, campaign and account may stand in their blocks only, or, for the lead, nowhere."""
    lead, number = block(raw.get("lead")), row_id(raw)
    lead_id = ident(raw.get("lead_id")) or ident(lead.get("id"))
    return SendRow(
        id=number,
        send=Send(number, lead_id, instant(raw.get("sent_at"))),
        campaign_id=ident(raw.get("campaign_id")) or ident(block(raw.get("campaign")).get("id")),
        account_id=ident(raw.get("sender_email_id")) or ident(block(raw.get("sender_email")).get("id")),
        step_id=ident(raw.get("sequence_step_id")),
        status=word(raw.get("status")),
        scheduled_at=instant(raw.get("scheduled_date")),
        subject=text(raw.get("email_subject")),
        message_id=text(raw.get("raw_message_id"), _MESSAGE_ID_LIMIT),
        opens=count(raw.get("opens")),
        replies=count(raw.get("replies")),
        clicks=count(raw.get("clicks")),
        interested=flag(raw.get("interested")),
        lead=lead_of(lead),
    )
