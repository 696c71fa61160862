from __future__ import annotations

import pytest

from bisonwatch.domain.event import SUBSCRIBABLE
from bisonwatch.errors import ConfigError
from bisonwatch.sync.subscriptions import Change, Subscriptions, ours, wanted_url
from tests.sync.conftest import House
from tests.sync.provider import Space

PUBLIC = "https://hooks.example.com"
ALL = [kind.value for kind in SUBSCRIBABLE]
FOREIGN = {"id": 1, "name": "Zapier", "url": "https://hooks.zapier.example/abc", "events": ["email_sent"]}
NEIGHBOUR = {
    "id": 2,
    "name": "b",
    "url": f"{PUBLIC}/webhooks/main2/secret?workspace=12",
    "events": ["email_sent"],
}


def subscriptions(house: House, public_url: str | None = PUBLIC) -> Subscriptions:
    return Subscriptions(
        house.database, house.providers, house.clock, lambda: public_url, {"main": "new-secret"}
    )


def test_the_address_names_instance_secret_and_workspace() -> None:
    """The token is quoted, so that any text can be one."""
    assert wanted_url(PUBLIC + "/", "main", "a/b c", 12) == f"{PUBLIC}/webhooks/main/a%2Fb%20c?workspace=12"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{PUBLIC}/webhooks/main/old?workspace=12", True),
        ("http://HOOKS.example.com/webhooks/main/old", True),
        (f"{PUBLIC}/webhooks/main2/old", False),
        (f"{PUBLIC}/other/webhooks/main/old", False),
        ("https://hooks.example.com.evil.example/webhooks/main/x", False),
        ("https://hooks.example.com:8443/webhooks/main/x", False),
    ],
)
def test_whose_address_it_is(url: str, expected: bool) -> None:
    """Ours is the same host and the same instance, whatever the token."""
    assert ours(url, PUBLIC, "main") is expected


async def test_registering_twice_is_nothing(house: House, northwind: Space) -> None:
    """Once made, a subscription is found again; others' are left as they are; since when it is there is remembered."""
    northwind.hooks = {1: dict(FOREIGN), 2: dict(NEIGHBOUR)}
    worker = subscriptions(house)
    first = await worker.register(northwind.key)
    since = house.clock.now()
    await house.clock.advance(60)
    again = await worker.register(northwind.key)
    assert (first.change, again.change) == (Change.CREATED, Change.UNCHANGED)
    assert northwind.hooks.pop(101) == {
        "id": 101,
        "name": "bisonwatch",
        "url": f"{PUBLIC}/webhooks/main/new-secret?workspace=12",
        "events": ALL,
    }
    assert northwind.hooks == {1: FOREIGN, 2: NEIGHBOUR}
    assert (await house.watched(northwind.key)).subscribed_at == since


@pytest.mark.parametrize(
    ("url", "events"),
    [
        (f"{PUBLIC}/webhooks/main/old-secret?workspace=12", ALL),
        (f"{PUBLIC}/webhooks/main/new-secret?workspace=12", ["email_sent"]),
    ],
)
async def test_ours_is_repaired_in_place(house: House, northwind: Space, url: str, events: list[str]) -> None:
    """An old token or missing types are put right by one PUT, and misses count from then on."""
    northwind.hooks = {1: dict(FOREIGN), 5: {"id": 5, "name": "Mirror", "url": url, "events": events}}
    result = await subscriptions(house).register(northwind.key)
    assert result.change is Change.REPAIRED
    assert northwind.hooks[5]["url"] == f"{PUBLIC}/webhooks/main/new-secret?workspace=12"
    assert northwind.hooks[5]["events"] == ALL
    assert northwind.hooks[1] == FOREIGN
    assert (await house.watched(northwind.key)).subscribed_at == house.clock.now()


async def test_only_types_the_provider_offers(house: House, northwind: Space) -> None:
    """An older instance offers fewer types; a type it does not know would refuse the whole subscription."""
    house.provider.types = ["email_sent", "lead_replied", "a_new_one"]
    await subscriptions(house).register(northwind.key)
    assert northwind.hooks[101]["events"] == ["email_sent", "lead_replied"]


async def test_list_tells_ours_and_notices_that_it_is_gone(house: House, northwind: Space) -> None:
    """When somebody deleted our subscription, nothing can be missed any more until it is made again."""
    worker = subscriptions(house)
    northwind.hooks = {1: dict(FOREIGN)}
    await worker.register(northwind.key)
    assert [item.ours for item in await worker.list(northwind.key)] == [False, True]
    del northwind.hooks[101]
    assert [item.ours for item in await worker.list(northwind.key)] == [False]
    assert (await house.watched(northwind.key)).subscribed_at is None


async def test_remove_takes_only_ours(house: House, northwind: Space) -> None:
    """Other people's subscriptions survive."""
    worker = subscriptions(house)
    northwind.hooks = {1: dict(FOREIGN), 2: dict(NEIGHBOUR)}
    await worker.register(northwind.key)
    assert await worker.remove(northwind.key) == 1
    assert northwind.hooks == {1: FOREIGN, 2: NEIGHBOUR}


async def test_without_a_public_address(house: House, northwind: Space) -> None:
    """It says which setting is missing."""
    with pytest.raises(ConfigError, match="public_url"):
        await subscriptions(house, None).register(northwind.key)
