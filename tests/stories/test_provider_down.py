"""The provider's API may go away."""

from __future__ import annotations

from bisonwatch.simulator.faults import NONE, ApiFaults
from tests.support.story import Story

DOWN = NONE.with_api(ApiFaults(outage=True))


async def test_who_cannot_be_asked_is_unknown_and_never_green(told: Story) -> None:
    """While the API answers 502, webhooks go on being counted, and nothing is called healthy; afterwards all is."""
    before = sum((await told.counted(told.busiest)).values())
    told.faults.set(DOWN)
    await told.pass_time(12 * 60)
    assert told.healths() == {"unknown": 3}
    assert all("could not be asked since" in row.reason for row in told.picture.workspaces)
    assert told.picture.reasons == ("3 workspaces cannot be told",)
    assert sum((await told.counted(told.busiest)).values()) > before
    assert all(row.last_webhook_at > row.last_poll_at for row in told.picture.workspaces)
    told.faults.clear()
    await told.pass_time(300)
    assert set(told.healths()) <= {"healthy", "idle"}
    await told.quiet_down()
    await told.all_true()


async def test_a_rejected_key_makes_its_workspace_unknown_and_says_so(told: Story) -> None:
    """The others stay green."""
    busy = told.busiest
    told.faults.set(NONE.with_api(ApiFaults(reject=frozenset({str(busy)}))))
    await told.pass_time(12 * 60)
    assert told.row(busy).health.value == "unknown"
    assert "401: Unauthenticated" in told.row(busy).reason
    assert told.healths()["unknown"] == 1


async def test_before_the_first_walk_nothing_is_green(told: Story) -> None:
    """An engine that starts while the API is down calls no workspace healthy."""
    told.faults.set(DOWN)
    await told.crash()
    await told.open()
    await told.pass_time(12 * 60)
    assert told.healths() == {"unknown": 3}
