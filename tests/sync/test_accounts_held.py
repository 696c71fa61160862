"""G7: a suspicious drop is held, whoever walks, until another complete walk agrees or a person does."""

from __future__ import annotations

from collections.abc import Iterable

import httpx
import pytest

from bisonwatch.domain.absence import NOTHING, RULE, Absence
from bisonwatch.domain.health import Health
from bisonwatch.domain.run import Outcome
from bisonwatch.errors import ProviderError
from bisonwatch.store import account_walks, accounts, transitions
from bisonwatch.sync.accounts import Accounts
from bisonwatch.sync.meter import Meter
from tests.sync.conftest import LABELS, House
from tests.sync.provider import Space, mailbox


async def there(house: House, space: Space) -> int:
    async with house.database.read() as tx:
        return await accounts.count(tx, space.key)


async def absence(house: House, space: Space) -> Absence:
    async with house.database.read() as tx:
        return (await account_walks.get(tx, space.key)).absence


def another(house: House) -> Accounts:
    """The same worker after a restart, or on another node."""
    return Accounts(house.database, house.providers, house.bus, LABELS)


async def half_gone(house: House, space: Space) -> None:
    """Forty accounts are known, twenty are left."""
    space.mailboxes(40)
    await house.accounts.walk(space.key)
    space.mailboxes(20)
    await house.clock.advance(1800)


def asked(house: House) -> int:
    return sum(path.rpartition("/")[2].isdigit() for _, path in house.provider.asked)


async def test_a_drop_is_held_until_the_next_complete_walk_agrees(house: House, northwind: Space) -> None:
    """Half of the accounts gone at once: nobody is even asked for; the second walk removes them, after asking each."""
    await half_gone(house, northwind)
    first = await house.accounts.one(northwind.key, Meter())
    assert (first.tally.rows_removed, await there(house, northwind), asked(house)) == (0, 40, 0)
    assert first.outcome is Outcome.PARTIAL
    assert first.error == "main/12: 20 of 40 accounts not met by a complete walk are held"
    assert (await absence(house, northwind)).held == frozenset(range(21, 41))
    await house.clock.advance(1800)
    second = await house.accounts.one(northwind.key, Meter())
    assert (second.tally.rows_removed, await there(house, northwind), asked(house)) == (20, 20, 20)
    assert (second.outcome, second.error, await absence(house, northwind)) == (Outcome.SUCCESS, None, NOTHING)


async def test_a_hold_is_a_stored_change_of_state(house: House, northwind: Space) -> None:
    """A warning with the numbers from when it begins until it ends, for whoever makes alerts of such rows."""
    told = []
    await half_gone(house, northwind)
    for _ in range(2):
        await house.accounts.walk(northwind.key)
        async with house.database.read() as tx:
            standing = (await transitions.standing(tx, RULE))[northwind.key]
            assert northwind.key not in await transitions.standing(tx)
        told.append((standing.health, standing.reason))
        await house.clock.advance(1800)
    assert told == [
        (Health.WARNING, "20 of 40 accounts not met by a complete walk are held"),
        (Health.HEALTHY, "nobody is held"),
    ]


async def test_a_restart_or_another_node_neither_repeats_nor_forgets(house: House, northwind: Space) -> None:
    """What was held by one process is agreed to by another's walk."""
    await half_gone(house, northwind)
    await house.accounts.walk(northwind.key)
    await house.clock.advance(1800)
    meter = Meter()
    await another(house).walk(northwind.key, meter)
    assert (meter.removed, meter.notes) == (20, [])


async def test_a_full_walk_is_not_repeated_by_a_restart(house: House, northwind: Space) -> None:
    """The next of the schedule's walks after it is light, on whatever node; the warm-up is not read again either."""
    northwind.mailboxes(30)
    await another(house).once(light=True)
    del northwind.accounts[1]
    for _ in range(5):
        await house.clock.advance(300)
        await another(house).once(light=True)
    assert (await there(house, northwind), asked(house)) == (30, 0)
    assert house.provider.count("/api/warmup/sender-emails") == 3  # two pages, and one of the other workspace
    await house.clock.advance(300)
    await another(house).once(light=True)
    assert (await there(house, northwind), asked(house)) == (29, 1)


async def test_a_light_walk_does_not_agree(house: House, northwind: Space) -> None:
    """Held by a full walk, the accounts wait through all light ones."""
    await half_gone(house, northwind)
    await house.accounts.once(light=True)
    for _ in range(5):
        await house.clock.advance(300)
        await house.accounts.once(light=True)
        assert await there(house, northwind) == 40
    await house.clock.advance(300)
    await house.accounts.once(light=True)
    assert await there(house, northwind) == 20


async def test_accounts_that_come_back_are_not_held_any_more(house: House, northwind: Space) -> None:
    """The provider's list was short once: nobody was touched, and the hold ends by itself."""
    await half_gone(house, northwind)
    await house.accounts.walk(northwind.key)
    northwind.mailboxes(40)
    await house.clock.advance(1800)
    await house.accounts.walk(northwind.key)
    assert (await there(house, northwind), await absence(house, northwind), asked(house)) == (40, NOTHING, 0)


