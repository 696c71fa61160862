"""What the families of routes promise beyond single answers: where walks end, what is tried again, what leads nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import date, time
from typing import Any

import httpx
import pytest

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.caller import Usage
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.rows import Broken
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import ProviderBusy, ProviderUnreachable, RecordMissing, RequestRefused
from tests.clients.provider import Provider, answer, rest, rest_json

DAY = date(2026, 9, 14)
REPLY = rest_json("replies.detail")["data"]
WORKSPACE = WorkspaceKey("main", 12)


def inbox(top: int, bottom: int, per_page: int = 3) -> Callable[[httpx.Request], httpx.Response]:
    """Replies of falling ids, by cursor."""

    def reply(request: httpx.Request) -> httpx.Response:
        first = int(request.url.params.get("cursor", top))
        ids = [number for number in range(first, first - per_page, -1) if number >= bottom]
        following = str(ids[-1] - 1) if ids[-1] > bottom else None
        return answer({"data": [{**REPLY, "id": n} for n in ids], "meta": {"next_cursor": following}})

    return reply


@pytest.mark.parametrize(
    ("newer_than", "pages", "lowest"),
    [(100, 1, 98), (98, 1, 98), (97, 2, 95), (96, 2, 95), (None, 4, 90), (1, 4, 90)],
)
async def test_a_walk_ends_at_the_page_that_reaches_an_id(
    newer_than: int | None, pages: int, lowest: int
) -> None:
    """Newest first, down to the page with the last known id, or, when that row is gone, where it was."""
    provider = Provider([inbox(100, 90)])
    found = [page async for page in provider.client.replies.pages(newer_than=newer_than)]
    assert found[-1].ids[-1] == lowest
    assert len(provider.asked) == len(found) == pages


async def test_a_page_without_any_id_does_not_end_a_walk() -> None:
    """Rows that cannot be read tell nothing of where the walk is."""
    nameless = answer({"data": [{"id": None}], "meta": {"next_cursor": "95"}})
    provider = Provider([nameless, inbox(95, 90)])
    found = [page async for page in provider.client.replies.pages(newer_than=94)]
    assert [page.ids for page in found] == [(), (95, 94, 93)]
    assert [row.path for row in found[0].rejected] == ["data[0].id"]


async def test_a_walk_down_to_an_id_never_goes_by_pages() -> None:
    """Pages that are read side by side come in no order, so that a walk with an end goes by cursor."""
    provider = Provider([answer(rest("leads.cursor-last-page"))])
    await anext(provider.client.leads.pages(abreast=4, newer_than=870000))
    assert provider.queries == [{"pagination_type": "cursor"}]


@pytest.mark.parametrize("failure", [answer(b"", 503), answer(b"<html>", 502), httpx.ReadTimeout("x")])
async def test_a_read_by_post_is_tried_again(failure: httpx.Response | Exception) -> None:
    """The summary of a campaign is a POST that changes nothing."""
    provider = Provider([failure, failure, answer(rest("campaigns.stats.numbers"))])
    assert (await provider.client.campaigns.summary(614, DAY, DAY)).sent == 412
    assert provider.client.usage == Usage(requests=3, retries=2)


async def test_a_command_of_unknown_fate_is_not_given_twice() -> None:
    """A webhook is not asked for again, nor a key made twice, when the answer was lost."""
    commands: list[Callable[[BisonClient], Awaitable[Any]]] = [
        lambda client: client.events.retry(990101),
        lambda client: client.workspaces.mint_key(12, "mirror"),
        lambda client: client.workspaces.switch(13),
        lambda client: client.subscriptions.test("email_sent", "https://mirror.example/h"),
    ]
    for command in commands:
        provider = Provider([httpx.ReadTimeout("x")])
        with pytest.raises(ProviderUnreachable):
            await command(provider.client)
        assert len(provider.asked) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b'{"data":[]}', b'{"data":{"success":true}}'])
async def test_commands_need_no_words(body: bytes) -> None:
    """An empty 200 to a command is good; what it would have told is None."""
    client = Provider([answer(body)]).client
    assert await client.events.retry(990101) is None
    assert await client.workspaces.switch(13) is None
    await client.subscriptions.test("email_sent", "https://mirror.example/h")
    await client.subscriptions.delete(112)


async def test_a_page_that_fails_is_tried_again() -> None:
    """In the middle of a walk one page may fail twice; the walk goes on where it was."""
    pages = inbox(100, 95)
    provider = Provider([pages, answer(b"<html>", 502), httpx.ReadTimeout("x"), pages])
    found = [page async for page in provider.client.replies.pages()]
    assert [page.ids for page in found] == [(100, 99, 98), (97, 96, 95)]
    assert provider.client.usage == Usage(requests=4, retries=2)


async def test_a_refusal_on_a_200_ends_a_walk() -> None:
    """success: false is an error wherever a list was asked for, and is not tried again."""
    provider = Provider([answer(rest("sequence-steps.missing.200"))])
    with pytest.raises(RequestRefused, match="refused: Sequence steps do not exist") as caught:
        await anext(provider.client.replies.pages())
    assert caught.value.status == 200
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"data": {"success": False, "message": "The sequence is being rewritten"}}, 200),
        ({"data": {"success": False, "message": "Sequence steps do not exist"}}, 422),
    ],
)
async def test_only_a_missing_sequence_is_no_error(body: dict[str, object], status: int) -> None:
    """Any other refusal of the steps is told, and no answer at all is not an empty sequence."""
    with pytest.raises(RequestRefused):
        await Provider([answer(body, status)]).client.sequences.steps(614)
    for empty in (b"", b'{"data":{}}', b'{"data":{"sequence_steps":{}}}', b'{"data":null}'):
        with pytest.raises(ProviderUnreachable, match="without a list of steps"):
            await Provider([answer(empty)]).client.sequences.steps(614)


async def test_a_campaign_without_schedule_says_so() -> None:
    """A 404 for its schedule is a missing record."""
    with pytest.raises(RecordMissing):
        await Provider([answer(rest("error.404.record"), 404)]).client.sequences.schedule(999999)


@pytest.mark.parametrize("name", ["", "..", "../webhook-url", "7/../../users", "-1", "nobody", "7?x=1"])
async def test_only_an_id_or_an_address_names_a_record(name: str) -> None:
    """What a delivery calls a lead leads to no other route: nothing is asked for it."""
    client_calls: list[Callable[[BisonClient], Awaitable[Any]]] = [
        lambda client: client.leads.one(name),
        lambda client: client.accounts.one(name, WORKSPACE),
        lambda client: client.accounts.warmup(name, DAY, DAY),
    ]
    for call in client_calls:
        provider = Provider([answer(rest("leads.detail"))])
        with pytest.raises(RequestRefused, match="neither an id nor an address"):
            await call(provider.client)
        assert provider.asked == []


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("a+b@molar.example", b"/api/leads/a%2Bb@molar.example"),
        ("../users@molar.example", b"/api/leads/..%2Fusers@molar.example"),
        ("a?b#c@molar.example", b"/api/leads/a%3Fb%23c@molar.example"),
        ("870052", b"/api/leads/870052"),
    ],
)
async def test_an_address_is_one_piece_of_the_path(address: str, path: bytes) -> None:
    """Whatever an address holds, it stays in its place."""
    provider = Provider([answer(rest("leads.detail"))])
    await provider.client.leads.one(address)
    assert provider.asked[0].url.raw_path == path


async def test_several_ids_are_several_parameters() -> None:
    """A list is sent as name[] once for each, and an empty one not at all."""
    provider = Provider([answer(rest("campaign-events.stats"))])
    await provider.client.accounts.series(DAY, DAY, accounts=[1, 2, 3])
    assert provider.asked[0].url.params.multi_items() == [
        ("start_date", "2026-09-14"),
        ("end_date", "2026-09-14"),
        ("sender_email_ids[]", "1"),
        ("sender_email_ids[]", "2"),
        ("sender_email_ids[]", "3"),
    ]


async def test_the_status_filter_of_campaigns_keeps_its_space() -> None:
    """The provider's own word is sent as it is."""
    provider = Provider([answer(rest("campaigns.page-1-of-1"))])
    await anext(provider.client.campaigns.pages(status="pending deletion"))
    assert provider.asked[0].url.query == b"status=pending+deletion&page=1"


