"""Checklist: the event log, its deliveries and attempts, and the retry."""

from __future__ import annotations

import pytest

from tests.simulator.conftest import Lab, fixture
from tests.simulator.shapes import differences

EVER = {"start_date": "2026-09-01", "end_date": "2026-10-01"}


async def test_ten_days_and_no_more(lab: Lab) -> None:
    """What is ten days old to the second is there; a second later it is not."""
    lab.world.rate = 0
    lab.world.untracked(12)
    lab.clock.forward(days=10)
    there = await lab.rows("/api/events", **EVER)
    lab.clock.forward(seconds=1)
    assert len(there) == 1
    assert await lab.rows("/api/events", **EVER) == []


async def test_cursor_only(lab: Lab) -> None:
    """Page parameters are ignored: the answer is a cursor page, the first."""
    paged = (await lab.get("/api/events", page=2, **EVER)).json()
    assert "last_page" not in paged["meta"]
    assert paged["data"] == await lab.rows("/api/events", **EVER)


@pytest.mark.parametrize("only", ["start_date", "end_date"])
async def test_both_dates(lab: Lab, only: str) -> None:
    """One alone is refused, and so is an end before the start."""
    alone = await lab.get("/api/events", **{only: "2026-09-14"})
    backwards = await lab.get("/api/events", start_date="2026-09-15", end_date="2026-09-14")
    assert (alone.status_code, backwards.status_code) == (422, 422)


async def test_events_without_a_subscriber_are_logged(lab: Lab) -> None:
    """Deliveries are an empty list; the payload is the webhook's body."""
    lab.world.bounce(12)
    row = (await lab.rows("/api/events", type="email_bounced", **EVER))[0]
    assert row["webhook_deliveries"] == []
    assert row["payload"].keys() == {"event", "data"}


async def test_a_retry_makes_a_new_delivery(lab: Lab) -> None:
    """Of the same event, with an id of its own; an attempt of another workspace is 404."""
    lab.subscribe()
    lab.receiver.codes.append(500)
    lab.world.untracked(12)
    await lab.deliver(seconds=0)
    (delivery,) = (await lab.rows("/api/events", **EVER))[0]["webhook_deliveries"]
    path = f"/api/webhook-attempts/{delivery['webhook_attempts'][0]['id']}/retry"
    foreign = await lab.ask("POST", path, key=lab.world.api_key(13))
    queued = await lab.ask("POST", path)
    await lab.deliver(seconds=0)
    first, second = (await lab.rows("/api/events", **EVER))[0]["webhook_deliveries"]
    assert foreign.status_code == 404
    assert list(differences(fixture("rest/events.retry-queued.json"), queued.json())) == []
    assert (first["status"], second["status"]) == ("pending", "succeeded")
    assert second["id"] == queued.json()["data"]["webhook_delivery_id"]
    assert lab.receiver.bodies[0] == lab.receiver.bodies[1]
