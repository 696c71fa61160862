"""Webhook bodies, block by block, with the provider's webhook field names (they differ from REST's)."""

from __future__ import annotations

import base64
from datetime import datetime

import orjson

from bisonwatch.simulator.moments import local, stamp, stamp_or_null
from bisonwatch.simulator.records import Account, BlacklistEntry, Campaign, Lead, Reply, Send, Tag

Block = dict[str, object]

NAMES = {
    "EMAIL_SENT": "Email Sent",
    "MANUAL_EMAIL_SENT": "Manual Email Sent",
    "LEAD_FIRST_CONTACTED": "Contact First Emailed",
    "LEAD_REPLIED": "Lead Replied",
    "LEAD_INTERESTED": "Lead Interested",
    "LEAD_UNSUBSCRIBED": "Lead Unsubscribed",
    "UNTRACKED_REPLY_RECEIVED": "Untracked Reply Received",
    "EMAIL_OPENED": "Email Opened",
    "EMAIL_BOUNCED": "Email Bounced",
    "EMAIL_ACCOUNT_ADDED": "Email Account Added",
    "EMAIL_ACCOUNT_REMOVED": "Email Account Removed",
    "EMAIL_ACCOUNT_DISCONNECTED": "Email Account Disconnected",
    "EMAIL_ACCOUNT_RECONNECTED": "Email Account Reconnected",
    "TAG_ATTACHED": "Tag Attached",
    "TAG_REMOVED": "Tag Removed",
    "WARMUP_DISABLED_RECEIVING_BOUNCES": "Warmup Disabled (Receiving Bounces)",
    "WARMUP_DISABLED_CAUSING_BOUNCES": "Warmup Disabled (Causing Bounces)",
    "EMAIL_SEND_FAILED": "Email Send Failed",
    "MANUAL_EMAIL_SEND_FAILED": "Manual Email Send Failed",
    "BLACKLISTED_EMAIL_ADDED": "Blacklisted Email Added",
    "BLACKLISTED_EMAIL_REMOVED": "Blacklisted Email Removed",
    "BLACKLISTED_DOMAIN_ADDED": "Blacklisted Domain Added",
    "BLACKLISTED_DOMAIN_REMOVED": "Blacklisted Domain Removed",
}
"""The 23 types with their display names."""


def event_block(kind: str, url: str, workspace_id: int, workspace_name: str) -> Block:
    name = NAMES.get(kind) or kind.replace("_", " ").title()
    return {
        "type": kind,
        "name": name,
        "instance_url": url,
        "workspace_id": workspace_id,
        "workspace_name": workspace_name,
    }


def _send_tail(send: Send) -> Block:
    zone = send.campaign.zone
    return {
        "status": send.status,
        "scheduled_date_est": local(send.scheduled_at, "America/New_York"),
        "scheduled_date_local": local(send.scheduled_at, zone),
        "local_timezone": zone,
        "sent_at": stamp_or_null(send.sent_at),
        "opens": send.opens,
        "replies": send.replies,
        "unique_opens": min(send.opens, 1),
        "unique_replies": min(send.replies, 1),
        "interested": send.interested,
        "raw_message_id": send.message_id,
    }


def send_block(send: Send) -> Block:
    """The full form, in send-type events."""
    return {
        "id": send.id,
        "lead_id": send.lead.id,
        "sequence_step_id": send.step.id,
        "sequence_step_order": send.step.order,
        "sequence_step_variant": send.variant,
        "email_subject": send.subject,
        "email_body": body_of(send),
        **_send_tail(send),
    }


def send_block_reduced(send: Send) -> Block:
    """In reply-type events: without lead id, subject and body."""
    return {
        "id": send.id,
        "sequence_step_id": send.step.id,
        "sequence_step_order": send.step.order,
        "sequence_step_variant": send.variant,
        **_send_tail(send),
    }


