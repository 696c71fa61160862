"""Slow looks at the provider's push: does our subscription stand, and does a test event arrive?"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest

from bisonwatch.clients.bison.canonical import content_hash
from bisonwatch.domain.delivery import Delivery, Source
from bisonwatch.domain.event import SUBSCRIBABLE
from bisonwatch.domain.ids import uuid7
from bisonwatch.domain.run import Outcome
from bisonwatch.domain.subscription import Standing, SubscriptionState
from bisonwatch.store import inbox, subscriptions
from bisonwatch.sync.pushing import Pushing
from bisonwatch.sync.subscriptions import Change
from tests.sync.conftest import House
from tests.sync.provider import Space

ALL = [kind.value for kind in SUBSCRIBABLE]
FOREIGN = {"id": 1, "name": "Zapier", "url": "https://hooks.zapier.example/abc", "events": ["email_sent"]}


async def standing(house: House, space: Space) -> Standing:
    async with house.database.read() as tx:
        found = await subscriptions.get(tx, space.key)
    return found or Standing(space.key)


async def remark(house: House, space: Space) -> str | None:
    return (await standing(house, space)).remark


async def deliver(house: House, url: str) -> None:
    """The provider's test event reaches our listener, which puts it into the inbox."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    body = {"event": {"type": "EMAIL_SENT"}, "data": {"nonce": query["canary"]}}
    at = house.clock.now()
    delivery = Delivery(
        uuid7(at), "main", int(query["workspace"][0]), None, Source.WEBHOOK, at, orjson.dumps(body),
        content_hash(body), canary=query["canary"][0],
    )  # fmt: skip
    async with house.database.write() as tx:
        await inbox.put(tx, [delivery])


def arriving(house: House) -> None:
    """From now on every test event that is asked for arrives before the provider answers."""

    async def after(request: httpx.Request) -> None:
        if request.url.path.endswith("/test-event") and not house.provider.fault(request):
            await deliver(house, house.provider.tests[-1])

    house.provider.after = after


async def test_a_workspace_that_was_never_subscribed_is_only_polled(house: House, northwind: Space) -> None:
    """That is a choice, not a fault: nothing is registered unasked, and no test event is sent."""
    await house.living()
    done = await house.pushing.check()
    assert (done.outcome, done.error) == (Outcome.SUCCESS, None)
    found = await standing(house, northwind)
    assert (found.look and found.look.state, found.remark) == (SubscriptionState.NONE, None)
    assert (await house.pushing.canary()).outcome is Outcome.SUCCESS
    assert (northwind.hooks, house.provider.tests) == ({}, [])


async def test_one_that_somebody_deleted_is_noticed(house: House, northwind: Space) -> None:
    """With a sentence beside the workspace, since when, and the way out; others' subscriptions do not count."""
    northwind.hooks[1] = dict(FOREIGN)
    await house.hooks.register(northwind.key)
    del northwind.hooks[101]
    await house.clock.advance(3600)
    since = house.clock.now()
    await house.pushing.check()
    await house.clock.advance(3600)
    await house.pushing.check()
    found = await standing(house, northwind)
    assert found.remark == (
        "our webhook subscription is gone from the provider; `bisonwatch webhooks register` makes it anew"
    )
    assert (found.since, found.checked_at) == (since, house.clock.now())
    assert (await house.watched(northwind.key)).subscribed_at is None
    assert northwind.hooks == {1: FOREIGN}
    await house.hooks.register(northwind.key)
    assert await remark(house, northwind) is None


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"events": ALL[1:]}, "lacks email_sent"),
        ({"events": ALL[:-5]}, f"lacks {ALL[-5]}, {ALL[-4]} and 3 more"),
        (
            {"url": "https://hooks.example.com/webhooks/main/old-token?workspace=12"},
            "leads to an old address",
        ),
    ],
)
async def test_one_that_drifted_is_noticed_and_repaired_when_asked(
    house: House, northwind: Space, changed: dict[str, object], sentence: str
) -> None:
    """The look changes nothing at the provider; `register` does."""
    await house.hooks.register(northwind.key)
    good = dict(northwind.hooks[101])
    northwind.hooks[101].update(changed)
    await house.pushing.check()
    assert northwind.hooks[101] == good | changed
    assert await remark(house, northwind) == (
        f"our webhook subscription {sentence}; `bisonwatch webhooks register` repairs it"
    )
    assert (await house.hooks.register(northwind.key)).change is Change.REPAIRED
    assert northwind.hooks == {101: good}
    assert await remark(house, northwind) is None


async def test_after_the_public_address_moved_ours_is_found_by_its_number(
    house: House, northwind: Space
) -> None:
    """It is repaired in place, not made a second time; somebody else's at the old host is left alone."""
    await house.hooks.register(northwind.key)
    twin = northwind.hooks[101] | {"id": 7, "name": "staging"}
    northwind.hooks[7] = dict(twin)
    house.public_url = "https://new.example.com"
    await house.pushing.check()
    assert "leads to an old address" in (await remark(house, northwind) or "")
    assert (await house.hooks.register(northwind.key)).change is Change.REPAIRED
    assert northwind.hooks.pop(101)["url"] == "https://new.example.com/webhooks/main/hook-token?workspace=12"
    assert northwind.hooks == {7: twin}


