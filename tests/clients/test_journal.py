"""What is written down of requests and of answers that could not be taken."""

from __future__ import annotations

from datetime import UTC, date, datetime

import httpx
import pytest

from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.expected import ACCOUNT, fields_of, odd
from bisonwatch.clients.bison.journal import Journal, template
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clients.bison.rows import shape
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import ProviderBusy, ProviderError
from bisonwatch.metrics import Ending, Endpoint
from tests.clients.provider import BASE, KEY, Provider, Reply, answer, rest, rest_json

NORTHWIND = WorkspaceKey("main", 12)
TODAY = date(2026, 9, 14)


def written(*replies: Reply) -> tuple[Provider, BisonClient, Journal]:
    """A provider, a client of workspace 12 of it, and what it writes down."""
    provider = Provider(list(replies))
    journal = Journal(provider.clock, "main")
    parts = (provider.http, provider.clock, provider.pace, provider.breaker, 45.0)
    client = BisonClient(BASE, KEY, *parts, journal)
    return provider, client.at(Priority.POLL, 12), journal


def flaws(journal: Journal) -> dict[tuple[str, str, str], tuple[int, str | None]]:
    """Count and example by source, field and reason; all of them are of workspace 12."""
    told = {}
    for sums in journal.validation.waiting.take().values():
        for flaw, sum in sums.items():
            assert (flaw.instance, flaw.workspace) == ("main", 12)
            told[flaw.source, flaw.field, flaw.reason] = (sum.count, sum.example)
    return told


@pytest.mark.parametrize(
    ("route", "name"),
    [
        ("/api/leads", "/api/leads"),
        ("/api/leads/4711", "/api/leads/{id}"),
        ("/api/leads/jo@northwind.example/replies", "/api/leads/{id}/replies"),
        ("/api/leads/jo%2Bx@northwind.example", "/api/leads/{id}"),
        ("/api/workspaces/v1.1/12/api-tokens", "/api/workspaces/v1.1/{id}/api-tokens"),
        ("/api/leads?token=secret", "/api/leads"),
    ],
)
def test_a_route_is_written_down_without_whose_it_is(route: str, name: str) -> None:
    """No id, no address, no query."""
    assert template(route) == name


@pytest.mark.parametrize(
    ("reply", "ending", "status"),
    [
        (answer(rest("users.live-workspace")), Ending.OK, "200"),
        (answer({"message": "no"}, 401), Ending.DENIED, "401"),
        (answer({"message": "no"}, 404), Ending.MISSING, "404"),
        (answer({"message": "slow down"}, 429, Retry_After="1"), Ending.THROTTLED, "429"),
        (answer({"message": "no"}, 422), Ending.REFUSED, "422"),
        (answer({"data": {"success": False}}), Ending.REFUSED, "200"),
        (answer(b"", 302), Ending.REFUSED, "302"),
        (answer(b"", 503), Ending.FAILED, "503"),
        (answer(b"", 408), Ending.FAILED, "408"),
        (httpx.ReadTimeout("x"), Ending.TIMEOUT, "timeout"),
        (httpx.ConnectError("x"), Ending.BROKEN, "broken"),
        (answer(b"<html>"), Ending.BROKEN, "200"),
    ],
)
async def test_each_request_is_counted_by_how_it_ended(reply: Reply, ending: Ending, status: str) -> None:
    """Every try of it, by status too; since the process started and by the minute."""
    provider, client, journal = written(reply)
    try:
        await client.whoami()
    except ProviderError:
        assert ending is not Ending.OK
    endpoint, tries = Endpoint("main", "GET /api/users"), len(provider.asked)
    total = journal.calls.totals[endpoint]
    assert (total.calls, total.endings[ending], total.retries) == (tries, tries, tries - 1)
    assert journal.calls.statuses == {(endpoint, status): tries}
    waiting = journal.calls.waiting.take()
    assert sum(sums[endpoint].endings[ending] for sums in waiting.values()) == tries
    assert all(minute.second == 0 for minute in waiting)


async def test_a_response_time_is_that_of_the_request_alone() -> None:
    """What it waited for its turn, or before it asked again, is not the provider's."""
    provider, client, journal = written()

    def slow(_request: httpx.Request) -> httpx.Response:
        provider.clock.pass_by(1.7)
        return answer(rest("users.live-workspace"))

    provider.replies = [answer(b"", 503), slow]
    await client.whoami()
    total = journal.calls.totals[Endpoint("main", "GET /api/users")]
    assert total.max_ms == pytest.approx(1700)
    assert total.total_ms == pytest.approx(1700)
    assert [index for index, count in enumerate(total.buckets) if count] == [0, 8]


async def test_what_was_held_back_is_no_call() -> None:
    """While the breaker is open nothing is sent, and that is counted apart."""
    provider, client, journal = written(answer(b"", 503))
    for _ in range(5):
        with pytest.raises(ProviderError):
            await client.whoami()
    with pytest.raises(ProviderBusy):
        await client.whoami()
    total = journal.calls.totals[Endpoint("main", "GET /api/users")]
    assert total.calls == len(provider.asked)
    assert total.unsent >= 1


