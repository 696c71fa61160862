"""G4: whatever keeps webhooks away, the mirror has everything within one poll interval, and says how many were missed and since when."""

from __future__ import annotations

import re

import pytest

from bisonwatch.simulator.faults import NONE, Outage, WebhookFaults
from bisonwatch.store.place import Place
from tests.support.story import Story, story

ONE_INTERVAL = 300 + 120 + 30


def said(told: Story, number: int) -> tuple[int, str] | None:
    """How many were missed since when, of one workspace."""
    for alert in told.picture.alerts:
        found = re.search(r"missed ([\d,]+) events? since (\d\d:\d\d)", alert.reason)
        if alert.workspace == told.key(number) and found:
            return int(found[1].replace(",", "")), found[2]
    return None


async def test_a_hole_below_known_rows_is_found(place: Place) -> None:
    """Everything of one minute is lost while webhooks before and after it came: the walk does not stop at a row it knows."""
    async with story(place, rate=0.6) as told:
        busy = told.busiest
        await told.pass_time(240)
        told.faults.set(NONE.with_webhooks(busy, WebhookFaults(outage=Outage.UNSENT)))
        began = told.clock.now()
        before = {event.id for event in told.world.workspaces[busy].log}
        await told.pass_time(60)
        lost = {event.id for event in told.world.workspaces[busy].log} - before
        assert len(lost) > 5
        told.faults.clear()
        verdicts = []
        for _ in range(8):
            await told.pass_time(60)
            verdicts.append(said(told, busy))
        told.world.rate = 0.0
        await told.pass_time(ONE_INTERVAL)
        await told.all_true()
        assert {verdict for verdict in verdicts if verdict} == {(len(lost), f"{began:%H:%M}")}


@pytest.mark.parametrize("log", [True, False])
async def test_a_dead_listener_loses_nothing(sqlite_place: Place, log: bool) -> None:
    """Nobody answers for twenty minutes and no delivery is tried again: every workspace is filled by polls, with and without an event log."""
    async with story(sqlite_place, rate=0.4, log=log) as told:
        await told.pass_time(120)
        told.faults.set(NONE.with_webhooks("all", WebhookFaults(outage=Outage.UNSENT)))
        verdicts = []
        for _ in range(20):
            await told.pass_time(60)
            verdicts.append(said(told, told.busiest))
        told.faults.clear()
        told.world.rate = 0.0
        await told.pass_time(ONE_INTERVAL)
        counts = [verdict[0] for verdict in verdicts if verdict]
        assert counts == sorted(counts)
        assert counts[-1] > 20
        assert len({verdict[1] for verdict in verdicts if verdict}) == 1
        if log:
            await told.all_true()
        rates = [told.row(number).delivery_rate_24h for number in told.world.workspaces]
        assert min(rate for rate in rates if rate is not None) < 0.5
