from __future__ import annotations

import httpx
import pytest

from bisonwatch.config.instances import Instance
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import ConfigError, KeyRejected, WrongWorkspace
from bisonwatch.store import workspaces
from bisonwatch.sync import roster
from bisonwatch.sync.discovery import Discovery
from bisonwatch.sync.providers import Providers, connected
from tests.sync.conftest import House
from tests.sync.provider import URL, Space

THIRD = WorkspaceKey("main", 14)


def one_key(house: House, key: str = "key-of-14", workspaces: object = "all") -> Providers:
    """An instance with a single key."""
    instance = Instance.model_validate({"name": "main", "url": URL, "api_key": key, "workspaces": workspaces})
    return connected([instance], house.clock, transports={"main": house.provider.transport}, environ={})


def discovery(house: House, providers: Providers | None = None) -> Discovery:
    targets = {THIRD: 40, WorkspaceKey("main", 12): 30}
    return Discovery(house.database, providers or house.providers, house.clock, house.bus, targets)


@pytest.fixture
def third(house: House) -> Space:
    space = Space(14, "Harbor & Sons")
    house.provider.spaces[14] = space
    house.provider.keys["key-of-14"] = [14]
    return space


async def test_a_plain_key_serves_the_workspace_it_reads(house: House, third: Space) -> None:
    """`workspaces: all` with an api-user key is the one workspace that the key says; the target comes with it."""
    providers = one_key(house)
    found = await discovery(house, providers).once()
    assert (found.seen, found.new, found.unserved, found.failed) == ((THIRD,), (THIRD,), (), ())
    async with house.database.read() as tx:
        stored = {row.key: row for row in await workspaces.all_of(tx, providers.urls)}
    assert (stored[THIRD].name, stored[THIRD].kpi_target, stored[THIRD].url) == ("Harbor & Sons", 40, URL)
    assert await roster.active(house.database, providers) == (THIRD,)
    assert (await discovery(house, providers).once()).new == ()


async def test_a_target_that_the_configuration_does_not_tell_stays(house: House, northwind: Space) -> None:
    """A client configured without one keeps what was adopted from the old system's database, and so do the others."""
    async with house.database.write() as tx:
        await workspaces.set_target(tx, northwind.key, 25)
    targets = {northwind.key: None}
    await Discovery(house.database, house.providers, house.clock, house.bus, targets).once()
    async with house.database.read() as tx:
        stored = {row.key: row.kpi_target for row in await workspaces.all_of(tx, {})}
    assert stored == {northwind.key: 25, WorkspaceKey("main", 13): None}


async def test_workspaces_that_no_key_reads_are_told(house: House, third: Space) -> None:
    """A key that sees several serves the one it reads; the others are registered, and each says what it lacks."""
    house.provider.keys["key-of-14"] = [14, 12, 13]
    providers = one_key(house)
    found = await discovery(house, providers).once()
    assert found.unserved == (WorkspaceKey("main", 12), WorkspaceKey("main", 13))
    assert (await house.watched(WorkspaceKey("main", 12))).poll_error == (
        "no API key serves main/12; the key of instance main reads main/14 "
        "(give each workspace an api-user key of its own under instances: workspaces:; "
        "`bisonwatch keys mint` makes them out of a super-admin key)"
    )
    with pytest.raises(ConfigError, match="no API key serves main/13"):
        await providers.client(WorkspaceKey("main", 13))


async def test_only_chosen_workspaces_are_registered(house: House, third: Space) -> None:
    """What the configuration does not watch is not taken in."""
    house.provider.keys["key-of-14"] = [14, 13]
    found = await discovery(house, one_key(house, workspaces=[14])).once()
    assert found.seen == (THIRD,)


async def test_a_chosen_workspace_that_no_key_reads_is_shown(house: House, third: Space) -> None:
    """What the configuration names is registered even before anybody could read it, with what is wrong."""
    providers = one_key(house, workspaces=[14, 15])
    found = await discovery(house, providers).once()
    lost = WorkspaceKey("main", 15)
    assert (found.seen, found.unserved) == ((THIRD, lost), (lost,))
    assert "no API key serves main/15" in ((await house.watched(lost)).poll_error or "")
    async with house.database.read() as tx:
        assert (await workspaces.names(tx))[lost] == "workspace 15"


async def test_a_key_for_another_workspace_is_recorded(house: House, northwind: Space) -> None:
    """Beside the workspace it was given for; the other keys are asked all the same."""
    house.provider.keys["key-of-12"] = [13]
    found = await discovery(house).once()
    error = (await house.watched(northwind.key)).poll_error
    assert error is not None
    assert found.failed == (error,)
    with pytest.raises(WrongWorkspace):
        await house.providers.client(northwind.key)


async def test_a_switched_key_is_noticed(house: House, third: Space) -> None:
    """Somebody switched the shared key's workspace: the check says so."""
    providers = one_key(house)
    checker = discovery(house, providers)
    assert await checker.check() == ()
    house.provider.keys["key-of-14"] = [13]
    (said,) = await checker.check()
    assert said.startswith("the key of instance main now reads main/13, no longer main/14")


async def test_a_rejected_key_is_named(house: House, northwind: Space) -> None:
    """The provider's refusal stands beside the workspace."""
    house.provider.keys.pop("key-of-12")
    found = await discovery(house).once()
    assert len(found.failed) == 1
    assert "401" in ((await house.watched(northwind.key)).poll_error or "")
    with pytest.raises(KeyRejected):
        await house.providers.client(northwind.key)


async def test_who_is_asked_once_an_hour(house: House, northwind: Space) -> None:
    """Many jobs at once ask a key only once whom it reads."""
    for _ in range(3):
        await house.providers.client(northwind.key)
    await house.clock.advance(3600)
    await house.providers.client(northwind.key)
    assert house.provider.count("/api/users") == 2


async def test_unknown_places_are_refused_in_words(house: House) -> None:
    """No such instance, and no such workspace."""
    with pytest.raises(ConfigError, match="no instance is called other"):
        house.providers.key(WorkspaceKey("other", 1))
    with pytest.raises(ConfigError, match="no API key serves main/99"):
        house.providers.key(WorkspaceKey("main", 99))
    assert not house.providers.serves(WorkspaceKey("main", 99))


async def test_an_instance_away_fails_for_its_keys_only(house: House) -> None:
    """Discovery never raises for a provider that is away."""
    house.provider.fault = lambda _request: httpx.Response(502, text="<html>")
    found = await discovery(house).once()
    assert (len(found.failed), found.new) == (2, ())
