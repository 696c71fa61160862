"""Checklist: rate-limit headers, the budget of a minute, and the other one, over hours."""

from __future__ import annotations

from tests.simulator.conftest import Lab, fixture


async def codes(lab: Lab, count: int, key: str | None = None) -> list[int]:
    return [(await lab.get("/api/users", key=key)).status_code for _ in range(count)]


async def test_headers_on_good_answers_and_on_refusals(lab: Lab) -> None:
    """Both headers on 200 and on 404; on 429 nothing remains."""
    good, missing = await lab.get("/api/users"), await lab.get("/api/campaigns/1")
    lab.limit(per_minute=2)
    spent = await lab.get("/api/users")
    assert [answer.headers["x-ratelimit-limit"] for answer in (good, missing, spent)] == ["3000", "3000", "2"]
    assert [answer.headers["x-ratelimit-remaining"] for answer in (good, missing, spent)] == [
        "2999",
        "2998",
        "0",
    ]


async def test_the_minutes_budget_per_key_or_for_the_instance(lab: Lab) -> None:
    """Two keys have a budget each, or share one."""
    lab.limit(per_minute=2)
    other = lab.world.api_key(13)
    each = await codes(lab, 3) + await codes(lab, 3, other)
    lab.clock.forward(minutes=1)
    lab.limit(scope="instance")
    shared = await codes(lab, 2) + await codes(lab, 1, other)
    assert each == [200, 200, 429, 200, 200, 429]
    assert shared == [200, 200, 429]


async def test_the_long_run_is_refused_to_every_key_at_once(lab: Lab) -> None:
    """Well within each minute, too much over time fills the bucket: then every key waits for the whole block."""
    lab.limit(long_rate=1, long_burst=10, long_block=45)
    many = await codes(lab, 10)
    blocked = await lab.get("/api/users", key=lab.world.api_key(13))
    lab.clock.forward(seconds=44)
    still = await codes(lab, 1)
    lab.clock.forward(seconds=1)
    back = await codes(lab, 1)
    assert many == [200] * 10
    assert (blocked.status_code, blocked.headers["retry-after"]) == (429, "45")
    assert (still, back) == ([429], [200])


async def test_a_steady_pace_below_the_leak_is_never_refused(lab: Lab) -> None:
    """A request a second goes on for ever where the bucket leaks one a second; two a second do not."""
    lab.limit(long_rate=1, long_burst=10)
    steady = []
    for _ in range(100):
        steady += await codes(lab, 1)
        lab.clock.forward(seconds=1)
    twice = []
    for _ in range(20):
        twice += await codes(lab, 2)
        lab.clock.forward(seconds=1)
    assert set(steady) == {200}
    assert 429 in twice


async def test_without_a_rate_there_is_no_long_run(lab: Lab) -> None:
    """As it starts only the minute counts, and an unknown key spends nothing of it."""
    lab.limit(long_burst=1)
    unknown = await codes(lab, 2, "1|nobody")
    assert await codes(lab, 5) == [200] * 5
    assert unknown == [401, 401]
    lab.limit(per_minute=5)
    spent = await lab.get("/api/users")
    assert (spent.status_code, spent.json()) == (429, {**fixture("rest/error.429.json"), "retry_after": 60})


async def test_the_books_say_what_was_asked_and_refused(lab: Lab) -> None:
    """All requests with a known key, those answered 429, and the fullest minute: what a test of somebody's pace looks at."""
    lab.limit(per_minute=4)
    await codes(lab, 6)
    told = (await lab.client.get("/_sim/world")).json()["requests"]
    assert told == {"asked": 6, "refused": 2, "most_in_a_minute": 4}
