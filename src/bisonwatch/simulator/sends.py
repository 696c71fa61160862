"""What campaigns do: send, contact for the first time, fail, be opened."""

from __future__ import annotations

from datetime import datetime, timedelta

from bisonwatch.domain.metric import Metric
from bisonwatch.domain.stage import Marks
from bisonwatch.simulator.payloads import (
    Block,
    account_block,
    campaign_block,
    campaign_event_block,
    lead_block,
    send_block,
)
from bisonwatch.simulator.records import Account, Campaign, Lead, LoggedEvent, Membership, Send, Workspace
from bisonwatch.simulator.scribe import Scribe


def schedule(scribe: Scribe, workspace: Workspace, lead: Lead, campaign: Campaign, at: datetime) -> Send:
    """A planned message of the lead's next step, from the mailbox the lead sticks to or a random connected one."""
    membership = lead.memberships.get(campaign.id) or Membership(campaign)
    step = campaign.steps[min(membership.sent, len(campaign.steps) - 1)]
    account = _sticky(workspace, membership) or _mailbox(scribe, workspace)
    send_id = scribe.next_id("send")
    send = Send(
        id=send_id,
        campaign=campaign,
        lead=lead,
        account=account,
        step=step,
        variant=scribe.rng.randint(1, 2),
        subject=step.subject.replace("{COMPANY}", lead.company),
        status="scheduled",
        scheduled_at=at - timedelta(seconds=20),
        sent_at=None,
        message_id=f"<{send_id}.{scribe.rng.getrandbits(48):x}@{account.email.partition('@')[2]}>",
    )
    return workspace.sends.add(send)


def _sticky(workspace: Workspace, membership: Membership) -> Account | None:
    account = membership.account
    return account if account and account.connected and workspace.accounts.get(account.id) else None


def _mailbox(scribe: Scribe, workspace: Workspace) -> Account:
    for _ in range(8):
        account = workspace.accounts[scribe.rng.randrange(len(workspace.accounts))]
        if account.connected:
            return account
    return account


def sent(scribe: Scribe, workspace: Workspace, send: Send, at: datetime) -> list[LoggedEvent]:
    """The message left: EMAIL_SENT, and LEAD_FIRST_CONTACTED beside it for a lead never mailed before."""
    first = send.lead.tally["sent"] == 0
    send.status, send.sent_at = "sent", at
    _count_send(send, at, first)
    workspace.recent_sends.append(send)
    scribe.count(workspace, Metric.SENT, at)
    scribe.mark(workspace, send.lead.email, Marks(contacted_at=at))
    kinds = ("EMAIL_SENT", "LEAD_FIRST_CONTACTED") if first else ("EMAIL_SENT",)
    return [scribe.log(workspace, kind, blocks(scribe, send, "sent", at), at) for kind in kinds]


def _count_send(send: Send, at: datetime, first: bool) -> None:
    campaign, lead = send.campaign, send.lead
    tallies = (campaign.tally, campaign.day(at.date()), send.account.tally, lead.tally)
    membership = lead.memberships.setdefault(campaign.id, Membership(campaign))
    contacted = first or membership.sent == 0
    for tally in tallies:
        tally["sent"] += 1
        tally["contacted"] += contacted
    membership.sent += 1
    membership.account = membership.account or send.account
    last = membership.sent >= len(campaign.steps)
    if membership.status in ("never_contacted", "in_sequence"):
        membership.status = "sequence_finished" if last else "in_sequence"
    send.account.updated_at = campaign.updated_at = lead.updated_at = at


def failed(scribe: Scribe, workspace: Workspace, send: Send, at: datetime) -> list[LoggedEvent]:
    """EMAIL_SEND_FAILED: nothing left the mailbox."""
    send.status = "failed"
    scribe.count(workspace, Metric.SEND_FAILED, at)
    return [scribe.log(workspace, "EMAIL_SEND_FAILED", blocks(scribe, send, "send_failed", at), at)]


def opened(scribe: Scribe, workspace: Workspace, send: Send, at: datetime) -> list[LoggedEvent]:
    """EMAIL_OPENED, once per open; only campaigns with open tracking know."""
    campaign, lead = send.campaign, send.lead
    unique = send.opens == 0
    for tally in (campaign.tally, campaign.day(at.date()), send.account.tally, lead.tally):
        tally["opened"] += 1
        tally["unique_opens"] += unique
    send.opens += 1
    lead.memberships[campaign.id].opens += 1
    lead.updated_at = at
    scribe.count(workspace, Metric.OPENED, at)
    return [scribe.log(workspace, "EMAIL_OPENED", blocks(scribe, send, "open", at), at)]


def blocks(scribe: Scribe, send: Send, word: str, at: datetime) -> Block:
    """The five blocks of send-type events."""
    return {
        "scheduled_email": send_block(send),
        "campaign_event": campaign_event_block(scribe.next_id("campaign_event"), word, at, send.campaign),
        "lead": lead_block(send.lead),
        "campaign": campaign_block(send.campaign),
        "sender_email": account_block(send.account),
    }