@pytest.mark.parametrize("status", [2, "2", 0, 7.0, None, "", {}, True])
def test_a_status_that_is_a_code_is_unknown(status: object) -> None:
    """The codes of nested campaigns are not published: no word is made of them."""
    assert wire.campaign_row({"id": 614, "status": status}).status is None


@pytest.mark.parametrize("status", ["Pending Deletion", "pending deletion", " PENDING DELETION "])
def test_a_status_has_one_spelling(status: str) -> None:
    """Title case, lower case and capitals are one word."""
    assert wire.campaign_row({"id": 614, "status": status}).status == "pending deletion"


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("08:00", time(8)),
        ("08:00:00", time(8)),
        ("24:00", None),
        ("8:00", None),
        (800, None),
        (None, None),
    ],
)
def test_times_of_day(told: object, read: time | None) -> None:
    """Hours and minutes, with or without seconds; anything else rejects the schedule."""
    raw = {"id": 55, "monday": 1, "start_time": told, "end_time": "17:00", "timezone": "Europe/Oslo"}
    if read is None:
        with pytest.raises(Broken, match="start_time"):
            wire.schedule_row(raw)
    else:
        assert wire.schedule_row(raw).start == read
        assert wire.schedule_row(raw).days == {0}


def test_a_summary_without_numbers_is_no_zero() -> None:
    """Null is unknown; a summary that does not even say what was sent is none."""
    raw = dict.fromkeys(rest_json("workspaces.stats.numbers")["data"])
    with pytest.raises(Broken, match="emails_sent"):
        wire.summary(raw, Provider([]).clock.now())
    told = wire.summary({**raw, "emails_sent": "0"}, Provider([]).clock.now())
    assert (told.sent, told.bounced, told.opened_percent, told.steps) == (0, None, None, ())


