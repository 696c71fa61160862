"""What can be read, and in which shape: the keys of every answer are the contract's."""

from __future__ import annotations

import re

import pytest

from bisonwatch.domain.status import status_json
from tests.api.conftest import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATUS = {
    "version", "at", "uptime_s", "node", "leader", "score", "reasons", "database", "listener", "inbox", "latency_ms",
    "workspaces", "jobs", "alerts",
}  # fmt: skip
WORKSPACE = {
    "instance", "url", "id", "name", "health", "since", "reason", "verified_at", "lag_s", "last_webhook_at",
    "last_poll_at", "webhooks_24h", "polls_24h", "delivery_rate_24h", "delivery_rate_provider_24h", "success_rate_24h",
    "cache_hit_rate_1h", "drift", "accounts", "month", "month_counted", "month_reported",
}  # fmt: skip
FIGURES = {"sent", "opened", "replied", "replied_automated", "interested", "bounced", "unsubscribed"}
LEAD = {
    "id", "email", "first_name", "last_name", "company", "pipeline_stage", "stage_author", "interested_at", "replied_at",
    "bounced_at", "unsubscribed_at",
}  # fmt: skip
ACCOUNT = {
    "id", "email", "name", "status", "type", "provider", "reseller", "tags", "daily_limit", "warmup_enabled", "sent",
    "replied", "bounced", "reply_rate", "seen_at",
}  # fmt: skip


async def test_status_is_the_snapshot_as_plain_data(desk: Desk) -> None:
    """Word for word what `status --json` prints, with at least the contract's keys."""
    status = (await desk.get("/api/v1/status")).json()
    assert status == status_json(desk.told.picture, desk.told.clock.now())
    assert set(status) >= STATUS
    assert set(status["database"]) == {"url", "ok", "write_ms_p95"}
    assert set(status["listener"]) == {"url", "acked", "rejected", "rate_1m", "ack_ms"}
    assert set(status["inbox"]) == {
        "pending",
        "spooled",
        "refused",
        "refused_reason",
        "foreign",
        "dead",
        "processed",
        "oldest_pending_s",
    }
    assert {frozenset(job) for job in status["jobs"]} == {frozenset({"name", "schedule", "last", "next_at"})}


async def test_a_workspace_reads_the_same_alone_and_in_the_list(desk: Desk) -> None:
    """With the contract's keys, also of its months."""
    listed = (await desk.get("/api/v1/workspaces")).json()
    assert listed["next"] is None
    [first, *_] = listed["items"]
    alone = (await desk.get(f"/api/v1/workspaces/main/{first['id']}")).json()
    assert alone == first
    assert set(alone) >= WORKSPACE
    assert set(alone["month"]) == FIGURES | {"target", "projected"}
    assert set(alone["month_counted"]) == FIGURES
    assert set(alone["month_reported"]) == FIGURES | {"as_of"}
    assert alone["month_reported"]["replied_automated"] is None
    assert set(alone["accounts"]) == {"total", "connected", "held"}


@pytest.mark.parametrize("limit", [1, 7, 1000])
async def test_pages_of_leads_walk_each_lead_once(desk: Desk, limit: int) -> None:
    """In the order of their addresses, whatever the page's size."""
    number = desk.told.busiest
    leads = await desk.walk(f"/api/v1/workspaces/main/{number}/leads", limit)
    emails = [lead["email"] for lead in leads]
    assert emails == sorted(set(emails))
    assert set(emails) == await desk.told.addresses(number)
    assert set(emails) >= set(await desk.told.marks(number))
    assert {frozenset(lead) for lead in leads} == {frozenset(LEAD)}


@pytest.mark.parametrize("limit", [1, 7, 1000])
async def test_pages_of_accounts_walk_each_account_once(desk: Desk, limit: int) -> None:
    """In the order of their ids."""
    number = desk.told.busiest
    accounts = await desk.walk(f"/api/v1/workspaces/main/{number}/accounts", limit)
    assert [account["id"] for account in accounts] == [
        account.id for account in desk.told.world.workspaces[number].accounts
    ]
    assert {frozenset(account) for account in accounts} == {frozenset(ACCOUNT)}
    assert {account["status"] for account in accounts} <= {"connected", "disconnected"}


async def test_a_page_that_ends_exactly_at_the_end_says_so(desk: Desk) -> None:
    """No empty page follows."""
    path = f"/api/v1/workspaces/main/{desk.told.busiest}/accounts"
    count = len(desk.told.world.workspaces[desk.told.busiest].accounts)
    assert (await desk.get(path, limit=count)).json()["next"] is None
    assert (await desk.get(path, limit=count - 1)).json()["next"] is not None


async def test_metrics_need_no_token_on_this_machine(desk: Desk) -> None:
    """Of the mirror they tell what the newest picture holds."""
    answer = await desk.local.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    told = {
        "bisonwatch_inbox_pending 0",
        "bisonwatch_database_up 1",
        'bisonwatch_alerts{severity="critical"} 0',
    }
    assert told <= set(answer.text.splitlines())
    states = re.findall(r"^bisonwatch_workspace_health\{.*\} [01]$", answer.text, re.MULTILINE)
    assert len(states) == 6 * len(desk.told.picture.workspaces) > 0
    ended = re.findall(r'^bisonwatch_runs_total\{.*outcome="success"\} [1-9]\d*$', answer.text, re.MULTILINE)
    assert ended
    assert (await desk.remote.get("/metrics")).status_code == 401
