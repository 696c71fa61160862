"""Subscriptions as a person looks at them from the terminal: looked at, repaired, tried."""

from __future__ import annotations

import httpx
import pytest

from bisonwatch.domain.subscription import Around, Change, Mended, SubscriptionState
from bisonwatch.engine.hooks import Hooks
from bisonwatch.errors import ProviderError
from tests.sync.conftest import House
from tests.sync.provider import Space
from tests.sync.test_pushing import FOREIGN, arriving


def hooks_of(house: House) -> Hooks:
    return Hooks(house.database, house.hooks, house.canaries)


async def test_every_workspace_is_told_though_nobody_looked(
    house: House, northwind: Space, cobalt: Space
) -> None:
    """Nothing is asked of the provider for it; what else is there is not known yet."""
    found = await hooks_of(house).all()
    assert [hook.standing.workspace for hook in found] == [northwind.key, cobalt.key]
    assert all(hook.standing.look is None and hook.around is None and hook.trouble is None for hook in found)
    assert house.provider.asked == []


async def test_a_look_counts_others_and_touches_none(house: House, northwind: Space) -> None:
    """Ours and theirs, with the moment of the look; later it is told without asking again."""
    northwind.hooks[1] = dict(FOREIGN)
    northwind.hooks[2] = dict(FOREIGN) | {"id": 2}
    hooks = hooks_of(house)
    found = await hooks.look(northwind.key)
    assert found.standing.look is not None
    assert found.standing.look.state is SubscriptionState.NONE
    assert found.around == Around(2, 0, house.clock.now())
    assert northwind.hooks == {1: FOREIGN, 2: FOREIGN | {"id": 2}}
    house.provider.asked.clear()
    assert (await hooks.all())[0] == found
    assert house.provider.asked == []


async def test_a_repair_says_what_it_did(house: House, northwind: Space) -> None:
    """Made, then right already; others' stay, and one of ours too many is named."""
    northwind.hooks[1] = dict(FOREIGN)
    hooks = hooks_of(house)
    made = await hooks.repair(northwind.key)
    assert (made.change, made.spare) == (Change.CREATED, ())
    northwind.hooks[77] = dict(northwind.hooks[made.number]) | {"id": 77}
    again = await hooks.repair(northwind.key)
    assert again == Mended(Change.UNCHANGED, again.number, made.types, again.spare)
    assert {again.number, *again.spare} == {made.number, 77}
    assert (await hooks.all())[0].around == Around(1, 2, house.clock.now())
    assert northwind.hooks[1] == FOREIGN


async def test_a_test_event_arrives_or_tells_why_not(house: House, northwind: Space) -> None:
    """And how it ended is stored."""
    await house.living()
    hooks = hooks_of(house)
    await hooks.repair(northwind.key)
    lost = await hooks.test(northwind.key)
    assert lost.took is None
    assert lost.error
    assert (await hooks.all())[0].standing.canary_failed_since is not None
    arriving(house)
    await house.living()
    assert (await hooks.test(northwind.key)).took is not None
    standing = (await hooks.all())[0].standing
    assert (standing.canary_failed_since, standing.canary_error) == (None, None)
    assert standing.canary_arrived_at is not None


async def test_without_an_address_it_says_so(house: House, northwind: Space) -> None:
    """Beside every workspace, before anybody tries; a look at what is not there needs none."""
    house.public_url = None
    hooks = hooks_of(house)
    assert all("listener.public_url is not set" in (hook.trouble or "") for hook in await hooks.all())
    assert (await hooks.look(northwind.key)).around == Around(0, 0, house.clock.now())


async def test_a_provider_that_does_not_answer_leaves_what_was_known(house: House, northwind: Space) -> None:
    """The error is the answer; nothing is written."""
    hooks = hooks_of(house)
    await hooks.repair(northwind.key)
    before = await hooks.all()
    await house.clock.advance(60)
    house.provider.fault = lambda _request: httpx.Response(502, text="<html>Bad Gateway</html>")
    with pytest.raises(ProviderError):
        await hooks.look(northwind.key)
    assert await hooks.all() == before
