"""Whether the provider's push works is looked at slowly, even where nothing is sent."""

from __future__ import annotations

import pytest

from bisonwatch.domain.delivery import Effect
from bisonwatch.domain.run import Job, Outcome
from bisonwatch.store import deliveries, runs, subscriptions
from tests.support.story import Story


async def test_a_canary_flies_the_whole_way_and_counts_as_nothing(told: Story) -> None:
    """At the start and six hours later each workspace's test event came through the real listener; no count has changed by it."""
    await told.pass_time(120)
    told.world.rate = 0.0
    await told.pass_time(6 * 3600, step=1800)
    async with told.engine.database.read() as tx:
        known = await subscriptions.everything(tx)
        run = await runs.last_of(tx, Job.CANARY)
        effects = [entry.effect for entry in await deliveries.newest(tx, 10_000)]
    assert run is not None
    assert (run.outcome, run.error, run.tally.done) == (Outcome.SUCCESS, None, 3)
    assert all(known[told.key(number)].canary_arrived_at is not None for number in told.world.workspaces)
    assert effects.count(Effect.CANARY) == 6
    await told.quiet_down()
    await told.all_true()


@pytest.mark.parametrize("lost", ["deleted", "types"])
async def test_a_subscription_that_went_missing_stands_beside_its_workspace(told: Story, lost: str) -> None:
    """Within the hour, whatever else is well; nothing is repaired unasked; after `register` the remark is gone."""
    await told.pass_time(120)
    number = told.busiest
    [ours] = told.world.workspaces[number].subscriptions
    if lost == "deleted":
        told.world.workspaces[number].subscriptions.remove(ours.id)
        words = "our webhook subscription is gone from the provider"
    else:
        ours.events = ours.events[:-1]
        words = "our webhook subscription lacks "
    before = [hook.events for hook in told.world.workspaces[number].subscriptions]
    await told.pass_time(3900, step=300)
    assert words in told.row(number).reason
    assert [hook.events for hook in told.world.workspaces[number].subscriptions] == before
    await told.engine.crew.subscriptions.register(told.key(number))
    await told.pass_time(120)
    assert "subscription" not in told.row(number).reason
