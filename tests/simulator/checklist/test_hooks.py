"""Checklist: webhooks. Retries, duplicates, reordering and the rest are in `test_webhooks.py` one floor up."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from bisonwatch.simulator.faults import WebhookFaults
from bisonwatch.simulator.webhooks import Deliveries
from tests.simulator.conftest import HOOK, Lab, fixture

EVER = {"start_date": "2026-09-01", "end_date": "2026-10-01"}


async def statuses(lab: Lab) -> list[str]:
    row = (await lab.rows("/api/events", **EVER))[0]
    return [delivery["status"] for delivery in row["webhook_deliveries"]]


@pytest.mark.parametrize(("form", "status"), [("200", "pending"), ("2xx", "succeeded")])
async def test_what_counts_as_taken(lab: Lab, form: str, status: str) -> None:
    """A 202 is a failure, or success enough, by the switch."""
    lab.form(webhook_success=form)
    lab.subscribe()
    lab.receiver.codes.append(202)
    lab.world.untracked(12)
    await lab.deliver(seconds=0)
    assert await statuses(lab) == [status]


async def test_five_retries_in_a_compressed_day(lab: Lab) -> None:
    """One attempt and five retries at +1 min, +10 min, +1 h, +6 h and +24 h, here a sixtieth of that; then it stays failed."""
    lab.subscribe()
    lab.receiver.codes.extend([500] * 20)
    lab.world.untracked(12)
    made = [await lab.deliver(seconds=wait) for wait in (0, 1, 10, 60, 360, 1440, 5000)]
    assert made == [1, 1, 1, 1, 1, 1, 0]
    assert await statuses(lab) == ["failed"]


async def test_a_delivery_waits_fifteen_seconds(lab: Lab) -> None:
    """No answer in that time is a failed attempt without a code, and the delivery stays pending."""
    waited: list[float] = []

    class Silent:
        async def post(self, url: str, body: bytes, timeout: float, headers: tuple = ()) -> None:
            waited.append(timeout)

    deliveries = Deliveries(lab.world, lab.faults, lab.clock, sender=Silent())
    lab.subscribe()
    (event,) = lab.world.untracked(12)
    await deliveries.deliver_due(lab.clock.now())
    (delivery,) = event.deliveries
    assert (waited, delivery.status, delivery.attempts[0].code) == ([15.0], "pending", None)


async def test_there_is_no_signature_until_it_is_switched_on(lab: Lab) -> None:
    """Then an HMAC of the body with the workspace's secret stands in a header that nobody has documented."""
    lab.subscribe()
    lab.world.untracked(12)
    await lab.deliver(seconds=0)
    lab.form(webhook_signature=True)
    (signed,) = lab.world.untracked(12)
    await lab.deliver(seconds=1)
    wanted = hmac.new(lab.workspace.secret.encode(), signed.body, hashlib.sha256).hexdigest()
    names = [{name for name in headers if "sign" in name} for headers in lab.receiver.headers]
    assert names == [set(), {"x-emailbison-signature"}]
    assert lab.receiver.headers[1]["x-emailbison-signature"] == wanted


async def test_some_types_are_mute(lab: Lab) -> None:
    """Selected types are not delivered while others are; the event log has all of them."""
    lab.subscribe()
    lab.faults.set(
        lab.faults.now.with_webhooks("all", WebhookFaults(mute=frozenset({"EMAIL_SENT", "EMAIL_OPENED"})))
    )
    events = lab.world.send(12) + lab.world.untracked(12)
    await lab.deliver(seconds=0)
    kinds = [event.type for event in events]
    assert lab.receiver.types == [kind for kind in kinds if kind != "EMAIL_SENT"]
    logged = [row["payload"]["event"]["type"] for row in await lab.rows("/api/events", **EVER)]
    assert logged[: len(kinds)] == kinds[::-1]


async def test_mute_types_travel_as_json(lab: Lab) -> None:
    """Over the control route, in either case."""
    put = await lab.client.put("/_sim/faults", json={"webhooks": {"all": {"mute": ["email_sent"]}}})
    assert put.json()["webhooks"]["all"]["mute"] == ["EMAIL_SENT"]


async def test_put_replaces_and_several_urls_live_together(lab: Lab) -> None:
    """Two subscriptions in one workspace; PUT without a list is refused and changes nothing."""
    ours, theirs = lab.subscribe(), lab.subscribe(events=("email_sent",))
    path = f"/api/webhook-url/{ours.id}"
    put = await lab.ask("PUT", path, json={"name": "New", "url": HOOK + "/2", "events": ["EMAIL_SENT"]})
    bad = await lab.ask("PUT", path, json={"name": "New", "url": HOOK})
    assert put.json()["data"]["events"] == ["email_sent"]
    assert bad.status_code == 422
    assert [row["id"] for row in await lab.rows("/api/webhook-url")] == [ours.id, theirs.id]
    assert (ours.url, theirs.url) == (HOOK + "/2", HOOK)


async def test_event_types_are_seventeen_and_the_sample_is_wrapped(lab: Lab) -> None:
    """The list that is told has 17; a sample has one `data` more around it than a delivery; POST is 405."""
    told = await lab.rows("/api/webhook-events/event-types")
    sample = (await lab.get("/api/webhook-events/sample-payload", event_type="email_sent")).json()
    posted = await lab.ask("POST", "/api/webhook-events/sample-payload")
    assert told == fixture("rest/webhook-events.event-types.json")["data"]
    assert sample["data"].keys() == {"event", "data"}
    assert posted.status_code == 405


async def test_a_test_event_is_not_recorded(lab: Lab) -> None:
    """It is posted once to the wanted URL, whether or not that URL answers 200, and is no event of the log."""
    lab.receiver.codes.append(500)
    body = {"event_type": "email_bounced", "url": HOOK}
    before = len(lab.workspace.log)
    answer = await lab.ask("POST", "/api/webhook-events/test-event", json=body)
    assert answer.json()["data"] == {
        "success": True,
        "message": "Successfully sent test webhook",
        "payload": lab.receiver.bodies[0],
    }
    assert len(lab.workspace.log) == before
