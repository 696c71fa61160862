"""REST rows, with the provider's REST field names (they differ from the webhooks')."""

from __future__ import annotations

import orjson

from bisonwatch.simulator.moments import local, stamp, stamp_or_null
from bisonwatch.simulator.payloads import body_of
from bisonwatch.simulator.records import (
    Account,
    Campaign,
    Delivery,
    Lead,
    LoggedEvent,
    Membership,
    Reply,
    Send,
    Subscription,
    Tag,
    Tally,
    Workspace,
)

Row = dict[str, object]


def workspace_slim(workspace: Workspace) -> Row:
    """The live form: few fields, and a secret for whoever asks."""
    return {
        "id": workspace.id,
        "name": workspace.name,
        "personal_team": False,
        "main": False,
        "parent_id": 1,
        "warmup_filter_phrase": workspace.phrase,
        "webhooks_secret_key": workspace.secret,
        "created_at": stamp(workspace.created_at),
        "updated_at": stamp(workspace.created_at),
    }


def workspace_full(workspace: Workspace) -> Row:
    """The documented form, with credits and limits."""
    credits = (
        "total_monthly_email_verification_credits",
        "remaining_monthly_email_verification_credits",
        "remaining_email_verification_credits",
        "total_email_verification_credits",
    )
    row = workspace_slim(workspace)
    del row["webhooks_secret_key"]
    return (
        row
        | dict.fromkeys(credits, 0)
        | {
            "sender_email_limit": 100_000,
            "warmup_limit": 100_000,
            "has_access_to_warmup": True,
            "has_access_to_healthcheck": False,
        }
    )


def user(workspace: Workspace) -> Row:
    at = stamp(workspace.created_at)
    return {
        "id": 7,
        "name": "Mira Oakfield",
        "email": "mira@harborline.example",
        "workspace": workspace_slim(workspace),
        "profile_photo_path": None,
        "profile_photo_url": "https://ui-avatars.example/api/?name=M",
        "created_at": at,
        "updated_at": at,
    }


def tag(tag: Tag) -> Row:
    at = stamp(tag.created_at)
    return {"id": tag.id, "name": tag.name, "default": tag.default, "created_at": at, "updated_at": at}


def tag_short(tag: Tag) -> Row:
    return {"id": tag.id, "name": tag.name, "default": tag.default}


def _status(account: Account) -> str:
    if account.leaving:
        return "Pending deletion"
    return "Connected" if account.connected else "Not connected"


def account_nested(account: Account) -> Row:
    """A sender account inside another row: without tags."""
    tally = account.tally
    own = account.type == "Inbox"
    return {
        "id": account.id,
        "name": account.name,
        "email": account.email,
        "email_signature": f"<p>{account.name}</p>" if own else None,
        "imap_server": "imap.mailhost.example" if own else None,
        "imap_port": 993 if own else None,
        "smtp_server": "smtp.mailhost.example" if own else None,
        "smtp_port": 465 if own else None,
        "daily_limit": account.daily_limit,
        "type": account.type,
        "status": _status(account),
        "warmup_enabled": account.warmup,
        "emails_sent_count": tally["sent"],
        "total_replied_count": tally["replied"],
        "total_opened_count": tally["opened"],
        "unsubscribed_count": tally["unsubscribed"],
        "bounced_count": tally["bounced"],
        "unique_replied_count": tally["unique_replies"],
        "unique_opened_count": tally["unique_opens"],
        "total_leads_contacted_count": tally["contacted"],
        "interested_leads_count": tally["interested"],
        "created_at": stamp(account.created_at),
        "updated_at": stamp(account.updated_at),
    }


def account(account: Account) -> Row:
    return account_nested(account) | {"tags": [tag(t) for t in account.tags]}


