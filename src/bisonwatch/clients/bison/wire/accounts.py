"""Sender accounts, and their warm-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.clients.bison.fields import Raw, count, email, flag, number, text, word
from bisonwatch.clients.bison.rows import needed, row_id
from bisonwatch.clients.bison.wire.labels import tag_names
from bisonwatch.domain.account import Account, status_of
from bisonwatch.domain.ids import WorkspaceKey


def account_row(raw: Raw, workspace: WorkspaceKey, known_at: datetime) -> Account:
    """A sender account. Counters that are missing or null are 0: the provider counts from nothing."""
    word_now = raw.get("status")
    return Account(
        workspace=workspace,
        id=row_id(raw),
        email=needed(email(raw.get("email")), "email", raw.get("email")),
        name=text(raw.get("name")),
        status=status_of(word_now if isinstance(word_now, str) else None),
        type=word(raw.get("type")) or "",
        tags=tag_names(raw),
        daily_limit=count(raw.get("daily_limit")) or 0,
        warmup_enabled=flag(raw.get("warmup_enabled")),
        sent=count(raw.get("emails_sent_count")) or 0,
        replied=count(raw.get("total_replied_count")) or 0,
        bounced=count(raw.get("bounced_count")) or 0,
        known_at=known_at,
        opened=count(raw.get("total_opened_count")) or 0,
        unsubscribed=count(raw.get("unsubscribed_count")) or 0,
        interested=count(raw.get("interested_leads_count")) or 0,
        contacted=count(raw.get("total_leads_contacted_count")) or 0,
        unique_replied=count(raw.get("unique_replied_count")) or 0,
        unique_opened=count(raw.get("unique_opened_count")) or 0,
    )


@dataclass(frozen=True, slots=True)
class WarmupRow:
    """An account's warm-up over the days that were asked for; the score may not follow them. `known_at` as for Account."""

    account_id: int
    email: str
    tags: tuple[str, ...]
    sent: int
    replies: int
    saved_from_spam: int
    score: float | None
    bounces_received: int
    bounces_caused: int
    disabled_for_bouncing: int
    known_at: datetime


def warmup_row(raw: Raw, known_at: datetime) -> WarmupRow:
    """Counters that are missing or null are 0; a score that is not there is unknown."""
    return WarmupRow(
        account_id=row_id(raw),
        email=needed(email(raw.get("email")), "email", raw.get("email")),
        tags=tag_names(raw),
        sent=count(raw.get("warmup_emails_sent")) or 0,
        replies=count(raw.get("warmup_replies_received")) or 0,
        saved_from_spam=count(raw.get("warmup_emails_saved_from_spam")) or 0,
        score=number(raw.get("warmup_score")),
        bounces_received=count(raw.get("warmup_bounces_received_count")) or 0,
        bounces_caused=count(raw.get("warmup_bounces_caused_count")) or 0,
        disabled_for_bouncing=count(raw.get("warmup_disabled_for_bouncing_count")) or 0,
        known_at=known_at,
    )
