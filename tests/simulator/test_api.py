"""The REST API: keys, pages, filters, budgets, refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bisonwatch.simulator.faults import ApiFaults, Faults
from bisonwatch.simulator.pages import write_cursor
from bisonwatch.simulator.server import create_app
from tests.simulator.conftest import START, Lab, fixture

EVER = {"start_date": "2026-09-01", "end_date": "2026-10-01"}


async def walk(lab: Lab, path: str, **query: object) -> AsyncIterator[list[dict]]:
    """Pages of a cursor walk, the query rebuilt on every hop."""
    cursor = {}
    while True:
        page = (await lab.get(path, pagination_type="cursor", **query, **cursor)).json()
        yield page["data"]
        if page["meta"]["next_cursor"] is None:
            return
        cursor = {"cursor": page["meta"]["next_cursor"]}


async def test_pages_hold_fifteen_rows_newest_first(lab: Lab) -> None:
    """Page mode serves 15 rows by descending id, ignores `per_page` and `workspace_id`, and says totals."""
    first = (await lab.get("/api/leads", per_page=100, workspace_id=13)).json()
    second = (await lab.get("/api/leads", page=2)).json()
    ids = [row["id"] for row in first["data"] + second["data"]]
    assert len(first["data"]) == 15
    assert ids == sorted(ids, reverse=True)
    assert first["meta"]["total"] == len(lab.workspace.leads)
    assert (second["meta"]["from"], second["meta"]["to"]) == (16, 30)


async def test_a_cursor_walk_sees_every_row_once_while_rows_arrive(lab: Lab) -> None:
    """Rows inserted during the walk are above its start; none is skipped or repeated."""
    wanted = {lead.id for lead in lab.workspace.leads}
    seen: list[int] = []
    lab.world.rate = 200.0
    async for rows in walk(lab, "/api/leads"):
        seen += [row["id"] for row in rows]
        lab.world.advance(lab.clock.forward(seconds=1))
    assert len(seen) == len(set(seen))
    assert set(seen) == wanted
    assert len(lab.workspace.leads) > len(wanted)


async def test_a_cursor_without_its_mode_is_page_one_again(lab: Lab) -> None:
    """`links.next` has lost `pagination_type`; whoever follows it reads the first page for ever."""
    first = (await lab.get("/api/leads", pagination_type="cursor")).json()
    lost = (await lab.ask("GET", first["links"]["next"])).json()
    assert lost["data"] == first["data"]
    assert lost["meta"]["current_page"] == 1


async def test_the_last_cursor_page_points_back(lab: Lab) -> None:
    """At the end `next_cursor` is null and `prev_cursor` leads to the page before."""
    pages = [page async for page in walk(lab, "/api/sender-emails")]
    below = pages[-1][-1]["id"] + 1
    last = (
        await lab.get("/api/sender-emails", pagination_type="cursor", cursor=write_cursor(below, True))
    ).json()
    back = (
        await lab.get("/api/sender-emails", pagination_type="cursor", cursor=last["meta"]["prev_cursor"])
    ).json()
    assert last["meta"]["next_cursor"] is None
    assert [row["id"] for row in back["data"]] == sorted((row["id"] for row in back["data"]), reverse=True)
    assert min(row["id"] for row in back["data"]) == below


async def test_page_mode_ends_at_the_cap(lab: Lab) -> None:
    """Beyond the cap page mode answers 422 and points to cursors."""
    answer = await lab.get("/api/leads", page=1001)
    assert (answer.status_code, answer.json()) == (422, fixture("rest/error.422.page-cap.json"))


async def test_a_page_beyond_the_last_is_empty(lab: Lab) -> None:
    """`from` and `to` are null on an empty page."""
    page = (await lab.get("/api/leads", page=900)).json()
    assert (page["data"], page["meta"]["from"], page["meta"]["to"]) == ([], None, None)


async def test_the_event_log_wants_both_dates(lab: Lab) -> None:
    """One date alone is refused with the fixture's wrapped 422; both give cursor pages."""
    alone = await lab.get("/api/events")
    assert (alone.status_code, alone.json()) == (422, fixture("rest/error.422.wrapped.json"))
    assert (await lab.get("/api/events", start_date="2026-09-14")).status_code == 422
    assert "next_cursor" in (await lab.get("/api/events", **EVER)).json()["meta"]


