"""An engine may end at any moment; the next one goes on."""

from __future__ import annotations

from tests.support.story import Story


async def test_a_restart_in_the_middle_loses_nothing(told: Story) -> None:
    """Deliveries that were acknowledged and not processed, and events of the time without an engine, are all there."""
    await told.pass_time(120)
    await told.clock.advance(10)
    told.world.advance(told.clock.now())
    acked = await told.deliveries.deliver_due(told.clock.now())
    assert acked > 0
    await told.crash()
    for _ in range(4):
        await told.clock.advance(60)
        told.world.advance(told.clock.now())
        await told.deliveries.deliver_due(told.clock.now())
    await told.open()
    await told.pass_time(120)
    await told.quiet_down()
    assert told.picture.inbox.pending == 0
    await told.all_true()


async def test_after_a_crash_the_next_engine_leads_when_the_lease_is_over(told: Story) -> None:
    """The old lease is respected for its fifteen seconds; the run it had taken is taken again."""
    old = told.engine.identity.id
    await told.engine.leadership.once()
    await told.crash()
    await told.open()
    assert told.engine.identity.id != old
    await told.engine.leadership.once()
    assert not told.engine.leadership.leads()
    await told.pass_time(30)
    assert told.engine.leadership.leads()


async def test_a_stop_gives_back_the_lease_and_is_seen_at_once(told: Story) -> None:
    """Another engine leads without waiting, and nobody shows the stopped one as alive."""
    told.door.app = None
    await told.engine.stop()
    await told.engine.stop()
    stopped = told.engine
    await told.open()
    await told.look()
    assert told.engine.leadership.leads()
    assert [node.started_at for node in told.picture.nodes] == [told.clock.now()]
    assert stopped.listener.app is not told.engine.listener.app
