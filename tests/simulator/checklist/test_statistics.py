"""Checklist: summaries and daily series, and their late revisions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.simulator.conftest import START, Lab

SERIES = "/api/workspaces/v1.1/line-area-chart-stats"
LABELS = ["Replied", "Total Opens", "Sent", "Unsubscribed", "Bounced", "Interested", "Unique Opens"]
TODAY = {"start_date": "2026-09-14", "end_date": "2026-09-14"}


async def numbers(lab: Lab, label: str, path: str = SERIES, **query: object) -> list[int]:
    rows = await lab.rows(path, **(TODAY | query))
    return next([count for _, count in row["dates"]] for row in rows if row["label"] == label)


async def test_a_campaigns_summary_is_a_post_with_a_body(lab: Lab) -> None:
    """Dates in the query give 422; a GET is not served; the body works, and one day is enough."""
    path = f"/api/campaigns/{lab.workspace.campaigns[0].id}/stats"
    asked = await lab.ask("POST", path, params=TODAY)
    got = await lab.get(path)
    good = await lab.ask("POST", path, json=TODAY)
    assert (asked.status_code, got.status_code, good.status_code) == (422, 405, 200)
    assert asked.json()["data"]["message"] == "The start date field is required."
    assert len(good.json()["data"]["sequence_step_stats"]) == 3


async def test_series_are_inclusive_and_zero_filled(lab: Lab) -> None:
    """Seven series in their order, one pair per day from the requested start on, years back too."""
    rows = await lab.rows(SERIES, start_date="2020-02-27", end_date="2020-03-02")
    assert [row["label"] for row in rows] == LABELS
    assert rows[2]["dates"] == [
        [day, 0] for day in ("2020-02-27", "2020-02-28", "2020-02-29", "2020-03-01", "2020-03-02")
    ]
    backwards = await lab.get(SERIES, start_date="2026-09-14", end_date="2026-09-13")
    assert backwards.status_code == 422


async def test_several_ids_give_one_combined_series(lab: Lab) -> None:
    """The series of two campaigns together is the sum of both; that of every mailbox is the whole."""
    path, (one, two) = "/api/campaign-events/stats", [c.id for c in list(lab.workspace.campaigns)[:2]]
    days = {"start_date": "2026-09-01", "end_date": "2026-09-14"}
    each = [await numbers(lab, "Sent", path, **days, **{"campaign_ids[]": n}) for n in (one, two)]
    both = await numbers(lab, "Sent", path, **days, **{"campaign_ids[]": [one, two]})
    mailboxes = [account.id for account in lab.workspace.accounts]
    whole = await numbers(lab, "Sent", path, **days)
    single = [await numbers(lab, "Sent", path, **days, **{"sender_email_ids[]": n}) for n in mailboxes]
    assert both == [a + b for a, b in zip(*each, strict=True)]
    assert [sum(day) for day in zip(*single, strict=True)] == whole
    assert await numbers(lab, "Sent", path, **days, **{"sender_email_ids[]": mailboxes}) == whole


async def test_422_for_a_removed_sender(lab: Lab) -> None:
    """An id that was good is refused once its mailbox is gone, alone and among others."""
    path, account = "/api/campaign-events/stats", lab.workspace.accounts[0]
    query = {**TODAY, "sender_email_ids[]": [account.id, lab.workspace.accounts[1].id]}
    before = await lab.get(path, **query)
    lab.world.remove_account(account.id)
    assert (before.status_code, (await lab.get(path, **query)).status_code) == (200, 422)


@pytest.mark.parametrize("label", ["Bounced", "Replied"])
async def test_late_revisions(lab: Lab, label: str) -> None:
    """With a revision of two days a day goes on gaining bounces and replies until then, and never loses any."""
    lab.world.rate = 0
    for _ in range(40):
        lab.world.bounce(12)
        lab.world.reply(12)
    final = await numbers(lab, label)
    sent = await numbers(lab, "Sent")
    lab.delay(revision=172_800)
    seen = []
    for _ in range(5):
        seen.append((await numbers(lab, label))[0])
        lab.clock.forward(hours=16)
    assert await numbers(lab, "Sent") == sent
    assert seen == sorted(seen)
    assert seen[0] < seen[2] < final[0] == seen[-1]


async def test_late_numbers_agree_between_summary_and_series(lab: Lab) -> None:
    """Both tell the same share of what is known by now."""
    lab.delay(revision=172_800)
    days = {"start_date": "2026-09-10", "end_date": "2026-09-14"}
    summary = await lab.rows("/api/workspaces/v1.1/stats", **days)
    assert summary["bounced"] == sum(await numbers(lab, "Bounced", **days))
    assert summary["interested"] == sum(await numbers(lab, "Interested", **days))


@pytest.mark.parametrize(("day", "sent_day", "event_day"), [("event", 0, 1), ("send", 1, 0)])
async def test_a_reply_lands_on_its_own_day_or_on_the_messages(
    lab: Lab, day: str, sent_day: int, event_day: int
) -> None:
    """A reply of tomorrow to a message of today: which day gains is a switch."""
    lab.delay(revised_day=day)
    lead = lab.world.add_lead(12)
    lab.world.send(12, lead.email)
    days = {"start_date": "2026-09-14", "end_date": "2026-09-15"}
    before = await numbers(lab, "Replied", **days)
    lab.world.reply(12, lead.email, at=START + timedelta(days=1))
    after = await numbers(lab, "Replied", **days)
    assert [b - a for a, b in zip(before, after, strict=True)] == [sent_day, event_day]
