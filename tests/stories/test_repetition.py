"""Repetition and order change nothing."""

from __future__ import annotations

from random import Random

from bisonwatch.simulator.faults import EVERYWHERE, NONE, WebhookFaults
from bisonwatch.simulator.records import LoggedEvent
from tests.support.story import LISTENER, TOKEN, Story


async def test_late_doubled_and_shuffled_webhooks_are_counted_once(told: Story) -> None:
    """Half of all webhooks come twice, all of them up to two minutes late and out of order."""
    faults = WebhookFaults(duplicate=0.5, delay=10, reorder=110)
    told.faults.set(NONE.with_webhooks(EVERYWHERE, faults))
    await told.pass_time(600)
    figures = told.deliveries.figures
    assert figures.attempts > figures.succeeded > 60
    await told.quiet_down()
    await told.all_true()


async def test_each_event_one_to_five_times_in_any_order_is_counted_once(told: Story) -> None:
    """The same set of bodies, repeated and shuffled, gives the counters of the set."""
    rng = Random(11)
    told.world.rate = 0.0
    now = told.clock.now().replace(microsecond=0)  # the provider tells whole seconds
    happened = [event for _ in range(40) for event in told.world._one(now)]
    told.world.take_fresh()
    repeated = [event for event in happened for _ in range(rng.randint(1, 5))]
    rng.shuffle(repeated)
    for event in repeated:
        assert await post(told, event) == 200
    await told.look()
    await told.all_true()


async def post(told: Story, event: LoggedEvent) -> int | None:
    """Straight into our listener; the status it answers."""
    url = f"{LISTENER}/webhooks/main/{TOKEN}?workspace={event.workspace_id}"
    return await told.deliveries.test(url, event.body)
