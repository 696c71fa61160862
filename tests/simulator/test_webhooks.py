"""Deliveries: subscriptions, what counts, retries, and every fault."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import orjson
import pytest

from bisonwatch.errors import CallError
from bisonwatch.simulator.fault_words import from_json, to_json
from bisonwatch.simulator.faults import Faults, Outage, WebhookFaults
from bisonwatch.simulator.scenarios import Scenario, Script
from tests.simulator.conftest import HOOK, START, Lab

EVER = {"start_date": "2026-09-01", "end_date": "2026-10-01"}


async def newest(lab: Lab) -> list[dict]:
    """The deliveries of the newest event of the log, as the API tells them."""
    return (await lab.get("/api/events", **EVER)).json()["data"][0]["webhook_deliveries"]


def break_webhooks(lab: Lab, **faults: object) -> None:
    lab.faults.set(Faults().with_webhooks(12, WebhookFaults(**faults)))


async def test_a_subscription_gets_the_types_it_asked_for(lab: Lab) -> None:
    """Only subscribed types arrive, byte for byte as the log holds them; others show no delivery."""
    lab.subscribe(events=("email_bounced",))
    (bounced,) = lab.world.bounce(12)
    lab.world.untracked(12)
    assert await lab.deliver(seconds=1) == 1
    assert lab.receiver.bodies == [orjson.loads(bounced.body)]
    assert await newest(lab) == []


async def test_each_url_gets_its_own_delivery(lab: Lab) -> None:
    """Two subscriptions are two deliveries of one event; another workspace's subscription gets nothing."""
    lab.subscribe(), lab.subscribe(), lab.subscribe(13)
    lab.world.untracked(12)
    assert await lab.deliver(seconds=1) == 2
    assert [delivery["status"] for delivery in await newest(lab)] == ["succeeded", "succeeded"]


async def test_503_then_200_is_retried_on_the_compressed_schedule(lab: Lab) -> None:
    """With compression 60 the first retry comes after one second, not before, and its 200 ends it."""
    lab.subscribe()
    lab.receiver.codes.extend([503, 200])
    lab.world.untracked(12)
    made = [await lab.deliver(seconds=0), await lab.deliver(seconds=0.9), await lab.deliver(seconds=0.1)]
    (delivery,) = await newest(lab)
    assert made == [1, 0, 1]
    assert (delivery["status"], delivery["attempt_count"]) == ("succeeded", 2)
    assert [a["response_code"] for a in delivery["webhook_attempts"]] == [503, 200]
    assert [a["status"] for a in delivery["webhook_attempts"]] == ["failed", "succeeded"]


@pytest.mark.parametrize("code", [201, 202, 204, 302, 404, 500])
async def test_only_200_counts(lab: Lab, code: int) -> None:
    """Any other answer, 2xx too, is a failed attempt and the delivery stays pending."""
    lab.subscribe()
    lab.receiver.codes.append(code)
    lab.world.untracked(12)
    await lab.deliver(seconds=0)
    (delivery,) = await newest(lab)
    assert (delivery["status"], delivery["webhook_attempts"][0]["status"]) == ("pending", "failed")


async def test_after_five_retries_it_stays_failed(lab: Lab) -> None:
    """Six attempts in all, at 0, +1 min, +10 min, +1 h, +6 h, +24 h divided by 60; then never again."""
    lab.subscribe()
    lab.receiver.codes.extend([500] * 10)
    lab.world.untracked(12)
    await lab.deliver(seconds=0)
    moments = []
    while due := lab.deliveries.next_due():
        moments.append((due - lab.clock.now()).total_seconds())
        lab.clock.at = due
        await lab.deliver(seconds=0)
    (delivery,) = await newest(lab)
    assert moments == [1, 10, 60, 360, 1440]
    assert (delivery["status"], delivery["attempt_count"]) == ("failed", 6)


