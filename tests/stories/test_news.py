"""Accounts, names, types and workspaces change."""

from __future__ import annotations

import orjson
from sqlalchemy import select

from bisonwatch.store.tables import client_leads, event_types
from tests.stories.test_repetition import post
from tests.support.story import Story


async def test_events_of_an_account_make_it_read_again_within_a_minute(told: Story) -> None:
    """Disconnected, reconnected and removed: the figures follow, long before the next walk of all accounts."""
    number = told.busiest
    before = told.row(number).accounts
    assert before is not None
    mine = next(account for account in told.world.workspaces[number].accounts if account.connected)
    seen = []
    for happen in (told.world.disconnect, told.world.reconnect, told.world.remove_account):
        happen(mine.id)
        await told.pass_time(60)
        now = told.row(number).accounts
        assert now is not None
        seen.append((now.total - before.total, now.connected - before.connected))
    assert seen == [(0, -1), (0, 0), (-1, -1)]


async def test_a_disconnection_that_recovered_leaves_the_account_connected(told: Story) -> None:
    """The re-read decides, not the event's name."""
    number = told.busiest
    before = told.row(number).accounts
    told.world.disconnect(told.world.workspaces[number].accounts[0].id, recovered=True)
    await told.pass_time(60)
    assert told.row(number).accounts == before


async def test_an_unknown_type_is_stored_counted_and_done(told: Story) -> None:
    """The provider adds types: no dead letter, no miss, no alert."""
    number = told.busiest
    told.world.rate = 0.0
    [event] = told.world.emit_unknown(number, "LEAD_TELEPATHY")
    await told.pass_time(600)
    async with told.engine.database.read() as tx:
        counts = {row.type: row.n for row in await tx.rows(select(event_types.c.type, event_types.c.n))}
    assert counts["lead_telepathy"] == 1
    [shown] = [event for event in told.picture.events if event.type == "lead_telepathy"]
    assert (shown.outcome, shown.source) == ("unknown", "poll")
    assert told.picture.inbox.dead == 0
    assert told.row(number).health.value == "idle"
    assert await post(told, event) == 200


async def test_an_event_of_an_unknown_workspace_creates_it(told: Story) -> None:
    """It is shown as discovered, and unknown, since no key of ours can ask for it."""
    number = told.busiest
    [event, *_] = told.world.send(number)
    body = orjson.loads(event.body)
    body["event"] |= {"workspace_id": 999, "workspace_name": "Far Harbour"}
    event.body = orjson.dumps(body)
    event.workspace_id = 999
    told.world.take_fresh()
    assert await post(told, event) == 200
    await told.pass_time(60)
    row = told.row(999)
    assert (row.name, row.health.value, row.month.sent) == ("Far Harbour", "unknown", 1)


async def test_a_renamed_workspace_is_renamed_everywhere(told: Story) -> None:
    """The next event brings the new name to the registry, the leads and the screen; it is no new workspace."""
    number = told.busiest
    told.world.workspaces[number].name = "Northwind Renamed"
    told.world.send(number)
    await told.pass_time(60)
    assert told.row(number).name == "Northwind Renamed"
    assert len(told.picture.workspaces) == 3
    async with told.engine.database.read() as tx:
        mine = client_leads.c.workspace_id == number
        names = await tx.rows(select(client_leads.c.workspace_name).where(mine).distinct())
    assert [row.workspace_name for row in names] == ["Northwind Renamed"]
