"""What each webhook fixture means: its event, and the facts it states as (metric, key, moment, rank)."""

from __future__ import annotations

from datetime import UTC, datetime

from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.event import (
    AccountEvent,
    AccountNews,
    BlacklistEvent,
    Campaign,
    Event,
    Header,
    Lead,
    LeadEvent,
    Reply,
    Send,
    TagEvent,
    UnknownEvent,
)
from bisonwatch.domain.ids import WorkspaceKey

WORKSPACE = WorkspaceKey("main", 12)


def at(clock: str, day: int = 14) -> datetime:
    hour, minute, second = map(int, clock.split(":"))
    return datetime(2026, 9, day, hour, minute, second, tzinfo=UTC)


def head(kind: str) -> Header:
    return Header(WORKSPACE, "Northwind Desk", kind)


def palle(status: str = "unverified") -> Lead:
    return Lead(
        870052,
        "palle.stenmark@brightmolar.example",
        "Palle",
        "Stenmark",
        "Bright Molar Clinic",
        "Practice Owner",
        status,
        (("city", "Aarhus"), ("opener", "Saw the new implant room on your site")),
    )


TESS = AccountNews(3301, "tess@try-northwind.example", AccountStatus.CONNECTED, at("16:24:21"))
WAVE = Campaign(614, "Dentists Nordics - wave 3")
SENT = Send(55210417, 870052, at("16:24:20"))
INTEREST = Reply(
    3400175,
    False,
    True,
    at("17:02:11"),
    "palle.stenmark@brightmolar.example",
    "Tracked Reply",
    "Inbox",
)
ANSWER = Reply(
    3400175, False, False, at("17:02:11"), "palle.stenmark@brightmolar.example", "Tracked Reply", "Inbox"
)


def mail(
    kind: str,
    happened: tuple[int, datetime] | None,
    *,
    send: Send | None = SENT,
    lead: Lead | None = None,
    reply: Reply | None = None,
    campaign: Campaign | None = WAVE,
) -> LeadEvent:
    number, when = happened or (None, None)
    return LeadEvent(head(kind), number, when, send, lead, campaign, TESS, reply)


def manual(number: int) -> Reply:
    return Reply(number, False, False, at("17:40:00"), "tess@try-northwind.example", "Outgoing Email", "Sent")


def ivo(kind: str, status: AccountStatus) -> AccountEvent:
    return AccountEvent(head(kind), AccountNews(3302, "ivo@get-northwind.example", status, at("16:24:21")))


REPLIED = mail("lead_replied", (99181310, at("17:02:11")), lead=palle(), reply=ANSWER)
INTERESTED = mail("lead_interested", (99181340, at("17:31:45")), lead=palle(), reply=INTEREST)
EMAIL_SENT = mail("email_sent", (99181201, at("16:24:20")), lead=palle())
LC = "lc:870052:614"

