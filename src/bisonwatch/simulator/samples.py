"""Sample payloads: static demo data, whose ids exist nowhere; only the workspace is the caller's."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import cache
from random import Random

import orjson

from bisonwatch.simulator import inbox, labels, mailboxes, sends
from bisonwatch.simulator.payloads import event_block
from bisonwatch.simulator.records import (
    Account,
    BlacklistEntry,
    Campaign,
    Lead,
    LoggedEvent,
    Send,
    Step,
    Tag,
    Workspace,
)
from bisonwatch.simulator.scribe import Scribe
from bisonwatch.simulator.truth import Witness

_AT = datetime(2026, 9, 14, 16, 24, 20, tzinfo=UTC)


def sample(kind: str, url: str, workspace: Workspace) -> dict[str, object]:
    """`{event, data}` of that type (upper case)."""
    return {"event": event_block(kind, url, workspace.id, workspace.name), "data": _data(kind)}


@cache
def _data(kind: str) -> object:
    return orjson.loads(_event(kind).body)["data"]


def _event(kind: str) -> LoggedEvent:
    """Lives through one event in a world of one of each."""
    scribe = Scribe(Random(1), "https://send.harborline.example", 100)
    place = Workspace(1, "Demo", 1.0, "kqzphrase7", "none", _AT, 10)
    scribe.witnesses[1] = Witness()
    tag, account, send = _demo(scribe, place)
    sent = sends.sent(scribe, place, send, _AT)
    answered = inbox.replied(scribe, place, send, _AT)
    reply = place.recent_replies[0]
    entries = {
        field: BlacklistEntry(41, value, _AT)
        for field, value in (("EMAIL", "blocked.person@optout.example"), ("DOMAIN", "optout.example"))
    }
    place.blacklist.extend(entries.values())
    made = [
        *sent,
        *answered,
        *sends.opened(scribe, place, send, _AT),
        *inbox.interested(scribe, place, reply, _AT),
        *inbox.untracked(scribe, place, account, _AT),
        *inbox.manual(scribe, place, account, reply, _AT),
        *inbox.manual(scribe, place, account, reply, _AT, fails=True),
        *mailboxes.disconnected(scribe, place, account, _AT),
        *mailboxes.reconnected(scribe, place, account, _AT),
        *mailboxes.warmup_disabled(scribe, place, account, _AT, causing=True),
        *mailboxes.warmup_disabled(scribe, place, account, _AT, causing=False),
        *labels.toggled(scribe, place, tag, send.campaign, _AT),
        *labels.toggled(scribe, place, tag, send.campaign, _AT),
        *_lists(scribe, place, entries),
        *_endings(scribe, place, kind, account, send),
    ]
    return next(event for event in made if event.type == kind)


def _lists(scribe: Scribe, place: Workspace, entries: dict[str, BlacklistEntry]) -> list[LoggedEvent]:
    made = []
    for entry in entries.values():
        made += labels.unlisted(scribe, place, entry, _AT)
        made += labels.blacklisted(scribe, place, entry.value, _AT)
    return made


def _endings(scribe: Scribe, place: Workspace, kind: str, account: Account, send: Send) -> list[LoggedEvent]:
    """What can happen to a message or a mailbox only once."""
    match kind:
        case "EMAIL_BOUNCED":
            return inbox.bounced(scribe, place, send, _AT)
        case "LEAD_UNSUBSCRIBED":
            return inbox.unsubscribed(scribe, place, send, _AT)
        case "EMAIL_SEND_FAILED":
            send.sent_at = None
            return sends.failed(scribe, place, send, _AT)
        case "EMAIL_ACCOUNT_ADDED":
            return mailboxes.added(scribe, place, account, _AT)
        case "EMAIL_ACCOUNT_REMOVED":
            return mailboxes.removed(scribe, place, account, _AT)
        case _:
            return []


def _demo(scribe: Scribe, place: Workspace) -> tuple[Tag, Account, Send]:
    tag = Tag(31, "priority-eu", False, _AT)
    account = Account(
        id=3301,
        name="Tess Holloway",
        email="tess@try-northwind.example",
        type="google_workspace_oauth",
        connected=True,
        warmup=True,
        daily_limit=15,
        tags=[tag],
        tally=Counter(sent=412, replied=9, bounced=3, contacted=280, interested=2, unique_replies=8),
        created_at=_AT,
        updated_at=_AT,
    )
    step = Step(7310, 1, "quick question about {COMPANY}")
    campaign = Campaign(
        614, "a3c4e5f6-4c0e-4f7e-9d3b-000000000614", 539, "Dentists Nordics - wave 3", "active", True, True,
        "Europe/Copenhagen", (step,), [], _AT, _AT,
    )  # fmt: skip
    lead = Lead(
        870052, "a3c61d2e-1f4b-4c8f-8a77-000000870052", "Palle", "Stenmark", "palle.stenmark@brightmolar.example",
        "Practice Owner", "Bright Molar Clinic", (("city", "Aarhus"),), _AT, _AT,
    )  # fmt: skip
    place.accounts.add(account)
    return tag, account, sends.schedule(scribe, place, lead, campaign, _AT)