async def test_a_persons_word_is_acted_on_at_once(house: House, northwind: Space) -> None:
    """Confirmed, the very next walk of the schedule is full, and asks for each; one that the provider still has stays."""
    await half_gone(house, northwind)
    await house.accounts.once(light=True)
    async with house.database.write() as tx:
        known = await account_walks.confirm(tx, northwind.key, house.clock.now(), "ops")
    assert len(known.held) == 20
    back = mailbox(33)
    house.provider.fault = lambda request: (
        httpx.Response(200, json={"data": back}) if request.url.path.endswith("/33") else None
    )
    await house.clock.advance(60)
    await another(house).once(light=True)
    assert (await there(house, northwind), await absence(house, northwind)) == (21, NOTHING)


async def test_confirming_where_nobody_waits_is_nothing(house: House, northwind: Space) -> None:
    """A word given too early is no licence for what comes later."""
    async with house.database.write() as tx:
        assert await account_walks.confirm(tx, northwind.key, house.clock.now(), "ops") == NOTHING
    await half_gone(house, northwind)
    await house.accounts.walk(northwind.key)
    assert await there(house, northwind) == 40


async def test_a_sweep_that_breaks_off_goes_on(house: House, northwind: Space) -> None:
    """The provider goes away after five answers: five are removed, the others stay held, and the next walk needs no third look."""
    await half_gone(house, northwind)
    await house.accounts.walk(northwind.key)
    await house.clock.advance(1800)
    house.provider.fault = lambda request: httpx.Response(500) if int(_last(request) or 0) > 25 else None
    meter = Meter()
    with pytest.raises(ProviderError):
        await house.accounts.walk(northwind.key, meter)
    assert (meter.removed, await there(house, northwind)) == (5, 35)
    assert (await absence(house, northwind)).held == frozenset(range(26, 41))
    house.provider.fault = lambda _request: None
    await house.clock.advance(300)
    await another(house).once(light=True)
    assert (await there(house, northwind), await absence(house, northwind)) == (20, NOTHING)


async def test_one_that_cannot_be_asked_does_not_keep_the_others(house: House, northwind: Space) -> None:
    """One record answers 422 and is kept; the rest is removed."""
    northwind.mailboxes(40)
    await house.accounts.walk(northwind.key)
    northwind.mailboxes(37)
    await house.clock.advance(1800)
    house.provider.fault = lambda request: httpx.Response(422, json={}) if _last(request) == "39" else None
    await house.accounts.walk(northwind.key)
    async with house.database.read() as tx:
        kept = [row.id for row in await accounts.page(tx, northwind.key, 37, 10) if row.status != "removed"]
    assert kept == [39]


def _last(request: httpx.Request) -> str:
    last = request.url.path.rpartition("/")[2]
    return last if last.isdigit() else ""


async def by_id(house: House, spaces: Iterable[Space], number: int) -> list[tuple[int, str]]:
    """Where an account is, and its state; more than one entry would be two of it."""
    found = []
    async with house.database.read() as tx:
        for space in spaces:
            rows = await accounts.page(tx, space.key, number - 1, 1)
            found += [(space.id, row.status) for row in rows if row.id == number]
    return found


@pytest.mark.parametrize("first", ["old", "new"])
async def test_an_account_follows_its_move(house: House, northwind: Space, cobalt: Space, first: str) -> None:
    """Whichever workspace is walked first, it is in the new one, connected, never removed and never in two."""
    northwind.mailboxes(40)
    cobalt.accounts = {100 + n: mailbox(100 + n) for n in range(20)}
    await house.accounts.once()
    cobalt.accounts[7] = northwind.accounts.pop(7)
    await house.clock.advance(1800)
    spaces = [northwind, cobalt] if first == "old" else [cobalt, northwind]
    for space in spaces:
        await house.accounts.walk(space.key)
        assert len(await by_id(house, spaces, 7)) == 1
    assert await by_id(house, spaces, 7) == [(13, "connected")]
    await house.clock.advance(1800)
    await house.accounts.once()
    assert (await absence(house, northwind), await by_id(house, spaces, 7)) == (NOTHING, [(13, "connected")])


async def test_one_that_moved_out_of_sight_waits_for_a_person(house: House, northwind: Space) -> None:
    """403, and no workspace of ours has it: it stays, and is told; a person's word removes it, nothing else does."""
    northwind.mailboxes(40)
    await house.accounts.walk(northwind.key)
    away = Space(99, "Somebody Else", accounts={7: northwind.accounts.pop(7)})
    house.provider.spaces[99] = away
    for _ in range(3):
        await house.clock.advance(1800)
        done = await house.accounts.one(northwind.key, Meter())
        assert done.error == "main/12: 1 account in a workspace that is not read"
        assert await by_id(house, [northwind], 7) == [(12, "connected")]
    async with house.database.write() as tx:
        await account_walks.confirm(tx, northwind.key, house.clock.now(), "ops")
    done = await house.accounts.one(northwind.key, Meter())
    assert (done.outcome, await by_id(house, [northwind], 7)) == (Outcome.SUCCESS, [(12, "removed")])


async def test_a_workspace_that_moved_away_whole_is_held_once(house: House, northwind: Space) -> None:
    """All of its accounts refused as another's: held, then told as elsewhere, and not held anew at every walk."""
    northwind.mailboxes(40)
    await house.accounts.walk(northwind.key)
    house.provider.spaces[99] = Space(99, "Somebody Else", accounts=dict(northwind.accounts))
    northwind.accounts = {}
    for held, elsewhere in ((40, 0), (0, 40), (0, 40)):
        await house.clock.advance(1800)
        await house.accounts.walk(northwind.key)
        found = await absence(house, northwind)
        assert (len(found.held), len(found.elsewhere), await there(house, northwind)) == (held, elsewhere, 40)
