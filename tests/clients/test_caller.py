"""Asking again, waiting, counting, and the time at which an answer was true."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bisonwatch.clients.bison.breaker import BreakerState
from bisonwatch.clients.bison.caller import Usage
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import KeyRejected, ProviderBusy, ProviderUnreachable, RequestRefused
from tests.clients.provider import Provider, Reply, answer, rest
from tests.support.clock import START, ManualClock, settle

ME = answer(rest("users.live-workspace"))


@pytest.mark.parametrize(
    "failure", [answer(b"", 503), answer(b"<html>", 502), httpx.ReadTimeout("x"), httpx.ConnectError("x")]
)
async def test_a_read_is_tried_three_times(failure: Reply) -> None:
    """Network errors, time-outs and 5xx are asked again after about one and two seconds."""
    provider = Provider([failure, failure, ME])
    assert (await provider.client.whoami()).workspace.id == 12
    first, second = provider.clock.slept
    assert 0.75 <= first <= 1.25
    assert 1.5 <= second <= 2.5
    assert provider.client.usage == Usage(requests=3, retries=2, throttled=0)


async def test_the_third_failure_is_the_answer() -> None:
    """After three tries the last error is raised."""
    provider = Provider([answer(rest("error.500"), 500)])
    with pytest.raises(ProviderUnreachable, match="answered 500"):
        await provider.client.whoami()
    assert len(provider.asked) == 3


@pytest.mark.parametrize(("status", "error"), [(401, KeyRejected), (422, RequestRefused)])
async def test_a_refusal_is_not_asked_again(status: int, error: type[Exception]) -> None:
    """Any other 4xx is final."""
    provider = Provider([answer({"message": "no"}, status)])
    with pytest.raises(error):
        await provider.client.whoami()
    assert len(provider.asked) == 1
    assert provider.clock.slept == []


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        (answer(rest("error.429.framework"), 429, Retry_After="30"), 30, 30),
        (answer(rest("error.429"), 429), 8, 8),
        (answer(rest("error.429.framework"), 429), 45, 60),
        (answer(b"", 429, Retry_After="Mon, 14 Sep 2026 18:00:20 GMT"), 20, 20),
        (answer(b"", 429, Retry_After="86400"), 300, 300),
    ],
)
async def test_busy_is_waited_out(reply: Reply, least: float, most: float) -> None:
    """A 429 is obeyed for as long as it says, within reason, else for 45 to 60 seconds, and is counted."""
    provider = Provider([reply, ME])
    await provider.client.whoami()
    assert len(provider.clock.slept) == 1
    assert least <= provider.clock.slept[0] <= most
    assert provider.client.usage == Usage(requests=2, retries=1, throttled=1)


async def test_one_keys_429_rests_the_whole_instance() -> None:
    """Another client of the instance waits too, and a person is told instead of made to wait."""
    clock = ManualClock()
    provider = Provider([answer(b"", 429, Retry_After="30"), ME], clock)
    first = asyncio.create_task(provider.client.whoami())
    await settle()
    with pytest.raises(ProviderBusy, match="asks to be left alone for 30 s") as caught:
        await provider.client.at(Priority.INTERACTIVE).whoami()
    assert caught.value.retry_after == 30
    second = asyncio.create_task(provider.client.at(Priority.BACKFILL).whoami())
    await clock.advance(29)
    assert len(provider.asked) == 1
    await clock.advance(1.1)
    assert await first == await second
    assert len(provider.asked) == 3


@pytest.mark.parametrize(
    ("failure", "asked"),
    [
        (httpx.ConnectError("x"), 2),
        (httpx.ReadTimeout("x"), 1),
        (answer(b"", 503), 1),
        (answer(b"", 429, Retry_After="1"), 1),
    ],
)
async def test_a_write_is_tried_again_only_when_it_cannot_have_arrived(failure: Reply, asked: int) -> None:
    """A write whose fate is unknown is not sent twice."""
    provider = Provider([failure, answer(rest("webhook-url.created.201"), 201)])
    events = ["email_sent", "lead_replied"]
    try:
        made = await provider.client.subscriptions.create("Mirror", "https://mirror.example/hooks", events)
    except (ProviderUnreachable, ProviderBusy):
        made = None
    assert len(provider.asked) == asked
    assert (made is not None) == (asked == 2)


async def test_what_writes_say() -> None:
    """Subscribing, replacing, switching and minting send the provider's own fields."""
    made = answer(rest("webhook-url.created.201"), 201)
    key = answer(rest("workspaces.api-token-created"))
    provider = Provider(
        [made, made, answer(rest("workspaces.switch")), key, answer(rest("webhook-events.test-event"))]
    )
    await provider.client.subscriptions.create("Mirror", "https://mirror.example/h", ["email_sent"])
    await provider.client.subscriptions.replace(112, "Mirror", "https://mirror.example/h", ["email_sent"])
    await provider.client.workspaces.switch(13)
    assert (await provider.client.workspaces.mint_key(12, "mirror")).startswith("41|INVENTED")
    await provider.client.subscriptions.test("email_sent", "https://mirror.example/h?canary=1")
    assert [(r.method, r.url.path, r.content) for r in provider.asked] == [
        (
            "POST",
            "/api/webhook-url",
            b'{"name":"Mirror","url":"https://mirror.example/h","events":["email_sent"]}',
        ),
        (
            "PUT",
            "/api/webhook-url/112",
            b'{"name":"Mirror","url":"https://mirror.example/h","events":["email_sent"]}',
        ),
        ("POST", "/api/workspaces/v1.1/switch-workspace", b'{"team_id":13}'),
        ("POST", "/api/workspaces/v1.1/12/api-tokens", b'{"name":"mirror"}'),
        (
            "POST",
            "/api/webhook-events/test-event",
            b'{"event_type":"email_sent","url":"https://mirror.example/h?canary=1"}',
        ),
    ]