async def test_waiting_deliveries_are_bounded(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """While too many wait for a receiver that stays away, further deliveries fail unsent; the log still has the events."""
    monkeypatch.setattr("bisonwatch.simulator.webhooks.MOST_WAITING", 3)
    lab.subscribe()
    lab.receiver.codes.extend([500] * 3)
    for _ in range(5):
        lab.world.untracked(12)
    assert await lab.deliver(seconds=0) == 3
    assert lab.deliveries.waiting == 3
    assert [event.deliveries[0].status for event in list(lab.workspace.log)[-5:]] == ["pending"] * 3 + [
        "failed"
    ] * 2


async def test_a_manual_retry_is_a_new_delivery(lab: Lab) -> None:
    """`webhook-attempts/{id}/retry` queues a new delivery of the same event; an unknown attempt is a 404."""
    lab.subscribe()
    lab.world.untracked(12)
    await lab.deliver(seconds=0)
    attempt = (await newest(lab))[0]["webhook_attempts"][0]["id"]
    queued = await lab.ask("POST", f"/api/webhook-attempts/{attempt}/retry")
    await lab.deliver(seconds=0)
    assert [delivery["id"] for delivery in await newest(lab)][1] == queued.json()["data"][
        "webhook_delivery_id"
    ]
    assert len(lab.receiver.bodies) == 2
    assert (await lab.ask("POST", "/api/webhook-attempts/1/retry")).status_code == 404


async def test_an_outage_leaves_nothing_sent(lab: Lab) -> None:
    """Outage `unsent`: marked failed without an attempt, never retried; what comes after it arrives."""
    lab.subscribe()
    break_webhooks(lab, outage=Outage.UNSENT)
    lab.world.untracked(12)
    await lab.deliver(seconds=0)
    (delivery,) = await newest(lab)
    lab.faults.clear()
    lab.world.untracked(12)
    assert (delivery["status"], delivery["webhook_attempts"]) == ("failed", [])
    assert await lab.deliver(days=2) == 1


async def test_a_refused_connection_is_retried(lab: Lab) -> None:
    """Outage `refused`: an attempt without a code, and the retry after the outage succeeds."""
    lab.subscribe()
    break_webhooks(lab, outage=Outage.REFUSED)
    lab.world.untracked(12)
    await lab.deliver(seconds=0)
    lab.faults.clear()
    await lab.deliver(seconds=1)
    (delivery,) = await newest(lab)
    assert [a["response_code"] for a in delivery["webhook_attempts"]] == [None, 200]


async def test_faults_are_one_workspaces_own(lab: Lab) -> None:
    """A fault of one workspace leaves the others alone; `all` is everybody without an entry."""
    lab.subscribe(12), lab.subscribe(13)
    break_webhooks(lab, outage=Outage.UNSENT)
    lab.world.untracked(12), lab.world.untracked(13)
    assert await lab.deliver(seconds=0) == 1
    lab.faults.set(lab.faults.now.with_webhooks("all", WebhookFaults(drop=1.0)))
    lab.world.untracked(13)
    assert await lab.deliver(seconds=1) == 0


async def test_dropped_webhooks_leave_an_empty_row(lab: Lab) -> None:
    """A dropped delivery was never attempted: the log shows the event without deliveries; a fifth means about a fifth."""
    lab.subscribe()
    break_webhooks(lab, drop=0.2)
    for _ in range(200):
        lab.world.untracked(12)
    made = await lab.deliver(seconds=0)
    assert 130 < made < 185
    assert made + lab.deliveries.figures.dropped == 200
    assert sum(not event.deliveries for event in list(lab.workspace.log)[-200:]) == 200 - made


async def test_duplicates_arrive_twice(lab: Lab) -> None:
    """A duplicated delivery is posted twice with equal bodies and shows two attempts."""
    lab.subscribe()
    break_webhooks(lab, duplicate=1.0)
    lab.world.untracked(12)
    await lab.deliver(seconds=0)
    assert len(lab.receiver.bodies) == 2
    assert lab.receiver.bodies[0] == lab.receiver.bodies[1]
    assert (await newest(lab))[0]["attempt_count"] == 2


async def test_delayed_webhooks_wait(lab: Lab) -> None:
    """With a delay of 30 s nothing is posted before."""
    lab.subscribe()
    break_webhooks(lab, delay=30.0)
    lab.world.untracked(12)
    assert [await lab.deliver(seconds=0), await lab.deliver(seconds=29), await lab.deliver(seconds=1)] == [
        0,
        0,
        1,
    ]


async def test_reordered_webhooks_all_arrive_out_of_order(lab: Lab) -> None:
    """A reorder window shuffles deliveries and loses none."""
    lab.subscribe()
    break_webhooks(lab, reorder=60.0)
    for _ in range(20):
        lab.world.untracked(12)
    await lab.deliver(seconds=0)
    await lab.deliver(seconds=60)
    arrived = [body["data"]["reply"]["id"] for body in lab.receiver.bodies]
    assert len(arrived) == 20
    assert arrived != sorted(arrived)


async def test_a_put_replaces_the_subscription(lab: Lab) -> None:
    """PUT replaces name, url and the whole list of events; DELETE ends it; another key may do neither."""
    body = {"name": "Mirror", "url": HOOK, "events": ["email_sent", "lead_replied"]}
    made = (await lab.ask("POST", "/api/webhook-url", json=body)).json()["data"]
    path = f"/api/webhook-url/{made['id']}"
    foreign = await lab.ask("PUT", path, key=lab.world.api_key(13), json=body)
    put = await lab.ask("PUT", path, json={**body, "events": ["email_bounced"]})
    await lab.ask("DELETE", path)
    assert foreign.status_code == 403
    assert put.json()["data"]["events"] == ["email_bounced"]
    assert (await lab.get("/api/webhook-url")).json()["data"] == []
    assert (await lab.ask("POST", "/api/webhook-url", json={"name": "x"})).status_code == 422


async def test_the_test_event_reaches_its_url(lab: Lab) -> None:
    """The sample is posted at once to the URL that was asked for, and is no event of the log."""
    before = len(lab.workspace.log)
    body = {"event_type": "lead_replied", "url": "http://mirror.example/hooks/canary"}
    answer = await lab.ask("POST", "/api/webhook-events/test-event", json=body)
    assert lab.receiver.bodies == [answer.json()["data"]["payload"]]
    assert lab.receiver.urls == ["/hooks/canary"]
    assert len(lab.workspace.log) == before


async def test_faults_travel_as_json(lab: Lab) -> None:
    """What PUT sets GET tells; an unknown member or value is refused and changes nothing."""
    wanted = {"webhooks": {"12": {"outage": "refused", "drop": 0.5}}, "api": {"reject": ["12"]}}
    put = await lab.ask("PUT", "/_sim/faults", json=wanted)
    bad = await lab.ask("PUT", "/_sim/faults", json={"webhooks": {"12": {"explode": 1}}})
    assert from_json(put.json()) == lab.faults.now == from_json(to_json(lab.faults.now))
    assert lab.faults.now.for_workspace(12).outage is Outage.REFUSED
    assert bad.status_code == 422


async def test_the_control_routes_tell_the_world_and_set_the_rate(lab: Lab) -> None:
    """`/_sim/world` lists ids, names and keys without asking for one; `/_sim/rate` changes the pace."""
    summary = (await lab.client.get("/_sim/world")).json()
    assert [w["id"] for w in summary["workspaces"]] == [12, 13, 14, 15]
    assert summary["workspaces"][0]["api_key"] == lab.world.api_key(12)
    assert (await lab.client.put("/_sim/rate", json={"rate": 3})).json() == {"rate": 3.0}
    assert lab.world.rate == 3.0


def test_a_scenario_plays_its_turns(lab: Lab) -> None:
    """`webhook-outage` stops the busiest workspace at 8 s and lets it go at 35 s; an unknown name is refused."""
    script = Script(Scenario.named("webhook-outage"), lab.faults, busiest=13)
    quiet, broken = script.due(7.9), script.due(8)
    outage = lab.faults.now.for_workspace(13).outage
    back = script.due(100)
    assert (quiet, len(broken), outage, len(back)) == ([], 1, Outage.UNSENT, 1)
    assert lab.faults.now == Faults()
    assert set(Scenario.names()) >= {"calm", "webhook-outage", "drops", "api-down"}
    with pytest.raises(CallError):
        Scenario.named("nonsense")


async def test_the_loop_delivers_and_stops(lab: Lab) -> None:
    """`run` posts what is due and ends when cancelled."""
    lab.subscribe()
    lab.world.untracked(12)
    running = asyncio.create_task(lab.deliveries.run())
    while not lab.receiver.bodies:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert lab.clock.now() < START + timedelta(minutes=1)
