"""One key for each workspace: 27 of them, and what is wrong with one is said of it alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import WrongWorkspace
from bisonwatch.store import workspaces
from bisonwatch.sync import roster
from bisonwatch.sync.discovery import Discovery
from bisonwatch.sync.key import KeyKind, masked
from bisonwatch.sync.providers import Providers, connected
from tests.sync.conftest import House, configured
from tests.sync.provider import Space

ALL = range(101, 128)


@pytest.fixture
def spaces(house: House) -> list[Space]:
    made = [Space(number, f"Client {number}") for number in ALL]
    for space in made:
        house.provider.spaces[space.id] = space
        house.provider.keys[f"key-of-{space.id}"] = [space.id]
    return made


@pytest.fixture
async def many(house: House, spaces: list[Space]) -> AsyncIterator[Providers]:
    providers = connected(
        [configured(*spaces)], house.clock, transports={"main": house.provider.transport}, environ={}
    )
    yield providers
    await providers.close()


async def test_27_keys_serve_27_workspaces(house: House, spaces: list[Space], many: Providers) -> None:
    """Each is registered under its name and read with its own key, and nobody proves what an api-user key reads."""
    found = await Discovery(house.database, many, house.clock, house.bus).once()
    assert (found.seen, found.failed) == (tuple(space.key for space in spaces), ())
    async with house.database.read() as tx:
        names = await workspaces.names(tx)
    assert {key: name for key, name in names.items() if key.id in ALL} == {s.key: s.name for s in spaces}
    assert {key.kind for key in many.instances[0].keys} == {KeyKind.API_USER}
    asked = house.provider.count("/api/users")
    for space in spaces:
        await (await many.client(space.key)).subscriptions.all()
    assert house.provider.count("/api/users") == asked


async def test_one_key_of_another_workspace_is_refused_at_the_start(
    house: House, spaces: list[Space], many: Providers
) -> None:
    """With a sentence beside that workspace; the other 26 are read."""
    house.provider.keys["key-of-110"] = [111]
    found = await Discovery(house.database, many, house.clock, house.bus).once()
    sentence = (
        "the key configured for main/110 reads main/111 (give the workspace an api-user key of its own)"
    )
    assert found.failed == (sentence,)
    assert (await house.watched(WorkspaceKey("main", 110))).poll_error == sentence
    with pytest.raises(WrongWorkspace):
        await many.client(WorkspaceKey("main", 110))
    for space in spaces:
        if space.id != 110:
            await (await many.client(space.key)).subscriptions.all()


async def test_one_that_is_bound_elsewhere_later_is_refused_within_the_hour(
    house: House, spaces: list[Space], many: Providers
) -> None:
    """By the hourly check; from then on nothing is read with it, and what it lacks is said."""
    discovery = Discovery(house.database, many, house.clock, house.bus)
    await discovery.once()
    house.provider.keys["key-of-110"] = [111]
    await house.clock.advance(3600)
    [failed] = await discovery.check()
    assert failed.startswith("the key configured for main/110 reads main/111")
    with pytest.raises(WrongWorkspace):
        await many.client(WorkspaceKey("main", 110))
    house.provider.keys["key-of-110"] = [110]
    assert await discovery.check() == ()
    await (await many.client(WorkspaceKey("main", 110))).subscriptions.all()


async def test_a_super_admin_key_in_a_workspaces_place_is_proven_all_the_same(
    house: House, spaces: list[Space], many: Providers
) -> None:
    """It reads the right workspace at the start and sees others: what it reads after somebody switched it is thrown away."""
    house.provider.keys["key-of-110"] = [110, 111]
    spaces[9].mailboxes(40)
    spaces[10].accounts = {500 + n: row | {"id": 500 + n} for n, row in spaces[9].accounts.items()}
    await Discovery(house.database, many, house.clock, house.bus).once()
    assert many.key(WorkspaceKey("main", 110)).kind is KeyKind.SUPER_ADMIN
    client = await many.client(WorkspaceKey("main", 110))
    house.provider.keys["key-of-110"] = [111, 110]
    with pytest.raises(WrongWorkspace, match="the key configured for main/110 reads main/111"):
        await client.accounts.one(501, WorkspaceKey("main", 110))
    assert WorkspaceKey("main", 110) in await roster.active(house.database, many)


@pytest.mark.parametrize(
    ("secret", "shown"),
    [("112|abcdef", "112|•••"), ("abcdef", "•••"), ("abc|def", "•••"), ("|x", "•••"), ("", "•••")],
)
def test_of_a_key_its_number_is_shown_at_most(secret: str, shown: str) -> None:
    """The provider shows that number too."""
    assert masked(secret) == shown
