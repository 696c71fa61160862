"""G17: the wrong workspace never gets the data, whatever a person clicks while a super-admin key reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from bisonwatch.bus import Bus
from bisonwatch.domain.ids import WorkspaceKey, polled_delivery_id
from bisonwatch.domain.run import Outcome
from bisonwatch.errors import ConfigError, ProviderBusy, ProviderError, WrongWorkspace
from bisonwatch.simulator.world import World
from bisonwatch.store import account_walks, accounts, cursors, leads, tables
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.sync import roster
from bisonwatch.sync.discovery import Discovery
from bisonwatch.sync.key_lease import KeyLease
from bisonwatch.sync.log_walk import STREAM
from tests.support.clock import ManualClock
from tests.support.length import LONG
from tests.sync.conftest import House
from tests.sync.provider import URL, Provider
from tests.sync.switched import Person
from tests.sync.test_simulated import api_of

USERS = "/api/users"
WALKED = {
    "accounts": "/api/sender-emails",
    "leads": "/api/leads",
    "log": "/api/events",
}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a walk is given is written at once: a foreign page would not wait in a batch until the walk ends."""
    for module in ("accounts", "leads", "log_walk"):
        monkeypatch.setattr(f"bisonwatch.sync.{module}.BATCH", 1)


@pytest.fixture
def world() -> World:
    """Each workspace has enough of everything for a walk of many pages."""
    return World(5, 3, 900, start=ManualClock().now(), url=URL, rate=4.0)


@pytest.fixture
async def clock(world: World) -> ManualClock:
    return ManualClock(auto=True)


@pytest.fixture
def person(world: World, clock: ManualClock) -> Person:
    return Person(world, api_of(world, clock))


@pytest.fixture
async def house(
    sqlite_place: Place, world: World, clock: ManualClock, person: Person
) -> AsyncIterator[House]:
    """One super-admin key that may be switched; everything is discovered, half an hour of life is in the log."""
    database = Database(sqlite_place, clock)
    house = House(clock, database, Bus(), Provider(), person.providers(clock))
    await Discovery(database, house.providers, clock, house.bus).once()
    await clock.advance(1800)
    world.advance(clock.now())
    yield house
    await house.providers.close()
    await database.close()


def walk_of(house: House, kind: str) -> Callable[[WorkspaceKey], Awaitable[object]]:
    walks: dict[str, Callable[[WorkspaceKey], Awaitable[object]]] = {
        "accounts": house.accounts.walk,
        "leads": house.leads.walk,
        "log": house.poller.walk,
    }
    return walks[kind]


async def foreign(house: House, world: World, workspace: WorkspaceKey) -> list[object]:
    """Whatever is stored under a workspace and belongs to another one."""
    mine = world.workspaces[workspace.id]
    mailboxes = {account.id for account in mine.accounts}
    logged = {polled_delivery_id("main", str(event.uuid)) for event in mine.log}
    people = {lead.email.lower() for lead in mine.leads}
    async with house.database.read() as tx:
        a, people_of, i = tables.accounts.c, tables.client_leads.c, tables.inbox.c
        stored = [row[0] for row in await tx.rows(select(a.id).where(a.workspace_id == workspace.id))]
        known = [
            row[0]
            for row in await tx.rows(
                select(people_of.lead_email).where(people_of.workspace_id == workspace.id)
            )
        ]
        polled = [row[0] for row in await tx.rows(select(i.id).where(i.workspace_id == workspace.id))]
    return [
        *(number for number in stored if number not in mailboxes),
        *(address for address in known if address not in people),
        *(number for number in polled if number not in logged),
    ]


async def counted(house: House, workspace: WorkspaceKey) -> tuple[int, int]:
    async with house.database.read() as tx:
        return await accounts.count(tx, workspace), await leads.count(tx, workspace)


async def test_all_workspaces_are_read_with_one_key_and_the_person_is_put_back(
    house: House, world: World, person: Person
) -> None:
    """Every workspace has its own rows and no other's; afterwards the browser shows what it showed before."""
    was = await person.looks_at()
    done = await house.resync.all()
    assert (done.outcome, done.error) == (Outcome.SUCCESS, None)
    for key in person.keys:
        there = world.workspaces[key.id]
        assert await counted(house, key) == (len(there.accounts), len(there.leads))
        assert await foreign(house, world, key) == []
    await house.providers.close()
    assert await person.looks_at() == was
    assert set(person.switches) == set(world.workspaces)