async def test_the_breaker_spares_a_dead_instance() -> None:
    """After five failures in a row nothing is sent for a minute; then one probe decides."""
    provider = Provider([answer(b"", 503)] * 5 + [ME])
    for _ in range(2):
        with pytest.raises(ProviderUnreachable):
            await provider.client.whoami()
    assert len(provider.asked) == 5
    assert provider.breaker.state is BreakerState.OPEN
    with pytest.raises(ProviderBusy) as left_alone:
        await provider.client.whoami()
    assert re.fullmatch(
        r"the instance did not answer 5 times in a row, the last time: \S+ GET /api/users: answered 503; "
        r"asked again in \d+ s",
        str(left_alone.value),
    )
    assert len(provider.asked) == 5
    await provider.clock.sleep(60)
    assert (await provider.client.whoami()).workspace.id == 12
    assert provider.breaker.state.value == BreakerState.CLOSED


async def test_the_pace_learns_from_every_answer() -> None:
    """The announced limit and what remains of it set the speed."""
    provider = Provider(
        [answer(rest("users.live-workspace"), x_ratelimit_limit="600", x_ratelimit_remaining="60")]
    )
    await provider.client.whoami()
    assert provider.pace.per_second == pytest.approx(600 * 0.8 / 60 * 60 / 120)


async def test_a_read_is_dated_before_its_request_in_the_providers_clock() -> None:
    """An hour's difference of clocks is seen in the first answer and taken into account."""
    ahead = START + timedelta(hours=1)
    dated = answer(rest("sender-emails.detail"), Date=ahead.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    provider = Provider([dated])
    row = await provider.client.accounts.one(3301, WorkspaceKey("main", 12))
    assert abs(row.known_at - ahead) <= timedelta(seconds=1)
    plain = Provider([answer(rest("sender-emails.detail"))])
    assert (await plain.client.accounts.one(3301, WorkspaceKey("main", 12))).known_at == START


async def test_the_series_has_its_date() -> None:
    """The second witness says as of when it speaks."""
    provider = Provider([answer(rest("workspaces.line-area-chart-stats"))])
    day = datetime(2026, 9, 14, tzinfo=UTC).date()
    told = await provider.client.workspaces.series(day, day)
    assert (told.known_at, told.rejected, len(told.days)) == (START, (), 6)
    assert provider.queries == [{"start_date": "2026-09-14", "end_date": "2026-09-14"}]


async def test_each_job_counts_its_own_requests() -> None:
    """A client made for a job has its own Usage."""
    provider = Provider([ME])
    job = provider.client.at(Priority.BACKFILL)
    await job.whoami()
    assert (job.usage.requests, provider.client.usage.requests) == (1, 0)


async def test_small_lists() -> None:
    """Subscriptions, event types and plans come whole."""
    subscriptions = Provider([answer(rest("webhook-url.list"))]).client.subscriptions.all()
    types = Provider([answer(rest("webhook-events.event-types"))]).client.subscriptions.types()
    planned = Provider([answer(rest("campaigns.sending-schedules"))]).client.sequences.planned("tomorrow")
    assert [row.id for row in await subscriptions] == [112]
    assert len(await types) == 17
    assert await planned == {614: 120}


async def test_who_stands_in_line_heeds_a_429() -> None:
    """One has used up the second's token and is told to wait: those who had asked for their turn before wait for as long."""
    clock = ManualClock()
    provider = Provider([answer(b"", 429, Retry_After="30"), ME], clock)
    provider.pace.learn({"x-ratelimit-limit": "60"})
    tasks = [asyncio.create_task(provider.client.whoami()) for _ in range(3)]
    await clock.advance(29.9)
    assert len(provider.asked) == 1
    await clock.advance(10)
    await asyncio.gather(*tasks)
    assert provider.client.usage == Usage(requests=4, retries=1, throttled=1)


async def test_who_waits_for_a_turn_hears_of_the_rest_too() -> None:
    """What stood in the queue when the 429 came is not sent on top of it: nobody asks the instance before its time."""
    clock = ManualClock()
    slow = answer(rest("users.live-workspace"), x_ratelimit_limit="60")
    provider = Provider([slow, slow, answer(b"", 429, Retry_After="30"), ME], clock)
    for _ in range(2):
        await provider.client.whoami()
    asking = [asyncio.create_task(provider.client.at(Priority.RECONCILE).whoami()) for _ in range(10)]
    await clock.advance(31)
    assert len(provider.asked) == 3
    await clock.advance(15)
    await asyncio.gather(*asking)
    assert len(provider.asked) == 3 + 10