Told = tuple[str, str, datetime, int]
CASES: dict[str, tuple[Event, tuple[Told, ...]]] = {
    "email_sent": (EMAIL_SENT, (("sent", "s:55210417", at("16:24:20"), 0),)),
    "email_sent.legacy-2024": (EMAIL_SENT, (("sent", "s:55210417", at("16:24:20"), 0),)),
    "variant.local-equals-utc.email_sent": (EMAIL_SENT, (("sent", "s:55210417", at("16:24:20"), 0),)),
    "variant.string-ids.email_sent": (EMAIL_SENT, (("sent", "s:55210417", at("16:24:20"), 0),)),
    "lead_first_contacted": (
        mail("lead_first_contacted", (99181202, at("16:24:20")), lead=palle()),
        (),
    ),
    "email_opened": (
        mail("email_opened", (99181290, at("16:58:03")), lead=palle()),
        (("opened", "se:55210417:99181290", at("16:58:03"), 0),),
    ),
    "email_send_failed.inferred": (
        mail(
            "email_send_failed",
            (99181400, at("16:24:33")),
            send=Send(55210417, 870052, None),
            lead=palle(),
        ),
        (("send_failed", "s:55210417", at("16:24:33"), 0),),
    ),
    "lead_unsubscribed": (
        mail("lead_unsubscribed", (99181377, at("07:10:00", 15)), lead=palle("unsubscribed")),
        (("unsubscribed", LC, at("07:10:00", 15), 0),),
    ),
    "lead_replied": (REPLIED, (("replied", "r:3400175", at("17:02:11"), 0),)),
    "variant.wrapped-in-data.lead_replied": (REPLIED, (("replied", "r:3400175", at("17:02:11"), 0),)),
    "variant.events-envelope.lead_replied": (REPLIED, (("replied", "r:3400175", at("17:02:11"), 0),)),
    "lead_replied.automated-ooo": (
        mail(
            "lead_replied",
            (99181305, at("16:25:01")),
            lead=palle(),
            reply=Reply(
                3400190,
                True,
                False,
                at("16:25:01"),
                "palle.stenmark@brightmolar.example",
                "Tracked Reply",
                "Inbox",
            ),
        ),
        (
            ("replied", "r:3400190", at("16:25:01"), 0),
            ("replied_automated", "r:3400190", at("16:25:01"), 0),
        ),
    ),
    "lead_interested": (INTERESTED, (("interested", LC, at("17:31:45"), 0),)),
    "email_bounced": (
        mail(
            "email_bounced",
            (99181255, at("16:25:40")),
            lead=palle("bounced"),
            reply=Reply(
                3400240,
                True,
                False,
                at("16:25:40"),
                "mailer-daemon@mailhost.example",
                "Bounced",
                "Bounced",
            ),
        ),
        (("bounced", "s:55210417", at("16:25:40"), 0),),
    ),
    "untracked_reply_received": (
        mail(
            "untracked_reply_received",
            None,
            send=None,
            campaign=None,
            reply=Reply(
                3400222,
                False,
                False,
                at("18:40:00"),
                "orla@unrelated-sender.example",
                "Untracked Reply",
                "Inbox",
            ),
        ),
        (("untracked", "r:3400222", at("18:40:00"), 0),),
    ),
    "manual_email_sent": (
        mail("manual_email_sent", None, lead=palle(), reply=manual(3400260)),
        (("manual_sent", "r:3400260", at("17:40:00"), 0),),
    ),
    "manual_email_sent.one-off": (
        mail("manual_email_sent", None, send=None, campaign=None, reply=manual(3400261)),
        (("manual_sent", "r:3400261", at("17:40:00"), 0),),
    ),
    "manual_email_send_failed.inferred": (
        mail("manual_email_send_failed", None, lead=palle(), reply=manual(3400262)),
        (),
    ),
    "email_account_added": (ivo("email_account_added", AccountStatus.CONNECTED), ()),
    "email_account_removed": (ivo("email_account_removed", AccountStatus.REMOVED), ()),
    "email_account_disconnected": (ivo("email_account_disconnected", AccountStatus.DISCONNECTED), ()),
    "email_account_disconnected.already-recovered": (
        ivo("email_account_disconnected", AccountStatus.CONNECTED),
        (),
    ),
    "email_account_reconnected": (ivo("email_account_reconnected", AccountStatus.CONNECTED), ()),
    "warmup_disabled_causing_bounces": (
        ivo("warmup_disabled_causing_bounces", AccountStatus.CONNECTED),
        (),
    ),
    "warmup_disabled_receiving_bounces": (
        ivo("warmup_disabled_receiving_bounces", AccountStatus.CONNECTED),
        (),
    ),
    "tag_attached": (TagEvent(head("tag_attached"), 31, "priority-eu", 614, "Campaign"), ()),
    "tag_attached.lead.inferred": (
        TagEvent(head("tag_attached"), 9, "Interested", 870052, "Lead"),
        (),
    ),
    "tag_removed": (TagEvent(head("tag_removed"), 13, "Google", 3301, "SenderEmail"), ()),
    **{
        f"blacklisted_{what}_{turn}.inferred": (
            BlacklistEvent(head(f"blacklisted_{what}_{turn}"), entry),
            (),
        )
        for what, entry in (("email", "blocked.person@optout.example"), ("domain", "optout.example"))
        for turn in ("added", "removed")
    },
    "variant.unknown-type": (UnknownEvent(head("something_new")), ()),
}
