"""The master inbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.clients.bison.fields import Raw, block, email, flag, ident, instant, rows, text
from bisonwatch.clients.bison.rows import needed, row_id
from bisonwatch.clients.bison.translate import lead_of, reply_of
from bisonwatch.domain.event import Lead, Reply

_MESSAGE_ID_LIMIT = 998


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """A row of the master inbox: an answer, a bounce, or our own outgoing mail.

    Of its attachments only the names are kept: their URLs are signed, and open to whoever has them.
    """

    id: int
    reply: Reply
    campaign_id: int | None
    lead_id: int | None
    send_id: int | None
    account_id: int | None
    lead: Lead | None
    created_at: datetime | None
    updated_at: datetime | None
    uuid: str | None
    subject: str | None
    message_id: str | None
    to_email: str | None
    read: bool | None
    parent_id: int | None
    attachments: tuple[str, ...]

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
    files = (text(block(entry).get("file_name")) for entry in rows(raw.get("attachments")))
    return ReplyRow(
        id=row_id(raw),
        reply=needed(reply_of(raw), "id", raw.get("id")),
        campaign_id=ident(raw.get("campaign_id")),
        lead_id=ident(raw.get("lead_id")),
        send_id=ident(raw.get("scheduled_email_id")),
        account_id=ident(raw.get("sender_email_id")),
        lead=lead_of(block(raw.get("lead"))),
        created_at=instant(raw.get("created_at")),
        updated_at=instant(raw.get("updated_at")),
        uuid=text(raw.get("uuid")),
        subject=text(raw.get("subject")),
        message_id=text(raw.get("raw_message_id"), _MESSAGE_ID_LIMIT),
        to_email=email(raw.get("primary_to_email_address")),
        read=flag(raw.get("read")),
        parent_id=ident(raw.get("parent_id")),
        attachments=tuple(name for name in files if name),
    )


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A reply with what was written before and after it; the provider often leaves both empty."""

    current: ReplyRow
    older: tuple[ReplyRow, ...]
    newer: tuple[ReplyRow, ...]


def thread_row(raw: Raw) -> ThreadRow:
    """One message that cannot be read breaks the thread: half a conversation would tell another story."""

    def several(name: str) -> tuple[ReplyRow, ...]:
        return tuple(reply_row(block(entry)) for entry in rows(raw.get(name)))

    return ThreadRow(
        reply_row(block(raw.get("current_reply"))), several("older_messages"), several("newer_messages")
    )