async def test_the_event_log_is_filtered_by_type_and_day(lab: Lab) -> None:
    """`type` takes the lower-case id; days are inclusive."""
    lab.world.bounce(12)
    bounces = (await lab.get("/api/events", type="email_bounced", **EVER)).json()["data"]
    other = (await lab.get("/api/events", start_date="2026-09-10", end_date="2026-09-12")).json()["data"]
    assert {row["payload"]["event"]["type"] for row in bounces} == {"EMAIL_BOUNCED"}
    assert other == []


async def test_a_key_reads_its_own_workspace_only(lab: Lab) -> None:
    """Another workspace's record is a 403 in the fixture's words; its lists never show."""
    foreign = lab.world.workspaces[13].accounts[0]
    answer = await lab.get(f"/api/sender-emails/{foreign.id}")
    assert (answer.status_code, answer.json()) == (403, fixture("rest/error.403.other-workspace.json"))
    everything = [row["id"] async for rows in walk(lab, "/api/sender-emails") for row in rows]
    assert sorted(everything) == [account.id for account in lab.workspace.accounts]


async def test_the_admin_key_reads_where_it_was_switched_to(lab: Lab) -> None:
    """Switching moves the super-admin key for everybody; an api-user key may not switch."""
    key = lab.world.admin_key
    before = (await lab.get("/api/users", key=key)).json()["data"]["workspace"]["id"]
    await lab.ask("POST", "/api/workspaces/v1.1/switch-workspace", key=key, json={"team_id": 14})
    after = (await lab.get("/api/users", key=key)).json()["data"]["workspace"]["id"]
    refused = await lab.ask("POST", "/api/workspaces/v1.1/switch-workspace", json={"team_id": 14})
    assert (before, after, refused.status_code) == (12, 14, 403)
    assert (await lab.get("/api/workspaces/v1.1", key=key)).json()["meta"]["total"] == 4


async def test_a_minted_key_works(lab: Lab) -> None:
    """A key minted with the super-admin key answers for its workspace."""
    made = await lab.ask(
        "POST", "/api/workspaces/v1.1/13/api-tokens", key=lab.world.admin_key, json={"name": "m"}
    )
    mine = await lab.get("/api/users", key=made.json()["data"]["plain_text_token"])
    assert mine.json()["data"]["workspace"]["id"] == 13


async def test_unknown_keys_and_rejected_keys_are_401(lab: Lab) -> None:
    """No key, a wrong key, or a key the fault switch rejects: the fixture's 401."""
    wrong = await lab.get("/api/users", key="12|nonsense")
    lab.faults.set(Faults(api=ApiFaults(reject=frozenset({"12"}))))
    rejected = await lab.get("/api/users")
    other = await lab.get("/api/users", key=lab.world.api_key(13))
    assert wrong.json() == rejected.json() == fixture("rest/error.401.json")
    assert (wrong.status_code, rejected.status_code, other.status_code) == (401, 401, 200)


async def test_unknown_records_routes_and_methods(lab: Lab) -> None:
    """404 names the model and the key, or the route; 405 names the methods; all in the fixtures' words."""
    record = await lab.get("/api/campaigns/999999")
    route = await lab.get("/api/webhooks")
    method = await lab.ask("POST", "/api/webhook-events/sample-payload")
    assert (record.status_code, record.json()) == (404, fixture("rest/error.404.record.json"))
    assert (route.status_code, route.json()) == (404, fixture("rest/error.404.route.json"))
    assert (method.status_code, method.json()) == (405, fixture("rest/error.405.json"))


async def test_every_answer_has_its_headers(lab: Lab) -> None:
    """`Date` is the simulator's clock; the budget is 3,000 a minute per key and goes down by one."""
    first, second = await lab.get("/api/users"), await lab.get("/api/users")
    other = await lab.get("/api/users", key=lab.world.api_key(13))
    assert first.headers["date"] == "Mon, 14 Sep 2026 12:00:00 GMT"
    assert first.headers["x-ratelimit-limit"] == "3000"
    remaining = [int(answer.headers["x-ratelimit-remaining"]) for answer in (first, second, other)]
    assert remaining == [2999, 2998, 2999]


async def test_a_spent_budget_is_429_until_the_minute_is_over(lab: Lab) -> None:
    """Beyond the budget: 429 with Retry-After in the limiter's form; a minute later it is full again."""
    app = create_app(lab.world, lab.deliveries, lab.faults, lab.clock, per_minute=2)
    lab.client._transport.app = app
    codes = [(await lab.get("/api/users")).status_code for _ in range(2)]
    lab.clock.forward(seconds=52)
    refused = await lab.get("/api/users")
    lab.clock.forward(seconds=8)
    assert codes == [200, 200]
    assert (refused.status_code, refused.json()) == (429, fixture("rest/error.429.json"))
    assert refused.headers["retry-after"] == "8"
    assert (await lab.get("/api/users")).status_code == 200


