"""When nothing breaks."""

from __future__ import annotations

from tests.support.story import Story


async def test_after_discovery_and_the_first_polls_everything_is_verified(told: Story) -> None:
    """Every workspace is green, verified, and counted as it really is."""
    await told.pass_time(300)
    await told.quiet_down()
    assert {row.health.value for row in told.picture.workspaces} <= {"healthy", "idle"}
    assert len(told.picture.workspaces) == 3
    assert all(row.verified_at for row in told.picture.workspaces)
    assert told.picture.score == 100
    await told.all_true()


async def test_silence_in_the_night_is_green_and_makes_no_alert(told: Story) -> None:
    """A workspace that sends nothing is walked, found complete and called idle."""
    await told.pass_time(120)
    told.world.rate = 0.0
    await told.pass_time(900)
    assert told.healths() == {"idle": 3}
    assert told.picture.alerts == ()
    assert told.picture.score == 100
    assert all("nothing missed, verified" in row.reason for row in told.picture.workspaces)
