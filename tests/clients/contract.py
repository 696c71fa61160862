"""Which call of the client reads which published answer, what it asks for, and what it must make of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pages import Page
from bisonwatch.domain.ids import WorkspaceKey

WORKSPACE = WorkspaceKey("main", 12)
FIRST, LAST = date(2026, 9, 5), date(2026, 9, 14)
DAYS = {"start_date": "2026-09-05", "end_date": "2026-09-14"}
CURSOR = {"pagination_type": "cursor"}


@dataclass(frozen=True)
class Call:
    """One call of the client, and the request it must send."""

    make: Callable[[BisonClient], Awaitable[Any] | AsyncIterator[Page[Any]]]
    path: str
    query: dict[str, str] | None = None
    method: str = "GET"
    body: bytes = b""

    async def told(self, client: BisonClient) -> Any:
        """What it returns; of a walk the first page."""
        made = self.make(client)
        if not isinstance(made, AsyncIterator):
            return await made
        return await anext(made)


CALLS: dict[str, Call] = {
    "users.docs-team": Call(lambda c: c.whoami(), "/api/users"),
    "users.live-workspace": Call(lambda c: c.whoami(), "/api/users"),
    "workspaces.list": Call(lambda c: c.workspaces.all(), "/api/workspaces/v1.1", CURSOR),
    "workspaces.list.live-slim": Call(lambda c: c.workspaces.all(), "/api/workspaces/v1.1", CURSOR),
    "workspaces.detail": Call(lambda c: c.workspaces.one(12), "/api/workspaces/v1.1/12"),
    "workspaces.switch": Call(
        lambda c: c.workspaces.switch(13),
        "/api/workspaces/v1.1/switch-workspace",
        method="POST",
        body=b'{"team_id":13}',
    ),
    "workspaces.api-token-created": Call(
        lambda c: c.workspaces.mint_key(12, "mirror"),
        "/api/workspaces/v1.1/12/api-tokens",
        method="POST",
        body=b'{"name":"mirror"}',
    ),
    "workspaces.master-inbox-settings": Call(
        lambda c: c.workspaces.inbox_settings(), "/api/workspaces/v1.1/master-inbox-settings"
    ),
    "workspaces.stats.numbers": Call(
        lambda c: c.workspaces.summary(FIRST, LAST), "/api/workspaces/v1.1/stats", DAYS
    ),
    "workspaces.stats.strings": Call(
        lambda c: c.workspaces.summary(FIRST, LAST), "/api/workspaces/v1.1/stats", DAYS
    ),
    "workspaces.line-area-chart-stats": Call(
        lambda c: c.workspaces.series(FIRST, LAST), "/api/workspaces/v1.1/line-area-chart-stats", DAYS
    ),
    "campaigns.line-area-chart-stats": Call(
        lambda c: c.campaigns.series(614, FIRST, LAST), "/api/campaigns/614/line-area-chart-stats", DAYS
    ),
    "campaign-events.stats": Call(
        lambda c: c.accounts.series(FIRST, LAST, accounts=[3301], campaigns=[614]),
        "/api/campaign-events/stats",
        {**DAYS, "sender_email_ids[]": "3301", "campaign_ids[]": "614"},
    ),
    "sender-emails.page-1-of-3": Call(
        lambda c: c.accounts.pages(WORKSPACE, status="not_connected", tags=[13]),
        "/api/sender-emails",
        {"status": "not_connected", "tag_ids[]": "13", "page": "1"},
    ),
    "sender-emails.cursor": Call(
        lambda c: c.accounts.pages(WORKSPACE, abreast=1), "/api/sender-emails", CURSOR
    ),
    "sender-emails.detail": Call(
        lambda c: c.accounts.one("tess@try-northwind.example", WORKSPACE),
        "/api/sender-emails/tess@try-northwind.example",
    ),
    "sender-emails.delete-queued": Call(
        lambda c: c._caller.write("DELETE", "/api/sender-emails/3301"),
        "/api/sender-emails/3301",
        method="DELETE",
    ),
    "warmup.sender-emails": Call(
        lambda c: c.accounts.warmup_pages(FIRST, LAST),
        "/api/warmup/sender-emails",
        {**DAYS, "page": "1"},
    ),
    "warmup.sender-email.detail": Call(
        lambda c: c.accounts.warmup(3301, FIRST, LAST), "/api/warmup/sender-emails/3301", DAYS
    ),
    "campaigns.page-1-of-1": Call(
        lambda c: c.campaigns.pages(status="pending deletion", tags=[31]),
        "/api/campaigns",
        {"status": "pending deletion", "tag_ids[]": "31", "page": "1"},
    ),
    "campaigns.docs-case": Call(lambda c: c.campaigns.pages(abreast=1), "/api/campaigns", CURSOR),
    "campaigns.detail": Call(lambda c: c.campaigns.one(614), "/api/campaigns/614"),
    "campaigns.stats.numbers": Call(
        lambda c: c.campaigns.summary(614, FIRST, LAST),
        "/api/campaigns/614/stats",
        method="POST",
        body=b'{"start_date":"2026-09-05","end_date":"2026-09-14"}',
    ),
    "campaigns.stats.strings": Call(
        lambda c: c.campaigns.summary(614, FIRST, LAST),
        "/api/campaigns/614/stats",
        method="POST",
        body=b'{"start_date":"2026-09-05","end_date":"2026-09-14"}',
    ),
    "campaigns.schedule": Call(lambda c: c.sequences.schedule(614), "/api/campaigns/614/schedule"),
    "campaigns.available-timezones": Call(
        lambda c: c.sequences.timezones(), "/api/campaigns/schedule/available-timezones"
    ),
    "campaigns.sending-schedules": Call(
        lambda c: c.sequences.planned("tomorrow"),
        "/api/campaigns/sending-schedules",
        {"day": "tomorrow", **CURSOR},
    ),
    "campaigns.sending-schedule.single": Call(
        lambda c: c.sequences.planned_of(614, "today"),
        "/api/campaigns/614/sending-schedule",
        {"day": "today"},
    ),
    "sequence-steps.v1": Call(lambda c: c.sequences.steps_v1(614), "/api/campaigns/614/sequence-steps"),
    "sequence-steps.v1.1": Call(lambda c: c.sequences.steps(614), "/api/campaigns/v1.1/614/sequence-steps"),
    "sequence-steps.v1.1.docs-strings": Call(
        lambda c: c.sequences.steps(614), "/api/campaigns/v1.1/614/sequence-steps"
    ),
    "sequence-steps.missing.200": Call(
        lambda c: c.sequences.steps(614), "/api/campaigns/v1.1/614/sequence-steps"
    ),
    "campaigns.leads.page": Call(
        lambda c: c.campaigns.leads_pages(614), "/api/campaigns/614/leads", {"page": "1"}
    ),
    "campaigns.leads.docs-object": Call(
        lambda c: c.campaigns.leads_pages(614, abreast=1), "/api/campaigns/614/leads", CURSOR
    ),
    "campaigns.replies.page": Call(
        lambda c: c.campaigns.replies_pages(614, folder="inbox"),
        "/api/campaigns/614/replies",
        {"folder": "inbox", **CURSOR},
    ),
    "campaigns.scheduled-emails.page": Call(
        lambda c: c.campaigns.sends_pages(614, status="sent", day=FIRST),
        "/api/campaigns/614/scheduled-emails",
        {
            "status": "sent",
            "scheduled_date_local[criteria]": ">=",
            "scheduled_date_local[value]": "2026-09-05",
            **CURSOR,
        },
    ),
    "scheduled-emails.page": Call(
        lambda c: c.sends.pages(
            status="paused", day=LAST, criterion="<", campaigns=[614], leads=[870052], accounts=[3301]
        ),
        "/api/scheduled-emails",
        {
            "status": "paused",
            "scheduled_date_local[criteria]": "<",
            "scheduled_date_local[value]": "2026-09-14",
            "campaign_ids[]": "614",
            "lead_ids[]": "870052",
            "sender_email_ids[]": "3301",
            **CURSOR,
        },
    ),
    "scheduled-emails.detail.live": Call(lambda c: c.sends.one(55210417), "/api/scheduled-emails/55210417"),
    "leads.page-2-of-3": Call(lambda c: c.leads.pages(), "/api/leads", {"page": "1"}),
    "leads.cursor-page": Call(lambda c: c.leads.pages(newer_than=870000), "/api/leads", CURSOR),
    "leads.cursor-last-page": Call(lambda c: c.leads.pages(abreast=1), "/api/leads", CURSOR),
    "leads.detail": Call(lambda c: c.leads.one(870052), "/api/leads/870052"),
    "leads.created.201": Call(
        lambda c: c.leads.one("ada@quill-dental.example"), "/api/leads/ada@quill-dental.example"
    ),
    "leads.empty-lead_campaign_data.docs": Call(lambda c: c.leads.pages(abreast=1), "/api/leads", CURSOR),
    "leads.lead-lists": Call(lambda c: c.leads.lists_pages(), "/api/lead-lists", CURSOR),
    "leads.replies.page": Call(lambda c: c.leads.replies_pages(870052), "/api/leads/870052/replies", CURSOR),
    "leads.sent-emails.page": Call(
        lambda c: c.leads.sent_pages(870052), "/api/leads/870052/sent-emails", CURSOR
    ),
    "replies.cursor-page": Call(
        lambda c: c.replies.pages(
            folder="all", status="interested", campaign=614, lead=870052, account=3301, newer_than=3400000
        ),
        "/api/replies",
        {
            "folder": "all",
            "status": "interested",
            "campaign_id": "614",
            "lead_id": "870052",
            "sender_email_id": "3301",
            **CURSOR,
        },
    ),
    "replies.page-1-of-2": Call(lambda c: c.replies.pages(), "/api/replies", CURSOR),
    "replies.detail": Call(lambda c: c.replies.one(3400175), "/api/replies/3400175"),
    "replies.conversation-thread": Call(
        lambda c: c.replies.thread(3400175), "/api/replies/3400175/conversation-thread"
    ),
    "tags.list": Call(lambda c: c.labels.tags(), "/api/tags", CURSOR),
    "tags.attached": Call(
        lambda c: c._caller.write("POST", "/api/tags/attach-to-leads", {"tag_ids": [31]}),
        "/api/tags/attach-to-leads",
        method="POST",
        body=b'{"tag_ids":[31]}',
    ),
    "custom-variables.page": Call(lambda c: c.labels.variables(), "/api/custom-variables", CURSOR),
    "blacklisted-emails.page": Call(
        lambda c: c.labels.blocked_emails_pages(), "/api/blacklisted-emails", CURSOR
    ),
    "blacklisted-domains.page": Call(
        lambda c: c.labels.blocked_domains_pages(), "/api/blacklisted-domains", CURSOR
    ),
    "webhook-url.list": Call(lambda c: c.subscriptions.all(), "/api/webhook-url"),
    "webhook-url.created.201": Call(
        lambda c: c.subscriptions.create("Mirror", "https://mirror.example/h", ["email_sent"]),
        "/api/webhook-url",
        method="POST",
        body=b'{"name":"Mirror","url":"https://mirror.example/h","events":["email_sent"]}',
    ),
    "webhook-url.deleted": Call(
        lambda c: c.subscriptions.delete(112), "/api/webhook-url/112", method="DELETE"
    ),
    "webhook-events.event-types": Call(lambda c: c.subscriptions.types(), "/api/webhook-events/event-types"),
    "webhook-events.sample-payload": Call(
        lambda c: c.subscriptions.sample("lead_replied"),
        "/api/webhook-events/sample-payload",
        {"event_type": "lead_replied"},
    ),
    "webhook-events.test-event": Call(
        lambda c: c.subscriptions.test("lead_replied", "https://mirror.example/h?canary=1"),
        "/api/webhook-events/test-event",
        method="POST",
        body=b'{"event_type":"lead_replied","url":"https://mirror.example/h?canary=1"}',
    ),
    "events.cursor-page": Call(
        lambda c: c.events.pages(FIRST, LAST, type="email_sent"),
        "/api/events",
        {**DAYS, "type": "email_sent", **CURSOR},
    ),
    "events.retry-queued": Call(
        lambda c: c.events.retry(990101), "/api/webhook-attempts/990101/retry", method="POST"
    ),
}