async def test_a_row_that_cannot_be_read_is_written_down() -> None:
    """With its field and what stood there looks like; a field that was dropped too. Nobody's data is."""
    rows = rest_json("sender-emails.page-1-of-3")
    rows["data"][0]["id"] = "jo@northwind.example"
    rows["data"][1]["email"] = None
    rows["data"][2]["daily_limit"] = "-5 a day"
    rows["data"][3]["warmup_enabled"] = "perhaps"
    rows["data"][4]["daily_limit"] = "41|INVENTEDtokenINVENTED"
    rows["data"][5] = "nonsense"
    rows["meta"].update(last_page=1, total=15)
    _, client, journal = written(answer(rows))
    pages = [page async for page in client.accounts.pages(NORTHWIND, abreast=1)]
    assert sum(len(page.rejected) for page in pages) == 3
    source = "GET /api/sender-emails"
    assert flaws(journal) == {
        (source, "id", "cannot be read"): (1, '"aa@aaaaaaaaa.aaaaaaa"'),
        (source, "email", "is missing"): (1, "null"),
        (source, "daily_limit", "cannot be read"): (2, '"-9 a aaa"'),
        (source, "warmup_enabled", "cannot be read"): (1, '"aaaaaaa"'),
        (source, "a row", "is not an object"): (1, '"aaaaaaaa"'),
    }


async def test_an_answer_that_cannot_be_true_is_written_down() -> None:
    """As a whole: numbers in our words are no reason of their own."""
    short = rest_json("sender-emails.page-1-of-3")
    short["data"] = short["data"][:3]
    provider, client, journal = written(answer(short), answer(b"<html>"))
    with pytest.raises(ProviderError):
        _ = [page async for page in client.accounts.pages(NORTHWIND, abreast=1)]
    told = flaws(journal)
    source = "GET /api/sender-emails"
    assert told[source, "answer", "a page has N rows where N were to come"] == (
        1,
        "a page has 3 rows where 15 were to come",
    )
    assert (source, "answer", "answered N with something that is not JSON") in told
    assert len(provider.asked) == 3


async def test_a_moment_of_the_future_is_written_down() -> None:
    """It is no date of anything that happened."""
    row = {"id": 7, "date_received": "2036-09-14T18:00:00.000000Z", "type": "Tracked Reply"}
    _, client, journal = written(answer({"data": row}))
    await client.replies.one(7)
    assert flaws(journal) == {
        ("GET /api/replies/{id}", "date_received", "lies in the future"): (1, '"9999-99-99A99:99:99.999999A"')
    }


async def test_a_pair_of_a_series_that_cannot_be_read_is_written_down() -> None:
    """By its place without the number, since it has no name."""
    series = {"data": [{"label": "Sent", "dates": [["2026-09-13", "many"], ["2026-09-14", 4]]}]}
    _, client, journal = written(answer(series))
    await client.workspaces.series(TODAY, TODAY)
    source = "GET /api/workspaces/v1.1/line-area-chart-stats"
    assert flaws(journal) == {(source, "data[].dates[]", "cannot be read"): (1, "null")}


ANSWERS = {
    "sender-emails.page-1-of-3": "/api/sender-emails",
    "sender-emails.cursor": "/api/sender-emails",
    "sender-emails.detail": "/api/sender-emails/{id}",
    "leads.page-2-of-3": "/api/leads",
    "leads.cursor-page": "/api/leads",
    "leads.empty-lead_campaign_data.docs": "/api/leads",
    "campaigns.leads.page": "/api/campaigns/{id}/leads",
    "campaigns.leads.docs-object": "/api/campaigns/{id}/leads",
    "campaigns.page-1-of-1": "/api/campaigns",
    "campaigns.docs-case": "/api/campaigns",
    "campaigns.detail": "/api/campaigns/{id}",
    "campaigns.replies.page": "/api/campaigns/{id}/replies",
    "campaigns.scheduled-emails.page": "/api/campaigns/{id}/scheduled-emails",
    "leads.replies.page": "/api/leads/{id}/replies",
    "leads.sent-emails.page": "/api/leads/{id}/sent-emails",
    "replies.page-1-of-2": "/api/replies",
    "replies.cursor-page": "/api/replies",
    "replies.detail": "/api/replies/{id}",
    "scheduled-emails.page": "/api/scheduled-emails",
    "scheduled-emails.detail.live": "/api/scheduled-emails/{id}",
    "events.cursor-page": "/api/events",
    "warmup.sender-emails": "/api/warmup/sender-emails",
    "warmup.sender-email.detail": "/api/warmup/sender-emails/{id}",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_as_they_are_have_no_flaw(name: str) -> None:
    """Nothing that the provider answers as a rule is complained of."""
    data, fields = rest_json(name)["data"], fields_of(ANSWERS[name])
    rows = data if isinstance(data, list) else [data]
    assert rows
    assert fields
    assert [list(odd(fields, row, datetime(2100, 1, 1, tzinfo=UTC))) for row in rows] == [[] for _ in rows]


@pytest.mark.parametrize("name", sorted(ACCOUNT))
def test_each_expected_field_is_missed(name: str) -> None:
    """What no reader of such a field takes."""
    junk: object = {"an": "object"}
    assert [found for found, _, _ in odd(ACCOUNT, {name: junk}, datetime(2026, 9, 14, tzinfo=UTC))] == [name]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Zoë 14%\u202e\x1b[31m", '"Aaa 99%??[99a"'),
        (-12.5, "-99.9"),
        (True, "true"),
        (None, "null"),
        ([1], "a list"),
        ({"a": 1}, "an object"),
        ("x" * 100, '"' + "a" * 40 + '…"'),
    ],
)
def test_an_example_is_the_shape_of_a_value(value: object, shown: str) -> None:
    """Nobody's data and no secret can be in it."""
    assert shape(value) == shown
