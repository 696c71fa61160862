"""What leads and people do: reply, be marked interested, bounce, unsubscribe, write unasked; and our own manual mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.domain.metric import Metric
from bisonwatch.domain.stage import Marks
from bisonwatch.simulator.payloads import (
    Block,
    account_block,
    campaign_block,
    campaign_event_block,
    lead_block,
    reply_block,
    send_block_reduced,
)
from bisonwatch.simulator.records import Account, LoggedEvent, Reply, Send, Workspace
from bisonwatch.simulator.scribe import Scribe
from bisonwatch.simulator.sends import blocks


@dataclass(frozen=True, slots=True)
class Mail:
    """What distinguishes one row of the inbox from another."""

    folder: str
    type: str
    subject: str
    text: str
    sender: tuple[str, str]
    receiver: tuple[str, str]
    automated: bool = False
    parent_id: int | None = None


BOUNCER = ("Mail Delivery Subsystem", "mailer-daemon@mailhost.example")


def _file(
    scribe: Scribe, workspace: Workspace, mail: Mail, account: Account, send: Send | None, at: datetime
) -> Reply:
    """Put a row in the inbox."""
    from_host = mail.sender[1].partition("@")[2]
    reply_id = scribe.next_id("reply")
    reply = Reply(
        id=reply_id,
        uuid=scribe.uuid(),
        folder=mail.folder,
        type=mail.type,
        subject=mail.subject,
        text=mail.text,
        automated=mail.automated,
        account=account,
        message_id=f"<{reply_id}.{scribe.rng.getrandbits(40):x}@{from_host}>",
        sender=mail.sender,
        receiver=mail.receiver,
        received_at=at if mail.folder == "Sent" else scribe.received(at),
        created_at=at,
        updated_at=at,
        send=send,
        lead=send.lead if send else None,
        campaign=send.campaign if send else None,
        parent_id=mail.parent_id,
    )
    return workspace.replies.add(reply)


def replied(
    scribe: Scribe, workspace: Workspace, send: Send, at: datetime, *, automated: bool = False
) -> list[LoggedEvent]:
    """A lead answered. An automated answer makes no event where the campaign does not count those."""
    text = "I am away until next week." if automated else scribe.rng.choice(ANSWERS)
    subject = ("Automatic reply: " if automated else "Re: ") + send.subject
    person = (f"{send.lead.first_name} {send.lead.last_name}", send.lead.email)
    mailbox = (send.account.name, send.account.email)
    mail = Mail("Inbox", "Tracked Reply", subject, text, person, mailbox, automated)
    reply = _file(scribe, workspace, mail, send.account, send, at)
    if automated and not send.campaign.counts_auto_replies:
        return []
    _count_reply(scribe, send, at)
    if not automated:
        workspace.recent_replies.append(reply)
    scribe.count(workspace, Metric.REPLIED, at)
    if automated:
        scribe.count(workspace, Metric.REPLIED_AUTOMATED, at)
    scribe.mark(workspace, send.lead.email, Marks(replied_at=at))
    return [scribe.log(workspace, "LEAD_REPLIED", _reply_blocks(scribe, reply, send, "replied", at), at)]


ANSWERS = (
    "Sure, send me two slots.",
    "Thanks, not for us right now.",
    "Could you share pricing?",
    "Please write to my colleague instead.",
    "Interesting, can we talk on Thursday?",
)


def _count_reply(scribe: Scribe, send: Send, at: datetime) -> None:
    unique = send.lead.tally["replied"] == 0
    campaign = send.campaign
    for tally in (campaign.tally, scribe.day(send, at), send.account.tally, send.lead.tally):
        tally["replied"] += 1
        tally["unique_replies"] += unique
    send.replies += 1
    membership = send.lead.memberships[campaign.id]
    membership.replies += 1
    membership.status = "replied"
    send.lead.updated_at = campaign.updated_at = at


def interested(
    scribe: Scribe, workspace: Workspace, reply: Reply, at: datetime, *, silent: bool = False
) -> list[LoggedEvent]:
    """A reply is marked interested; only the first time for a lead in a campaign makes an event, and none if `silent`."""
    send = reply.send
    if send is None:
        return []
    reply.interested, reply.updated_at, send.interested = True, at, True
    membership = send.lead.memberships[send.campaign.id]
    if membership.interested:
        return []
    membership.interested = True
    for tally in (send.campaign.tally, send.campaign.day(at.date()), send.account.tally):
        tally["interested"] += 1
    send.lead.updated_at = at
    if silent:
        return []
    scribe.count(workspace, Metric.INTERESTED, at)
    scribe.mark(workspace, send.lead.email, Marks(interested_at=at))
    return [
        scribe.log(workspace, "LEAD_INTERESTED", _reply_blocks(scribe, reply, send, "interested", at), at)
    ]


def bounced(scribe: Scribe, workspace: Workspace, send: Send, at: datetime) -> list[LoggedEvent]:
    """A message came back: a row in the folder Bounced, and EMAIL_BOUNCED. A send bounces once."""
    if not send.lead.mailable:
        return []
    send.status = send.lead.status = send.lead.memberships[send.campaign.id].status = "bounced"
    for tally in (send.campaign.tally, scribe.day(send, at), send.account.tally, send.lead.tally):
        tally["bounced"] += 1
    send.lead.updated_at = at
    mailbox = (send.account.name, send.account.email)
    subject = "Delivery Status Notification (Failure)"
    mail = Mail("Bounced", "Bounced", subject, "Address not found.", BOUNCER, mailbox, automated=True)
    reply = _file(scribe, workspace, mail, send.account, send, at)
    scribe.count(workspace, Metric.BOUNCED, at)
    scribe.mark(workspace, send.lead.email, Marks(bounced_at=at))
    return [scribe.log(workspace, "EMAIL_BOUNCED", _reply_blocks(scribe, reply, send, "bounce", at), at)]


def unsubscribed(scribe: Scribe, workspace: Workspace, send: Send, at: datetime) -> list[LoggedEvent]:
    """The lead left; once per lead."""
    if not send.lead.mailable:
        return []
    send.status = send.lead.status = "unsubscribed"
    send.lead.memberships[send.campaign.id].status = "stopped"
    for tally in (send.campaign.tally, send.campaign.day(at.date()), send.account.tally):
        tally["unsubscribed"] += 1
    send.lead.updated_at = at
    scribe.count(workspace, Metric.UNSUBSCRIBED, at)
    scribe.mark(workspace, send.lead.email, Marks(unsubscribed_at=at))
    return [scribe.log(workspace, "LEAD_UNSUBSCRIBED", blocks(scribe, send, "unsubscribed", at), at)]


def untracked(scribe: Scribe, workspace: Workspace, account: Account, at: datetime) -> list[LoggedEvent]:
    """Somebody wrote who was never mailed."""
    stranger = ("Orla Finch", f"orla.{scribe.rng.randrange(10_000)}@unrelated-sender.example")
    mailbox = (account.name, account.email)
    mail = Mail("Inbox", "Untracked Reply", "Partnership?", "Hello, do you resell?", stranger, mailbox)
    reply = _file(scribe, workspace, mail, account, None, at)
    scribe.count(workspace, Metric.UNTRACKED, at)
    data: Block = {"reply": reply_block(reply), "sender_email": account_block(account)}
    return [scribe.log(workspace, "UNTRACKED_REPLY_RECEIVED", data, at)]


def manual(
    scribe: Scribe,
    workspace: Workspace,
    account: Account,
    answered: Reply | None,
    at: datetime,
    *,
    fails: bool = False,
) -> list[LoggedEvent]:
    """A person wrote: an answer to a reply, or a new mail with null lead, campaign and scheduled e-mail."""
    send = answered.send if answered else None
    receiver = answered.sender if answered else ("Nadia Voss", "nadia@coldharbor-dental.example")
    subject = answered.subject if answered else "Following up on our call"
    mail = Mail(
        "Sent",
        "Outgoing Email",
        subject,
        "Tuesday 10:00 or 14:00?",
        (account.name, account.email),
        receiver,
        parent_id=answered.id if answered else None,
    )
    reply = _file(scribe, workspace, mail, account, send, at)
    data: Block = {
        "reply": reply_block(reply, with_uuid=False),
        "lead": lead_block(send.lead) if send else None,
        "campaign": campaign_block(send.campaign) if send else None,
        "scheduled_email": send_block_reduced(send) if send else None,
        "sender_email": account_block(account),
    }
    if fails:
        workspace.replies.remove(reply.id)
        return [scribe.log(workspace, "MANUAL_EMAIL_SEND_FAILED", data, at)]
    scribe.count(workspace, Metric.MANUAL_SENT, at)
    return [scribe.log(workspace, "MANUAL_EMAIL_SENT", data, at)]


def _reply_blocks(scribe: Scribe, reply: Reply, send: Send, word: str, at: datetime) -> Block:
    return {
        "reply": reply_block(reply),
        "campaign_event": campaign_event_block(scribe.next_id("campaign_event"), word, at, send.campaign),
        "lead": lead_block(send.lead),
        "campaign": campaign_block(send.campaign),
        "scheduled_email": send_block_reduced(send),
        "sender_email": account_block(send.account),
    }
