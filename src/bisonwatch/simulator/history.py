"""The past: sixty days of numbers, lifetime counters, and leads that were already written to.

The numbers of past days are numbers only; rows exist for the leads' own past (11 days ago and older, so outside the event
log) and for what happened in the last hours before the world's start.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random

from bisonwatch.simulator.records import Campaign, Lead, Membership, Reply, Send, Tally, Workspace
from bisonwatch.simulator.scribe import Scribe

DAYS = 60


def past_tally(rng: Random, sent: int, *, opens: bool) -> Tally:
    """A plausible tally for so many messages."""
    replied = int(sent * rng.uniform(0.012, 0.035))
    opened = int(sent * rng.uniform(0.3, 0.6)) if opens else 0
    return Counter(
        sent=sent,
        contacted=int(sent * 0.62),
        opened=opened,
        unique_opens=opened * 2 // 3,
        replied=replied,
        unique_replies=int(replied * 0.9),
        bounced=int(sent * rng.uniform(0.004, 0.02)),
        unsubscribed=int(sent * rng.uniform(0, 0.003)),
        interested=int(replied * rng.uniform(0.08, 0.2)),
    )


def write_days(rng: Random, workspace: Workspace, start: datetime) -> None:
    """The daily series of the days before the start, shared among the campaigns that have a sequence."""
    campaigns = [campaign for campaign in workspace.campaigns if campaign.sequence_id is not None]
    capacity = sum(account.daily_limit for account in workspace.accounts)
    pace = rng.uniform(0.35, 0.75) if workspace.weight else 0.0
    for back in range(DAYS, 0, -1):
        day = (start - timedelta(days=back)).date()
        share = pace * (0.06 if day.weekday() >= 5 else rng.uniform(0.85, 1.1)) / max(len(campaigns), 1)
        for campaign in campaigns:
            tally = past_tally(rng, int(capacity * share), opens=campaign.open_tracking)
            campaign.days[day] = tally
            campaign.tally.update(tally)


def live_through(scribe: Scribe, workspace: Workspace, start: datetime) -> None:
    """Half of the leads were written to before; a few of them answered, bounced or left."""
    campaigns = [campaign for campaign in workspace.campaigns if campaign.sequence_id is not None]
    moments = sorted(scribe.rng.uniform(11, 50) for _ in range(len(workspace.leads) // 2))
    for lead, days in zip(list(workspace.leads), reversed(moments), strict=False):
        at = (start - timedelta(days=days)).replace(microsecond=0)
        send = _past_send(scribe, workspace, lead, scribe.rng.choice(campaigns), at)
        _outcome(scribe, workspace, send, at + timedelta(hours=scribe.rng.uniform(1, 20)))
    for campaign in workspace.campaigns:
        members = sum(campaign.id in lead.memberships for lead in workspace.leads)
        campaign.total_leads = max(members, int(campaign.tally["contacted"] * 1.2))


def _past_send(scribe: Scribe, workspace: Workspace, lead: Lead, campaign: Campaign, at: datetime) -> Send:
    account = workspace.accounts[scribe.rng.randrange(len(workspace.accounts))]
    lead.memberships[campaign.id] = Membership(campaign, "in_sequence", sent=1, account=account)
    lead.tally.update(sent=1, contacted=1)
    lead.created_at, lead.updated_at = min(lead.created_at, at - timedelta(days=1)), at
    send_id, step = scribe.next_id("send"), campaign.steps[0]
    send = Send(
        id=send_id,
        campaign=campaign,
        lead=lead,
        account=account,
        step=step,
        variant=1,
        subject=step.subject.replace("{COMPANY}", lead.company),
        status="sent",
        scheduled_at=at - timedelta(seconds=20),
        sent_at=at,
        message_id=f"<{send_id}.past@{account.email.partition('@')[2]}>",
    )
    return workspace.sends.add(send)


def _outcome(scribe: Scribe, workspace: Workspace, send: Send, at: datetime) -> None:
    at = at.replace(microsecond=0)
    luck = scribe.rng.random()
    lead, membership = send.lead, send.lead.memberships[send.campaign.id]
    if luck < 0.02:
        send.status = lead.status = membership.status = "bounced"
        lead.tally["bounced"] += 1
        _past_reply(scribe, workspace, send, at, "Bounced", "Bounced")
    elif luck < 0.03:
        send.status = lead.status = "unsubscribed"
        membership.status = "stopped"
    elif luck < 0.10:
        membership.status, membership.replies, send.replies = "replied", 1, 1
        lead.tally.update(replied=1, unique_replies=1)
        reply = _past_reply(scribe, workspace, send, at, "Inbox", "Tracked Reply")
        reply.interested = membership.interested = luck < 0.045
    lead.updated_at = at if luck < 0.10 else lead.updated_at


def _past_reply(
    scribe: Scribe, workspace: Workspace, send: Send, at: datetime, folder: str, kind: str
) -> Reply:
    bounce = kind == "Bounced"
    lead, reply_id = send.lead, scribe.next_id("reply")
    reply = Reply(
        id=reply_id,
        uuid=scribe.uuid(),
        folder=folder,
        type=kind,
        subject="Delivery Status Notification (Failure)" if bounce else f"Re: {send.subject}",
        text="Address not found." if bounce else "Thanks, let us talk after the summer.",
        automated=bounce,
        account=send.account,
        message_id=f"<{reply_id}.past@mail.{lead.email.partition('@')[2]}>",
        sender=("Mail Delivery Subsystem", "mailer-daemon@mailhost.example")
        if bounce
        else (f"{lead.first_name} {lead.last_name}", lead.email),
        receiver=(send.account.name, send.account.email),
        received_at=at,
        created_at=at,
        updated_at=at,
        send=send,
        lead=lead,
        campaign=send.campaign,
    )
    return workspace.replies.add(reply)