def test_a_step_of_a_summary_fails_alone() -> None:
    """One broken step leaves the summary and its other steps."""
    raw = rest_json("campaigns.stats.numbers")["data"]
    steps = [{**raw["sequence_step_stats"][0], "sequence_step_id": None}, raw["sequence_step_stats"][1]]
    told = wire.summary({**raw, "sequence_step_stats": steps}, Provider([]).clock.now())
    assert [step.step_id for step in told.steps] == [7312]
    assert [row.path for row in told.rejected] == ["data[0].sequence_step_id"]


async def test_a_skipped_row_is_logged_with_its_path(caplog: pytest.LogCaptureFixture) -> None:
    """Of short lists the client itself says what it skipped, and why."""
    body = {"data": [{"id": 9}, {"id": 13, "name": "Google"}, 7], "meta": {}}
    with caplog.at_level(logging.WARNING):
        (tag,) = await Provider([answer(body)]).client.labels.tags()
    assert tag.name == "Google"
    assert [record.getMessage() for record in caplog.records] == [
        "/api/tags: skipped data[0].name: cannot be read: None",
        "/api/tags: skipped data[2]: expected an object, found int",
    ]


async def test_a_429_rests_a_walk_and_then_goes_on() -> None:
    """Without a header the whole instance is left alone for 45 to 60 seconds, and the page is asked for again."""
    pages = inbox(100, 95)
    provider = Provider([pages, answer(rest("error.429.framework"), 429), pages])
    assert len([page async for page in provider.client.replies.pages()]) == 2
    (rested,) = provider.clock.slept
    assert 45 <= rested <= 60
    with pytest.raises(ProviderBusy):
        await anext(Provider([answer(b"", 429)]).client.replies.pages())