@pytest.mark.parametrize("kind", WALKED)
@pytest.mark.parametrize("number", [1, 2, 4, 8] if LONG else [1, 4])
async def test_a_click_in_the_middle_throws_the_walk_away(
    house: House, world: World, person: Person, kind: str, number: int
) -> None:
    """Before any page: nothing foreign is written, nothing swept, no cursor moved; the person stays where they went."""
    mine, theirs = person.keys[1], person.keys[2]
    async with house.database.read() as tx:
        stood = await cursors.get(tx, mine, STREAM)
    person.before(WALKED[kind], number, lambda: person.click(theirs.id))
    with pytest.raises((WrongWorkspace, ProviderBusy), match=r"thrown away|somebody switched"):
        await walk_of(house, kind)(mine)
    assert await foreign(house, world, mine) == []
    async with house.database.read() as tx:
        assert await cursors.get(tx, mine, STREAM) == stood
    assert await person.looks_at() == theirs.id


@pytest.mark.parametrize("kind", WALKED)
async def test_a_click_there_and_back_throws_it_away_too(
    house: House, world: World, person: Person, kind: str
) -> None:
    """The workspace is the same before and after, but one page between was another's."""
    mine, theirs = person.keys[1], person.keys[2]

    person.before(WALKED[kind], 5, lambda: person.click(theirs.id))
    person.before(WALKED[kind], 6, lambda: person.click(mine.id))
    with pytest.raises(ProviderError, match=r"thrown away|somebody switched"):
        await walk_of(house, kind)(mine)
    assert await foreign(house, world, mine) == []


async def test_accounts_known_are_not_swept_by_a_foreign_walk(
    house: House, world: World, person: Person
) -> None:
    """A complete mirror stays complete, though the provider showed another workspace's mailboxes meanwhile."""
    mine, theirs = person.keys[1], person.keys[2]
    await house.accounts.walk(mine)
    before = await counted(house, mine)
    for number in range(1, 7):
        person.before(WALKED["accounts"], number, lambda: person.click(theirs.id))
        with pytest.raises(ProviderError):
            await house.accounts.walk(mine)
        await house.clock.advance(120)
    assert await counted(house, mine) == before
    async with house.database.read() as tx:
        assert await account_walks.waiting(tx) == {}
    await house.accounts.walk(mine)
    assert await foreign(house, world, mine) == []


async def test_a_404_of_the_wrong_workspace_removes_nothing(
    house: House, world: World, person: Person
) -> None:
    """The person clicks between the list and the question for a mailbox that is missing from it."""
    mine, theirs = person.keys[1], person.keys[2]
    await house.accounts.walk(mine)
    lost = next(iter(world.workspaces[mine.id].accounts))
    client = await house.providers.client(mine)
    person.before(f"/api/sender-emails/{lost.id}", 1, lambda: person.click(theirs.id))
    with pytest.raises(WrongWorkspace, match="thrown away"):
        await client.accounts.one(lost.id, mine)


async def test_somebody_at_work_is_left_alone_for_a_minute(
    house: House, world: World, person: Person
) -> None:
    """Their workspace can be read meanwhile; the others say why they are not, and are read a minute later."""
    mine, theirs = person.keys[1], person.keys[2]
    person.before(WALKED["accounts"], 2, lambda: person.click(theirs.id))
    with pytest.raises(WrongWorkspace):
        await house.accounts.walk(mine)
    switched = list(person.switches)
    await house.accounts.walk(theirs)
    with pytest.raises(ProviderBusy, match=f"switched the super-admin key of instance main to {theirs}"):
        await house.accounts.walk(mine)
    assert person.switches == switched
    await house.clock.advance(60)
    await house.accounts.walk(mine)
    assert (await counted(house, mine))[0] == len(world.workspaces[mine.id].accounts)
    await house.providers.close()
    assert await person.looks_at() == theirs.id


async def test_without_the_setting_nobody_is_moved(
    house: House, world: World, clock: ManualClock, person: Person
) -> None:
    """The key serves the workspace its user has selected; a click throws the walk away, and the others say what they lack."""
    providers = person.providers(clock, switches=False)
    await Discovery(house.database, providers, clock, house.bus).once()
    mine, theirs = WorkspaceKey("main", await person.looks_at()), person.keys[2]
    assert mine != theirs
    switched = list(person.switches)
    plain = House(clock, house.database, house.bus, Provider(), providers)
    assert await roster.active(house.database, providers) == (mine,)
    await plain.accounts.walk(mine)
    person.before(WALKED["accounts"], 4, lambda: person.click(theirs.id))
    with pytest.raises(WrongWorkspace, match="thrown away"):
        await plain.accounts.walk(mine)
    with pytest.raises(ConfigError, match=f"no API key serves {mine}"):
        await plain.accounts.walk(mine)
    assert await foreign(house, world, mine) == []
    assert person.switches == switched
    await providers.close()


