"""Order does not matter: a random history with faults, against the truth."""

from __future__ import annotations

import os
from random import Random

import pytest

from bisonwatch.simulator.faults import NONE, ApiFaults, Faults, Outage, WebhookFaults
from bisonwatch.store.place import Place
from tests.support.story import Story, story

SEEDS = int(os.environ.get("BISONWATCH_SEEDS", "2"))


def mishap(rng: Random, numbers: list[int]) -> Faults:
    """Something else is broken for each workspace, and sometimes the API."""
    faults = NONE
    for number in numbers:
        faults = faults.with_webhooks(
            number,
            WebhookFaults(
                outage=rng.choice([Outage.NONE, Outage.NONE, Outage.NONE, Outage.UNSENT, Outage.REFUSED]),
                drop=rng.choice([0.0, 0.3]),
                duplicate=rng.choice([0.0, 0.5]),
                delay=rng.choice([0.0, 0.0, 45.0, 400.0]),
                reorder=rng.choice([0.0, 90.0]),
            ),
        )
    return faults.with_api(ApiFaults(outage=rng.random() < 0.2, latency=rng.choice([0.0, 0.0, 1.5])))


async def live(told: Story, rng: Random, turns: int) -> None:
    """Turns of a minute or more; a crash now and then; a counter never goes back."""
    counted = 0
    for _ in range(turns):
        told.faults.set(mishap(rng, list(told.world.workspaces)))
        if rng.random() < 0.15:
            await told.crash()
            await told.open()
        await told.pass_time(rng.choice([60, 120, 240]))
        now = [sum((await told.counted(number)).values()) for number in told.world.workspaces]
        assert sum(now) >= counted
        counted = sum(now)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_after_quiet_and_one_reconcile_the_mirror_equals_the_truth(
    sqlite_place: Place, seed: int
) -> None:
    """Drops, doubles, delays, outages on both sides and crashes leave no trace."""
    async with story(sqlite_place, seed=seed, rate=0.4) as told:
        await live(told, Random(seed), turns=8)
        await told.quiet_down()
        await told.all_true()