def warmup(account: Account) -> Row:
    """A row of the warm-up list: no status and no `warmup_enabled`."""
    sent = account.id % 90 + 60
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "domain": account.email.partition("@")[2],
        "tags": [tag(t) for t in account.tags],
        "warmup_emails_sent": sent,
        "warmup_replies_received": sent // 3,
        "warmup_emails_saved_from_spam": sent // 25,
        "warmup_score": 100 - account.id % 12 if account.warmup else 0,
        "warmup_bounces_received_count": 0,
        "warmup_bounces_caused_count": account.id % 2,
        "warmup_disabled_for_bouncing_count": 0 if account.warmup else 1,
    }


def campaign_nested(campaign: Campaign) -> Row:
    """A campaign inside another row: without tags, `total_leads` null."""
    tally = campaign.tally
    reach = max(campaign.total_leads, 1)
    contacted = tally["contacted"]
    return {
        "id": campaign.id,
        "uuid": campaign.uuid,
        "sequence_id": campaign.sequence_id,
        "name": campaign.name,
        "type": "outbound",
        "status": campaign.status,
        "completion_percentage": round(min(100.0, contacted / reach * 100), 2) if campaign.sequence_id else 0,
        "emails_sent": tally["sent"],
        "opened": tally["opened"],
        "unique_opens": tally["unique_opens"],
        "replied": tally["replied"],
        "unique_replies": tally["unique_replies"],
        "bounced": tally["bounced"],
        "unsubscribed": tally["unsubscribed"],
        "interested": tally["interested"],
        "total_leads_contacted": contacted,
        "max_emails_per_day": 300,
        "max_new_leads_per_day": 120,
        "plain_text": True,
        "open_tracking": campaign.open_tracking,
        "total_leads": None,
        "can_unsubscribe": False,
        "unsubscribe_text": None,
        "include_auto_replies_in_stats": campaign.counts_auto_replies,
        "sequence_prioritization": "followups",
        "daily_max_sends_per_receiving_domain": 25,
        "created_at": stamp(campaign.created_at),
        "updated_at": stamp(campaign.updated_at),
    }


def campaign(campaign: Campaign) -> Row:
    return campaign_nested(campaign) | {
        "total_leads": campaign.total_leads,
        "tags": [tag_short(t) for t in campaign.tags],
    }


def sending(campaign: Campaign, planned: int) -> Row:
    """What is planned for a day; the campaign is a raw dump, its status a number."""
    row = campaign_nested(campaign)
    for name in (
        "sequence_id",
        "completion_percentage",
        "include_auto_replies_in_stats",
        "daily_max_sends_per_receiving_domain",
    ):
        del row[name]
    raw = {"status": 2, "reputation_building": 0, "deleted_at": None, "leads_status": 0}
    nested = row | raw | {"total_leads": campaign.total_leads}
    return {"emails_being_sent": planned, "campaign_id": campaign.id, "campaign": nested}


def _membership(membership: Membership) -> Row:
    return {
        "campaign_id": membership.campaign.id,
        "status": membership.status,
        "emails_sent": membership.sent,
        "replies": membership.replies,
        "opens": membership.opens,
        "interested": membership.interested,
    }


def _overall(tally: Tally, fresh: bool) -> Row:
    names = {
        "emails_sent": "sent",
        "opens": "opened",
        "replies": "replied",
        "unique_replies": "unique_replies",
        "unique_opens": "unique_opens",
    }
    return {theirs: None if fresh else tally[ours] for theirs, ours in names.items()}


def lead_nested(lead: Lead) -> Row:
    """A lead inside another row: without tags and memberships."""
    return {
        "id": lead.id,
        "uuid": lead.uuid,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "email": lead.email,
        "title": lead.title,
        "company": lead.company,
        "notes": None,
        "status": lead.status,
        "custom_variables": [{"name": name, "value": value} for name, value in lead.variables],
        "overall_stats": _overall(lead.tally, fresh=not lead.memberships),
        "created_at": stamp(lead.created_at),
        "updated_at": stamp(lead.updated_at),
    }


def campaign_lead(lead: Lead, campaign_id: int | None = None) -> Row:
    """Where a campaign is given its state comes first."""
    states = sorted(lead.memberships.values(), key=lambda state: state.campaign.id != campaign_id)
    return lead_nested(lead) | {"lead_campaign_data": [_membership(state) for state in states]}