async def test_two_nodes_never_use_the_key_at_once(
    house: House, world: World, clock: ManualClock, person: Person
) -> None:
    """Both read all workspaces with the one key at the same time: each has its own rows, and nobody was thrown out."""
    nodes = [person.providers(clock, database=house.database) for _ in range(2)]
    houses = [House(clock, house.database, house.bus, Provider(), node) for node in nodes]
    for one in houses:
        await Discovery(house.database, one.providers, clock, house.bus).once()
    was = await person.looks_at()
    ended = await asyncio.gather(*(one.accounts.once() for one in houses))
    assert [(done.outcome, done.error) for done in ended] == [(Outcome.SUCCESS, None)] * 2
    for key in person.keys:
        assert await foreign(house, world, key) == []
        assert (await counted(house, key))[0] == len(world.workspaces[key.id].accounts)
    for node in nodes:
        await node.close()
    assert await person.looks_at() == was


async def test_a_node_that_keeps_the_key_is_waited_for_and_named(
    house: House, clock: ManualClock, person: Person
) -> None:
    """Half a minute; nothing was asked or switched meanwhile."""
    other = KeyLease(house.database, "main", UUID(int=7))
    await other.take()
    node = person.providers(clock, database=house.database)
    asked = len(person.asked)
    client = await node.client(person.keys[1])
    with pytest.raises(ProviderBusy, match="another node is using the super-admin key of instance main"):
        await client.subscriptions.all()
    assert len(person.asked) == asked
    await other.give_back()
    await client.subscriptions.all()
    await node.close()


async def test_a_node_that_lost_the_key_throws_its_walk_away(
    house: House, world: World, clock: ManualClock, person: Person
) -> None:
    """It was away for too long and another node took over, though the workspace looks the same."""
    node = person.providers(clock, database=house.database)
    plain = House(clock, house.database, house.bus, Provider(), node)
    other = KeyLease(house.database, "main", UUID(int=7))

    async def paused() -> None:
        await clock.advance(61)
        await other.take()

    person.before(WALKED["accounts"], 2, paused)
    mine = person.keys[1]
    with pytest.raises(WrongWorkspace, match="another node took the super-admin key"):
        await plain.accounts.walk(mine)
    assert await foreign(house, world, mine) == []
    await node.close()


async def test_a_provider_that_hangs_holds_no_stop_up(
    house: House,
    clock: ManualClock,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The person stays where they are, and that is told."""
    monkeypatch.setattr("bisonwatch.sync.turns.CLOSE_S", 0.05)
    node = person.providers(clock)
    await (await node.client(person.keys[1])).subscriptions.all()
    never = asyncio.Event()

    async def hang() -> None:
        await never.wait()

    person.before(USERS, 1, hang)
    await node.close()
    assert "could not be put back to where it was within 0.05 s" in caplog.text


async def test_a_switch_whose_answer_is_lost_is_no_click(
    house: House, world: World, clock: ManualClock, person: Person
) -> None:
    """Whether it arrived or not, the next use goes on, and the person is put back in the end."""
    was = await person.looks_at()
    mine = next(key for key in person.keys if key.id != was)

    async def lose() -> None:
        raise httpx.ReadError("gone")

    async def arrive() -> None:
        await person.click(mine.id)
        raise httpx.ReadError("gone")

    for how in (lose, arrive):
        person.before("/api/workspaces/v1.1/switch-workspace", 1, how)
        with pytest.raises(ProviderError, match="the connection broke"):
            await house.accounts.walk(mine)
        await house.accounts.walk(mine)
    await house.providers.close()
    assert await person.looks_at() == was


async def test_a_user_whose_record_always_changes_is_read_in_the_end(
    house: House, world: World, person: Person
) -> None:
    """Then a changed record says nothing, and the workspace alone decides."""
    mine = person.keys[1]

    async def touch() -> None:
        person.changes += 1

    for number in range(1, 200):
        person.before(USERS, number, touch)
    for _ in range(3):
        with pytest.raises(WrongWorkspace, match="maybe switched there and back"):
            await house.accounts.walk(mine)
    await house.accounts.walk(mine)
    assert (await counted(house, mine))[0] == len(world.workspaces[mine.id].accounts)
