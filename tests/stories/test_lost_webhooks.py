"""A lost webhook is found, told and filled."""

from __future__ import annotations

import re

import pytest

from bisonwatch.simulator.faults import NONE, Outage, WebhookFaults
from bisonwatch.store.place import Place
from tests.support.story import Story, story

OUTAGE = WebhookFaults(outage=Outage.UNSENT)
WORDS = {"warning": "has a warning", "critical": "is critical"}
ONE_INTERVAL = 300 + 120 + 30
"""A poll interval, after the two minutes a webhook has, and one step of the story."""


async def watch_outage(told: Story, busy: int, missed: list[int]) -> list[tuple[str, int]]:
    """Health of the workspace and number of alerts, at each change, while its webhooks stop and come back."""
    seen: list[tuple[str, int]] = []
    for minute in range(32):
        told.faults.set(NONE.with_webhooks(busy, OUTAGE) if minute < 16 else NONE)
        await told.pass_time(60)
        now = (told.row(busy).health.value, len(told.picture.alerts))
        if not seen or seen[-1] != now:
            seen.append(now)
        for alert in told.picture.alerts:
            said = re.fullmatch(
                r"webhooks missed ([\d,]+) events? since \d\d:\d\d; polling filled them", alert.reason
            )
            assert said
            missed.append(int(said[1]))
            assert alert.workspace == told.key(busy)
            assert told.picture.reasons == (f"1 workspace {WORDS[now[0]]}",)
    return seen


async def test_a_stopped_workspace_is_filled_by_polls_and_warns_by_the_age_of_the_oldest_miss(
    told: Story,
) -> None:
    """Healthy, warning, critical and healthy again, with one alert that says how many; the others stay green."""
    busy, missed = told.busiest, list[int]()
    assert await watch_outage(told, busy, missed) == [
        ("healthy", 0),
        ("warning", 1),
        ("critical", 1),
        ("healthy", 0),
    ]
    assert missed == sorted(missed)
    assert missed[-1] > 30
    await told.quiet_down()
    await told.all_true()
    assert told.row(busy).delivery_rate_24h < 1.0


async def lose_one_in_five(told: Story) -> None:
    """For ten minutes; then the world stops."""
    busy = told.busiest
    told.faults.set(NONE.with_webhooks(busy, WebhookFaults(drop=0.2)))
    await told.pass_time(600)
    told.world.rate = 0.0
    assert told.deliveries.figures.dropped > 3


async def test_one_webhook_in_five_lost_is_made_good_within_one_poll_interval(told: Story) -> None:
    """The mirror equals the truth per day, metric and lead; the workspace was never silent."""
    await lose_one_in_five(told)
    await told.pass_time(ONE_INTERVAL)
    await told.all_true()


async def test_the_same_on_postgres(postgres_place: Place) -> None:
    """One lost webhook in five is made good on Postgres as on SQLite."""
    async with story(postgres_place) as told:
        await lose_one_in_five(told)
        await told.pass_time(ONE_INTERVAL)
        await told.all_true()


@pytest.mark.parametrize("kind", ["lead_replied", "email_sent"])
async def test_one_type_that_never_arrives_is_found(told: Story, kind: str) -> None:
    """Somebody took a type out of our subscription: its events come by poll, and count as missed."""
    busy = told.busiest
    for subscription in told.world.workspaces[busy].subscriptions:
        subscription.events = tuple(name for name in subscription.events if name != kind)
    told.world.send(busy)
    told.world.reply(busy)
    await told.pass_time(600)
    told.world.rate = 0.0
    await told.pass_time(ONE_INTERVAL)
    await told.is_true(busy)
    assert told.row(busy).delivery_rate_24h < 1.0
