"""An older instance has no event log: lost webhooks are found in its lists, and told all the same."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date

import pytest

from bisonwatch.domain.metric import Metric
from bisonwatch.simulator.faults import NONE, Outage, WebhookFaults
from bisonwatch.store.place import Place
from tests.support.story import START, Story, story

LISTED = frozenset((Metric.SENT, Metric.REPLIED, Metric.BOUNCED, Metric.UNTRACKED, Metric.INTERESTED))
"""What the lists tell; opens, unsubscribes and a person's unasked mail only webhooks do."""
ONE_INTERVAL = 300 + 120 + 30


@pytest.fixture
async def old(sqlite_place: Place) -> AsyncIterator[Story]:
    async with story(sqlite_place, log=False) as begun:
        yield begun


def listed(days: dict[tuple[date, Metric], int]) -> dict[tuple[date, Metric], int]:
    """Since the story began: a mark may be on an older reply, which is read with it."""
    return {slot: n for slot, n in days.items() if n and slot[1] in LISTED and slot[0] >= START.date()}


async def is_true(told: Story, number: int) -> None:
    truth = dict(told.world.truth(number, with_past=True).days)
    assert listed(await told.counted(number)) == listed(truth)


async def test_silence_is_idle_without_a_log_too(old: Story) -> None:
    """Nothing happens and nothing is missed: verified, idle, no alert."""
    await old.pass_time(120)
    old.world.rate = 0.0
    await old.pass_time(900)
    assert old.healths() == {"idle": 3}
    assert old.picture.alerts == ()
    assert all("nothing missed, verified" in row.reason for row in old.picture.workspaces)


async def test_nothing_is_missed_while_webhooks_come(old: Story) -> None:
    """A busy hour without a loss makes no alert and no miss."""
    for _ in range(12):
        await old.pass_time(300)
        assert old.picture.alerts == ()
    old.world.rate = 0.0
    await old.pass_time(ONE_INTERVAL)
    for number in old.world.workspaces:
        await is_true(old, number)
        assert old.row(number).delivery_rate_24h in (1.0, None)


async def test_one_webhook_in_five_lost_is_made_good_within_one_poll_interval(old: Story) -> None:
    """The mirror equals the truth of what the lists tell; the workspace was never silent."""
    busy = old.busiest
    old.faults.set(NONE.with_webhooks(busy, WebhookFaults(drop=0.2)))
    await old.pass_time(600)
    old.world.rate = 0.0
    assert old.deliveries.figures.dropped > 3
    await old.pass_time(ONE_INTERVAL)
    for number in old.world.workspaces:
        await is_true(old, number)
    rate = old.row(busy).delivery_rate_24h
    assert rate is not None
    assert rate < 1.0


async def test_an_outage_is_filled_and_the_alert_says_how_many(old: Story) -> None:
    """Healthy, warning, critical and healthy again; the number is what the lists had and no webhook brought."""
    busy, seen, said = old.busiest, list[str](), list[int]()
    before = sum(listed(await old.counted(busy)).values())
    for minute in range(36):
        old.faults.set(NONE.with_webhooks(busy, WebhookFaults(outage=Outage.UNSENT)) if minute < 16 else NONE)
        await old.pass_time(60)
        health = old.row(busy).health.value
        seen += [health] if not seen or seen[-1] != health else []
        for alert in old.picture.alerts:
            told = re.search(r"missed ([\d,]+) events? since", alert.reason)
            assert told
            assert alert.workspace == old.key(busy)
            said.append(int(told[1].replace(",", "")))
        if minute == 15:
            lost = sum(listed(dict(old.world.truth(busy, with_past=True).days)).values()) - before
    assert seen == ["healthy", "warning", "critical", "healthy"]
    assert said == sorted(said)
    assert said[-1] > 20
    assert said[-1] <= lost + 5
    old.world.rate = 0.0
    await old.pass_time(ONE_INTERVAL)
    await is_true(old, busy)
