"""How webhooks were delivered, by our count and by the provider's record; and what is kept although it seems to be gone."""

from __future__ import annotations

from bisonwatch.domain.absence import RULE
from bisonwatch.simulator.faults import NONE, Break, Outage, WalkFault, WebhookFaults
from bisonwatch.store import account_walks
from bisonwatch.store.place import Place
from bisonwatch.tui.frame import Puller
from bisonwatch.tui.glyphs import UNICODE
from bisonwatch.tui.views.verdict import verdict
from tests.support.story import Story, story
from tests.tui.support import FakeFeed, HandClock

HALF_AN_HOUR = 1800


async def lost(told: Story, faults: WebhookFaults) -> tuple[float | None, float | None]:
    """Both sides of the busiest workspace, after twenty minutes of it and as long without."""
    told.faults.set(NONE.with_webhooks(told.busiest, faults))
    await told.pass_time(1200)
    told.faults.clear()
    await told.pass_time(1200, step=120)
    row = told.row(told.busiest)
    return row.delivery_rate_24h, row.delivery_rate_provider_24h


async def test_what_the_provider_could_not_deliver_is_in_both_rates(told: Story) -> None:
    """It knows that it failed; the other workspaces' rates are whole on both sides."""
    ours, theirs = await lost(told, WebhookFaults(outage=Outage.UNSENT))
    assert ours is not None
    assert theirs is not None
    assert ours < 0.9
    assert theirs < 0.9
    for row in told.picture.workspaces:
        if row.key != told.key(told.busiest):
            assert (row.delivery_rate_24h, row.delivery_rate_provider_24h) == (1.0, 1.0)


async def test_what_the_provider_never_tried_is_in_ours_alone(told: Story) -> None:
    """Its record is spotless, and yet one webhook in five never came: that is why both sides are shown."""
    ours, theirs = await lost(told, WebhookFaults(drop=0.3))
    assert ours is not None
    assert ours < 0.95
    assert theirs == 1.0


async def test_what_came_late_is_ours_to_say(told: Story) -> None:
    """Delivered in the end, by both; but twelve minutes late, which the provider's record calls delivered or still tried."""
    ours, theirs = await lost(told, WebhookFaults(delay=720))
    assert ours is not None
    assert ours < 0.9
    assert theirs in (1.0, None) or told.row(told.busiest).late_provider_24h


async def test_without_a_log_there_is_only_our_side(sqlite_place: Place) -> None:
    """An older instance keeps no record that could be asked."""
    async with story(sqlite_place, log=False) as old:
        ours, theirs = await lost(old, WebhookFaults(drop=0.3))
        assert ours is not None
        assert ours < 1.0
        assert theirs is None
        assert {row.delivery_rate_provider_24h for row in old.picture.workspaces} == {None}


def glance(told: Story) -> str:
    """The sentence on top of the terminal's first screen."""
    feed = FakeFeed(told.picture)
    said = verdict(Puller(feed, HandClock(told.clock.now()), UNICODE, 0.5, False).pull())
    return f"{said.headline}: {said.detail}"


async def test_silence_and_misses_and_could_not_tell_look_different_without_a_log_too(
    sqlite_place: Place,
) -> None:
    """Verified silence is right; what polling had to fill is complete, and says so; an unreadable provider is neither."""
    async with story(sqlite_place, log=False) as old:
        await old.pass_time(120)
        old.world.rate, rate = 0.0, old.world.rate
        await old.pass_time(900)
        assert old.healths() == {"idle": 3}
        assert glance(old).startswith("Mirror is right: 3 of 3 workspaces verified, the oldest check ")
        old.world.rate = rate
        old.faults.set(NONE.with_webhooks(old.busiest, WebhookFaults(outage=Outage.UNSENT)))
        await old.pass_time(900)
        said = glance(old)
        assert said.startswith("Mirror is complete, but 1 of 3 workspaces needs a look: ")
        assert "webhooks missed" in said
        assert "polling filled them" in said
        assert old.row(old.busiest).doing == "the provider is asked every 1m, what is missing is filled in"
        old.faults.set(NONE.with_walks(WalkFault("/api/*", Break.ERROR_500, times=0)))
        await old.pass_time(1200)
        assert old.healths() == {"unknown": 3}
        assert glance(old).startswith("Cannot tell for 3 of 3 workspaces: ")


async def _fewer(told: Story, number: int) -> int:
    """A third of its accounts is not listed any more, and no event told so; how many."""
    accounts = told.world.workspaces[number].accounts
    gone = [account.id for account in list(accounts)[::3]]
    for account in gone:
        accounts.remove(account)
    return len(gone)


async def test_accounts_that_are_held_are_told_at_one_glance_until_the_next_walk_agrees(told: Story) -> None:
    """A warning with the number and what is done; half an hour later they are removed, and all is well again."""
    await told.pass_time(HALF_AN_HOUR, step=300)
    number = told.busiest
    before = told.row(number).accounts
    assert before is not None
    count = await _fewer(told, number)
    while not (held := told.row(number).accounts) or not held.held:
        await told.pass_time(300, step=300)
    row = told.row(number)
    assert (held.total, held.held) == (before.total, count)
    assert row.health.value == "warning"
    assert row.reason.startswith(
        f"{count} of {before.total} accounts not met by a complete walk are held; webhooks arrive, verified "
    )
    assert row.doing is not None
    assert row.doing.startswith("the accounts are kept until the next complete walk agrees")
    assert [(alert.rule, alert.workspace) for alert in told.picture.alerts] == [(RULE, row.key)]
    await told.pass_time(HALF_AN_HOUR, step=300)
    after = told.row(number).accounts
    assert after is not None
    assert (after.total, after.held) == (before.total - count, 0)
    assert (told.picture.alerts, told.row(number).health.value) == ((), "healthy")


async def test_a_persons_word_ends_the_alert_of_a_hold_at_once(told: Story) -> None:
    """Before the next walk has asked for a single one of them."""
    await told.pass_time(HALF_AN_HOUR, step=300)
    number = told.busiest
    await _fewer(told, number)
    while not told.picture.alerts:
        await told.pass_time(300, step=300)
    async with told.engine.database.write() as tx:
        await account_walks.confirm(tx, told.key(number), told.clock.now(), "a person")
    await told.engine.health.once()
    await told.engine.snapshots.once()
    assert told.picture.alerts == ()