def lead(lead: Lead) -> Row:
    return campaign_lead(lead) | {"tags": [tag_short(t) for t in lead.tags]}


def send_single(send: Send) -> Row:
    """`GET /api/scheduled-emails/{id}`: the live answer has no `lead`."""
    return {
        "id": send.id,
        "campaign_id": send.campaign.id,
        "sequence_step_id": send.step.id,
        "thread_reply": send.step.order > 1,
        "email_subject": send.subject,
        "email_body": body_of(send),
        "status": send.status,
        "scheduled_date": stamp(send.scheduled_at),
        "scheduled_date_local": local(send.scheduled_at, send.campaign.zone),
        "sent_at": stamp_or_null(send.sent_at),
        "opens": send.opens,
        "clicks": 0,
        "replies": send.replies,
        "interested": bool(send.interested),
        "unique_replies": min(send.replies, 1),
        "unique_opens": min(send.opens, 1),
        "raw_message_id": send.message_id,
        "campaign": campaign_nested(send.campaign),
        "sender_email": account_nested(send.account),
    }


def send(send: Send) -> Row:
    return send_single(send) | {"lead": lead_nested(send.lead)}


def lead_send(row: Send) -> Row:
    """On the routes of one lead the row also names its lead and mailbox."""
    return send(row) | {"lead_id": row.lead.id, "sender_email_id": row.account.id}


def reply(reply: Reply) -> Row:
    name, address = reply.receiver
    return {
        "id": reply.id,
        "uuid": reply.uuid,
        "folder": reply.folder,
        "subject": reply.subject,
        "read": reply.read or reply.folder == "Sent",
        "interested": reply.interested,
        "automated_reply": reply.automated,
        "html_body": f"<p>{reply.text}</p>",
        "text_body": reply.text,
        "raw_body": None,
        "headers": None,
        "date_received": stamp(reply.received_at),
        "type": reply.type,
        "tracked_reply": reply.type == "Tracked Reply",
        "scheduled_email_id": reply.send.id if reply.send else None,
        "campaign_id": reply.campaign.id if reply.campaign else None,
        "lead_id": reply.lead.id if reply.lead else None,
        "sender_email_id": reply.account.id,
        "raw_message_id": reply.message_id,
        "from_name": reply.sender[0],
        "from_email_address": reply.sender[1],
        "primary_to_email_address": address,
        "to": [{"name": name, "address": address}],
        "cc": None,
        "bcc": None,
        "parent_id": reply.parent_id,
        "attachments": [],
        "lead": lead_nested(reply.lead) if reply.lead else None,
        "created_at": stamp(reply.created_at),
        "updated_at": stamp(reply.updated_at),
    }


def delivery(delivery: Delivery) -> Row:
    attempts = delivery.attempts
    last = stamp_or_null(attempts[-1].at if attempts else None)
    return {
        "id": delivery.id,
        "event_id": delivery.event.id,
        "webhook_url": delivery.url,
        "status": delivery.status,
        "attempt_count": len(attempts),
        "last_attempt_at": last,
        "webhook_attempts": [
            {
                "id": a.id,
                "status": a.status,
                "response_code": a.code,
                "created_at": stamp(a.at),
                "updated_at": stamp(a.at),
            }
            for a in attempts
        ],
        "created_at": stamp(delivery.created_at),
        "updated_at": last or stamp(delivery.created_at),
    }


def event(event: LoggedEvent) -> Row:
    at = stamp(event.created_at)
    return {
        "id": event.id,
        "uuid": event.uuid,
        "payload": orjson.Fragment(event.body),
        "webhook_deliveries": [delivery(d) for d in event.deliveries],
        "created_at": at,
        "updated_at": at,
    }


def subscription(subscription: Subscription) -> Row:
    return {
        "id": subscription.id,
        "name": subscription.name,
        "url": subscription.url,
        "events": list(subscription.events),
        "created_at": stamp(subscription.created_at),
        "updated_at": stamp(subscription.updated_at),
    }