def body_of(send: Send) -> str:
    """The rendered text of a send."""
    return f"<p>Hi {send.lead.first_name},</p><p>Short note for {send.lead.company}.</p><p>{send.account.name}</p>"


def campaign_event_block(event_id: int, kind: str, at: datetime, campaign: Campaign) -> Block:
    return {
        "id": event_id,
        "type": kind,
        "created_at_local": local(at, campaign.zone),
        "local_timezone": campaign.zone,
        "created_at": stamp(at),
    }


def lead_block(lead: Lead) -> Block:
    tally = lead.tally
    return {
        "id": lead.id,
        "email": lead.email,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "status": lead.status,
        "title": lead.title,
        "company": lead.company,
        "custom_variables": [{"name": name, "value": value} for name, value in lead.variables],
        "emails_sent": tally["sent"],
        "opens": tally["opened"],
        "unique_opens": tally["unique_opens"],
        "replies": tally["replied"],
        "unique_replies": tally["unique_replies"],
        "bounces": tally["bounced"],
    }


def campaign_block(campaign: Campaign) -> Block:
    return {"id": campaign.id, "name": campaign.name}


def account_block(account: Account, status: str | None = None) -> Block:
    """`status` overrides the word, for events that lie about the present."""
    tally = account.tally
    return {
        "id": account.id,
        "name": account.name,
        "email": account.email,
        "status": status or ("connected" if account.connected else "disconnected"),
        "type": account.type,
        "daily_limit": account.daily_limit,
        "emails_sent": tally["sent"],
        "replied": tally["replied"],
        "opened": tally["opened"],
        "unsubscribed": tally["unsubscribed"],
        "bounced": tally["bounced"],
        "unique_replies": tally["unique_replies"],
        "unique_opens": tally["unique_opens"],
        "total_leads_contacted": tally["contacted"],
        "interested": tally["interested"],
        "created_at": stamp(account.created_at),
        "updated_at": stamp(account.updated_at),
    }


def reply_block(reply: Reply, *, with_uuid: bool = True) -> Block:
    """Mail as webhooks tell it: `raw_body` and `headers` are filled here and null in REST."""
    name, address = reply.receiver
    identity: Block = {"id": reply.id, "uuid": reply.uuid} if with_uuid else {"id": reply.id}
    return {
        **identity,
        "email_subject": reply.subject,
        "interested": reply.interested,
        "automated_reply": reply.automated,
        "html_body": f"<p>{reply.text}</p>",
        "text_body": reply.text,
        "raw_body": _raw(reply),
        "headers": base64.b64encode(orjson.dumps({"Subject": reply.subject})).decode(),
        "date_received": stamp(reply.received_at),
        "type": reply.type,
        "from_name": reply.sender[0],
        "from_email_address": reply.sender[1],
        "primary_to_email_address": address,
        "to": [{"name": name, "address": address}],
        "cc": None,
        "bcc": None,
        "parent_id": reply.parent_id,
        "folder": reply.folder,
        "raw_message_id": reply.message_id,
        "created_at": stamp(reply.created_at),
        "updated_at": stamp(reply.updated_at),
        "attachments": [],
    }


def _raw(reply: Reply) -> str:
    name, address = reply.sender
    return (
        f"Return-Path: <{address}>\r\nMessage-ID: {reply.message_id}\r\nSubject: {reply.subject}\r\n"
        f"From: {name} <{address}>\r\nTo: {reply.receiver[1]}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{reply.text}\r\n"
    )


def tag_block(tag: Tag, taggable_id: int, taggable_type: str) -> Block:
    return {
        "tag_id": tag.id,
        "tag_name": tag.name,
        "taggable_id": taggable_id,
        "taggable_type": taggable_type,
    }


def blacklist_block(entry: BlacklistEntry, field: str) -> Block:
    """`field` is `email` or `domain`."""
    at = stamp(entry.created_at)
    row = {"id": entry.id, field: entry.value, "created_at": at, "updated_at": at}
    return {f"blacklisted_{field}": row}