async def test_a_number_that_is_somebody_elses_now_is_not_ours(house: House, northwind: Space) -> None:
    """Another address behind the number we knew: it is gone, and theirs is not touched."""
    await house.hooks.register(northwind.key)
    northwind.hooks[101] = FOREIGN | {"id": 101}
    assert await house.hooks.remove(northwind.key) == 0
    assert northwind.hooks == {101: FOREIGN | {"id": 101}}


async def test_whoever_asked_for_registration_gets_it_back(house: House, northwind: Space) -> None:
    """An engine that registers by itself puts right what went missing."""
    asked = Pushing(house.database, house.providers, house.hooks, house.canaries, repair=True)
    await asked.check()
    (first,) = northwind.hooks
    northwind.hooks.clear()
    await asked.check()
    assert [hook["events"] for hook in northwind.hooks.values()] == [ALL]
    assert first not in northwind.hooks
    assert await remark(house, northwind) is None


async def test_a_test_event_that_arrives_is_the_proof(house: House, northwind: Space, cobalt: Space) -> None:
    """Each subscribed workspace has its own, at its own address; when it arrived is kept."""
    await house.living()
    for space in (northwind, cobalt):
        await house.hooks.register(space.key)
    arriving(house)
    done = await house.pushing.canary()
    assert (done.outcome, done.error, done.tally.done) == (Outcome.SUCCESS, None, 2)
    head = "https://hooks.example.com/webhooks/main/hook-token?workspace="
    assert sorted(url.partition("&canary=")[0] for url in house.provider.tests) == [f"{head}12", f"{head}13"]
    assert len({url.partition("&canary=")[2] for url in house.provider.tests}) == 2
    for space in (northwind, cobalt):
        found = await standing(house, space)
        assert found.canary_arrived_at is not None
        assert found.canary_failed_since is None


FAR = "a listener answers at https://hooks.example.com, but the event is not in this database"
REASONS = [
    ({"reached": None}, f"{FAR}: does a firewall keep the provider out, or does a bisonwatch on another"),
    ({"reached": "cannot be connected to"}, "https://hooks.example.com (listener.public_url) cannot be conn"),
    ({"public_url": "http://127.0.0.1:8787"}, "127.0.0.1 in listener.public_url is an address that the prov"),
    (
        {"public_url": "http://10.2.3.4"},
        "10.2.3.4 in listener.public_url is an address that the provider can",
    ),
]


@pytest.mark.parametrize(("changed", "reason"), REASONS)
async def test_one_that_does_not_arrive_says_why(
    house: House, northwind: Space, changed: dict[str, str | None], reason: str
) -> None:
    """After its time; since when is kept over later failures, and ends with the first that arrives."""
    await house.living()
    for name, value in changed.items():
        setattr(house, name, value)
    await house.hooks.register(northwind.key)
    began = house.clock.now()
    done = await house.pushing.canary()
    assert done.outcome is Outcome.FAILED
    assert (house.clock.now() - began).total_seconds() == pytest.approx(30, abs=1)
    found = await standing(house, northwind)
    assert (found.canary_error or "").startswith(f"no test event within 30 s: {reason}")
    assert found.canary_failed_since == began
    await house.clock.advance(3600)
    await house.living()
    await house.pushing.canary()
    assert (await standing(house, northwind)).canary_failed_since == began
    assert f"no test event arrives since {began:%d %b %H:%M}: " in (await remark(house, northwind) or "")
    await house.living()
    arriving(house)
    flown = await house.canaries.fly([northwind.key])
    assert [landing.error for landing in flown] == [None]
    assert await remark(house, northwind) is None


async def test_a_listener_that_turns_it_away_is_named(house: House, northwind: Space) -> None:
    """A wrong token is the likeliest cause then."""
    await house.living(rejected=3)
    await house.hooks.register(northwind.key)

    async def reject(request: httpx.Request) -> None:
        if request.url.path.endswith("/test-event"):
            await house.living(rejected=5)

    house.provider.after = reject
    landed = await house.canaries.fly([northwind.key])
    assert landed[0].error == (
        "no test event within 30 s: the listener turned 2 deliveries away meanwhile; does the engine run with the same "
        "webhook_token as this configuration?"
    )


async def test_without_an_engine_nothing_is_asked(house: House, northwind: Space) -> None:
    """Nobody would listen; that is said at once, and is no failure of the way."""
    landed = await house.canaries.fly([northwind.key])
    assert "no engine is running on this database" in (landed[0].error or "")
    assert house.provider.tests == []
    assert (await standing(house, northwind)).canary_failed_since is None


async def test_one_key_that_fails_leaves_the_others(house: House, northwind: Space, cobalt: Space) -> None:
    """Its workspace says what is wrong with the key; the other's test event arrives."""
    await house.living()
    for space in (northwind, cobalt):
        await house.hooks.register(space.key)

    def refuse(request: httpx.Request) -> httpx.Response | None:
        mine = request.headers["authorization"].endswith("key-of-12")
        return httpx.Response(401, json={"message": "Unauthenticated."}) if mine else None

    house.provider.fault = refuse
    arriving(house)
    done = await house.pushing.canary()
    assert done.outcome is Outcome.PARTIAL
    assert "main/12: send.example POST /api/webhook-events/test-event: 401" in (done.error or "")
    assert (await standing(house, cobalt)).canary_arrived_at is not None