async def test_accounts_are_filtered_by_status_and_tag(lab: Lab) -> None:
    """`status` takes the filter's own words, `tag_ids[]` any of the tags; an address finds one account."""
    broken = lab.workspace.accounts[0]
    lab.world.disconnect(broken.id)
    found = (await lab.get("/api/sender-emails", status="not_connected")).json()["data"]
    tag = broken.tags[0].id
    tagged = (await lab.get("/api/sender-emails", **{"tag_ids[]": tag})).json()["data"]
    single = (await lab.get(f"/api/sender-emails/{broken.email.upper()}")).json()["data"]
    assert broken.id in {row["id"] for row in found}
    assert {row["status"] for row in found} == {"Not connected"}
    assert all(tag in {t["id"] for t in row["tags"]} for row in tagged)
    assert single["id"] == broken.id


async def test_replies_are_filtered_by_folder_status_lead_and_campaign(lab: Lab) -> None:
    """Each filter of the inbox holds; without any, every folder shows."""
    lab.world.manual(12, alone=True)
    lab.world.bounce(12)
    lab.world.interested(12)
    folders = {row["folder"] for row in (await lab.get("/api/replies")).json()["data"]}
    bounced = (await lab.get("/api/replies", folder="bounced")).json()["data"]
    marked = (await lab.get("/api/replies", status="interested")).json()["data"]
    lead = marked[0]["lead_id"]
    own = (await lab.get("/api/replies", lead_id=lead)).json()["data"]
    assert folders == {"Inbox", "Sent", "Bounced"}
    assert {row["type"] for row in bounced} == {"Bounced"}
    assert all(row["interested"] for row in marked)
    assert {row["lead_id"] for row in own} == {lead}


async def test_scheduled_emails_are_filtered_by_local_day_and_status(lab: Lab) -> None:
    """The bracketed criteria are the incremental watermark."""
    lab.world.send(12)
    query = {"scheduled_date_local[criteria]": ">=", "scheduled_date_local[value]": "2026-09-13"}
    new = (await lab.get("/api/scheduled-emails", status="sent", **query)).json()
    everything = (await lab.get("/api/scheduled-emails")).json()
    assert {row["status"] for row in new["data"]} == {"sent"}
    assert min(row["scheduled_date_local"] for row in new["data"]) >= "2026-09-13"
    assert 0 < new["meta"]["total"] < everything["meta"]["total"]


async def test_the_daily_series_counts_what_happens(lab: Lab) -> None:
    """A bounce adds one to today's series of the workspace and of its campaign; days are zero-filled and inclusive."""

    async def bounced() -> list:
        answer = await lab.get(
            "/api/workspaces/v1.1/line-area-chart-stats", start_date="2026-09-13", end_date="2026-09-15"
        )
        return next(s["dates"] for s in answer.json()["data"] if s["label"] == "Bounced")

    before = await bounced()
    lab.world.bounce(12)
    after = await bounced()
    assert [day for day, _ in after] == ["2026-09-13", "2026-09-14", "2026-09-15"]
    assert [b - a for (_, a), (_, b) in zip(before, after, strict=True)] == [0, 1, 0]


async def test_the_summary_agrees_with_the_series_and_the_oracle(lab: Lab) -> None:
    """Today's summary counts exactly the events of the log of today."""
    lab.world.advance(START + timedelta(seconds=30))
    today = START.date().isoformat()
    answer = await lab.get("/api/workspaces/v1.1/stats", start_date=today, end_date=today)
    days = lab.world.truth(12, with_past=True).days
    row = answer.json()["data"]
    for ours, theirs in {"sent": "emails_sent", "bounced": "bounced", "interested": "interested"}.items():
        assert row[theirs] == days.get((START.date(), ours), 0)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/users"), ("GET", "/api/leads"), ("POST", "/api/webhook-url")]
)
async def test_an_api_outage_is_a_gateways_page(lab: Lab, method: str, path: str) -> None:
    """During an outage every route answers 502 in HTML; the control routes still answer."""
    await lab.ask("PUT", "/_sim/faults", json={"api": {"outage": True}})
    answer = await lab.ask(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert (await lab.get("/_sim/faults")).json()["api"]["outage"] is True


async def test_latency_is_waited_for(lab: Lab) -> None:
    """With a latency of two seconds an answer takes two seconds."""
    lab.faults.set(Faults(api=ApiFaults(latency=2.0)))
    await lab.get("/api/users")
    assert lab.clock.now() == START + timedelta(seconds=2)
