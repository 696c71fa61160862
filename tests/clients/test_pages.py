"""Walks that come to their end, whatever way of paging the provider answers with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest

from bisonwatch.clients.bison.caller import TRIES
from bisonwatch.clients.bison.pages import PAGE_CEILING, Page
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import ProviderUnreachable
from tests.clients.provider import Provider, answer, rest, rest_json

WORKSPACE = WorkspaceKey("main", 12)
ROW = rest_json("sender-emails.detail")["data"]


def rows(*ids: int) -> list[dict[str, object]]:
    return [{**ROW, "id": number} for number in ids]


def by_cursor(ids: tuple[int, ...], following: str | None, size: int | None = None) -> httpx.Response:
    """A full page, but for the last."""
    size = size or len(ids) + (following is None)
    lossy = f"https://send.harborline.example/api/sender-emails?cursor={following}" if following else None
    return answer(
        {"data": rows(*ids), "links": {"next": lossy}, "meta": {"next_cursor": following, "per_page": size}}
    )


def by_page(ids: tuple[int, ...], number: int, last: int, total: int) -> httpx.Response:
    return answer({"data": rows(*ids), "meta": {"current_page": number, "last_page": last, "total": total}})


async def walked(pages: AsyncIterator[Page[Any]]) -> list[int]:
    return [row.id async for page in pages for row in page.rows]


async def test_a_cursor_walk_rebuilds_its_query() -> None:
    """Only the cursor is taken from an answer; pagination_type and filters are sent on every hop."""
    first = rest_json("events.cursor-page")
    first["meta"]["per_page"] = len(first["data"])
    last = {"data": [{**first["data"][-1], "id": 88120009}], "meta": {"next_cursor": None, "per_page": 2}}
    provider = Provider([answer(first), answer(last)])
    pages = [page async for page in provider.client.events.pages(date(2026, 9, 4), date(2026, 9, 15))]
    assert [[row.id for row in page.rows] for page in pages] == [[88120011, 88120010], [88120009]]
    query = {"start_date": "2026-09-04", "end_date": "2026-09-15", "pagination_type": "cursor"}
    cursor = first["meta"]["next_cursor"]
    assert provider.queries == [query, {**query, "cursor": cursor}]


async def test_page_mode_is_followed_by_number() -> None:
    """A provider that answers a cursor walk with numbered pages is walked by number."""
    provider = Provider([by_page((9, 8), 1, 3, 5), by_page((7, 6), 2, 3, 5), by_page((5,), 3, 3, 5)])
    assert await walked(provider.client.accounts.pages(WORKSPACE, abreast=1)) == [9, 8, 7, 6, 5]
    assert [query.get("page") for query in provider.queries] == [None, "2", "3"]


async def test_a_change_of_mode_on_the_way_loses_nothing() -> None:
    """When the provider changes to pages and back, rows may come twice, but each comes."""
    provider = Provider(
        [
            by_cursor((9, 8), "a"),
            by_page((9, 8), 1, 3, 5),
            by_cursor((9, 8), "b"),
            by_cursor((7, 6), "c"),
            by_cursor((5,), None),
        ]
    )
    assert set(await walked(provider.client.accounts.pages(WORKSPACE, abreast=1))) == {9, 8, 7, 6, 5}


@pytest.mark.parametrize(
    "replies",
    [
        [by_cursor((9,), "a"), by_cursor((8,), "b"), by_cursor((9,), "a"), by_cursor((8,), "b")],
        [by_cursor((9,), "a")],
        [by_page((9,), 1, 3, 3)],
    ],
    ids=["cursors in a circle", "the same cursor", "the same page"],
)
async def test_a_walk_that_would_never_end_is_an_error(replies: list[httpx.Response]) -> None:
    """A cursor or page that comes back ends the walk with an error."""
    provider = Provider(list(replies))
    with pytest.raises(ProviderUnreachable, match="came back"):
        await walked(provider.client.accounts.pages(WORKSPACE, abreast=1))
    assert len(provider.asked) <= 4


async def test_endless_changes_of_mode_are_an_error() -> None:
    """A provider that changes its way of paging at every answer is given up."""
    turns = [reply for n in range(20) for reply in (by_cursor((9,), f"c{n}"), by_page((9,), 1, 3, 3))]
    with pytest.raises(ProviderUnreachable, match="keeps changing"):
        await walked(Provider(list(turns)).client.accounts.pages(WORKSPACE, abreast=1))


def book(pages: dict[int, tuple[int, ...]], total: int, cursor: tuple[int, ...] = ()) -> Provider:
    """A provider with these pages, and these rows in one page by cursor."""

    def reply(request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        if "pagination_type" in query:
            return by_cursor(cursor, None)
        number = int(query["page"])
        return by_page(pages[number], number, len(pages), total)

    return Provider([reply])


async def test_known_pages_are_walked_abreast() -> None:
    """With a total the pages are asked for by number, several at a time, and add up to it."""
    provider = book({1: (9, 8), 2: (7, 6), 3: (5, 4), 4: (3,)}, 7)
    pages = [page async for page in provider.client.accounts.pages(WORKSPACE, abreast=2)]
    assert [page.ids for page in pages] == [(9, 8), (7, 6), (5, 4), (3,)]
    assert {(page.total, page.last_page) for page in pages} == {(7, 4)}
    assert [query["page"] for query in provider.queries] == ["1", "2", "3", "4"]


async def test_known_pages_are_asked_for_with_the_first() -> None:
    """All that there were the last time at once, and what came in addition after the first has told of it."""
    asked: list[list[str]] = []
    pages = {1: (9, 8), 2: (7, 6), 3: (5, 4), 4: (3,)}
    for known in (1, 3, 4):
        provider = book(pages, 7)
        walk = provider.client.accounts.pages(WORKSPACE, known=known)
        first = await anext(walk)
        asked.append([query["page"] for query in provider.queries])
        assert [*first.ids, *await walked(walk)] == [9, 8, 7, 6, 5, 4, 3]
        assert sorted(query["page"] for query in provider.queries) == ["1", "2", "3", "4"]
    assert asked == [["1"], ["1", "2", "3"], ["1", "2", "3", "4"]]


async def test_no_more_than_a_stretch_of_known_pages_is_asked_for() -> None:
    """However many there were, a walk holds only so many at a time."""
    provider = book({number: (100 - number,) for number in range(1, 41)}, 40)
    walk = provider.client.accounts.pages(WORKSPACE, abreast=4, known=40)
    await anext(walk)
    assert len(provider.asked) == 4
    assert len(await walked(walk)) == 39


@pytest.mark.parametrize("status", [200, 422, 500])
async def test_what_lies_beyond_the_end_is_thrown_away(status: int) -> None:
    """The list is shorter than it was: whatever comes of the pages that it no longer has, the walk is what the first page tells."""

    def reply(request: httpx.Request) -> httpx.Response:
        number = int(dict(request.url.params)["page"])
        if number > 2:
            return by_page((), number, 2, 3) if status == 200 else answer(rest("error.422.page-cap"), status)
        return by_page({1: (9, 8), 2: (7,)}[number], number, 2, 3)

    provider = Provider([reply])
    pages = [page async for page in provider.client.accounts.pages(WORKSPACE, known=4)]
    assert [page.ids for page in pages] == [(9, 8), (7,)]
    assert {query["page"] for query in provider.queries} == {"1", "2", "3", "4"}


async def test_an_empty_list_that_had_pages_is_empty() -> None:
    """By what the provider tells now."""
    provider = Provider([lambda request: by_page((), int(dict(request.url.params)["page"]), 1, 0)])
    assert await walked(provider.client.accounts.pages(WORKSPACE, known=4)) == []


async def test_known_pages_of_a_first_page_by_cursor_are_thrown_away() -> None:
    """The provider changed its mode since: everything comes by cursor, and nothing that was asked for by number."""

    def reply(request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        if query.get("page", "1") == "1":
            return by_cursor((9, 8, 7), None, 15)
        return by_page((1,), int(query["page"]), 9, 99)

    provider = Provider([reply])
    assert await walked(provider.client.accounts.pages(WORKSPACE, known=3)) == [9, 8, 7]
    assert provider.queries[-1] == {"pagination_type": "cursor"}


@pytest.mark.parametrize("broken", ["cursor", "refused", "total", "moved"])
async def test_a_known_page_that_does_not_fit_the_first(broken: str) -> None:
    """By cursor, refused, of another total, or with rows of another page: the walk is done again by cursor, and is complete."""

    def reply(request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        if "pagination_type" in query:
            return by_cursor((9, 8, 7, 6), None)
        if query["page"] == "1":
            return by_page((9, 8), 1, 2, 4)
        return {
            "cursor": by_cursor((9, 8), "a"),
            "refused": answer(rest("error.422.page-cap"), 422),
            "total": by_page((7, 6), 2, 3, 5),
            "moved": by_page((8, 7), 2, 2, 4),
        }[broken]

    provider = Provider([reply])
    assert set(await walked(provider.client.accounts.pages(WORKSPACE, known=2))) == {9, 8, 7, 6}
    assert {"pagination_type": "cursor"} in provider.queries


@pytest.mark.parametrize("page", ["1", "2"])
async def test_a_known_page_that_is_there_must_come(page: str) -> None:
    """The others came, and the walk is an error all the same."""

    def reply(request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        if query["page"] == page:
            return answer(b"", 500)
        return by_page({"1": (9, 8), "2": (7, 6), "3": (5,)}[query["page"]], int(query["page"]), 3, 5)

    provider = Provider([reply])
    with pytest.raises(ProviderUnreachable):
        await walked(provider.client.accounts.pages(WORKSPACE, known=3))


async def test_rows_that_moved_are_found_by_a_cursor_walk() -> None:
    """When the distinct ids do not add up to the total, the walk is done again by cursor."""
    provider = book({1: (9, 8), 2: (8, 7)}, 4, cursor=(9, 8, 7, 6))
    assert set(await walked(provider.client.accounts.pages(WORKSPACE, abreast=4))) == {9, 8, 7, 6}
    assert provider.queries[-1] == {"pagination_type": "cursor"}


async def test_rejected_rows_count_as_seen() -> None:
    """A row that cannot be read is there all the same: its id is known, and no walk is done again for it."""
    body = {
        "data": [*rows(9), {"id": 8, "email": None}],
        "meta": {"current_page": 1, "last_page": 1, "total": 2},
    }
    provider = Provider([answer(body)])
    (page,) = [page async for page in provider.client.accounts.pages(WORKSPACE)]
    assert (page.ids, len(page.rows), [row.path for row in page.rejected]) == ((9, 8), 1, ["data[1].email"])


async def test_past_the_page_ceiling_there_are_only_cursors() -> None:
    """A walk of more pages than page mode serves goes by cursor, after the first page told the total."""
    provider = Provider([by_page((9,), 1, 4000, 60000), by_cursor((9, 8), None), by_page((9,), 1, 2, 2)])
    pages = [page async for page in provider.client.accounts.pages(WORKSPACE)]
    assert [(page.ids, page.total) for page in pages] == [((9,), 60000), ((9, 8), None)]


async def test_the_ceiling_itself_is_not_believed() -> None:
    """A walk of just as many pages as page mode was seen to serve may have been cut there: it goes by cursor."""
    provider = Provider(
        [by_page((9,), 1, PAGE_CEILING, 7500), by_cursor((9, 8), None), by_page((9,), 1, 2, 2)]
    )
    assert set(await walked(provider.client.accounts.pages(WORKSPACE))) == {9, 8}
    assert provider.queries[1] == {"pagination_type": "cursor"}


@pytest.mark.parametrize("start", [1, 2, 5])
async def test_a_walk_that_ends_too_early_is_an_error(start: int) -> None:
    """The page after a cursor has no rows, whatever is asked again: not an end, since a cursor is given only where more follows."""
    hops = [by_cursor((100 - 2 * n, 99 - 2 * n), f"c{n}") for n in range(start)]
    provider = Provider([*hops, by_cursor((), None)])
    with pytest.raises(ProviderUnreachable, match="ended too early"):
        await walked(provider.client.accounts.pages(WORKSPACE, abreast=1))
    assert len(provider.asked) == start + TRIES


async def test_an_end_that_was_no_end_is_asked_again() -> None:
    """The second answer to the same cursor has the rows: nothing is lost, and nothing was handed on but rows."""
    answers = [by_cursor((9, 8), "a"), by_cursor((), None), by_cursor((7,), None)]
    provider = Provider(list(answers))
    pages = [page async for page in provider.client.accounts.pages(WORKSPACE, abreast=1)]
    assert [page.ids for page in pages] == [(9, 8), (7,)]
    assert provider.queries[1] == provider.queries[2]


async def test_a_page_without_a_word_of_the_others_is_an_error() -> None:
    """In the middle of a walk an answer that is no page ends nothing."""
    provider = Provider([by_cursor((9, 8), "a"), answer({"data": []})])
    with pytest.raises(ProviderUnreachable, match="does not say where it stands"):
        await walked(provider.client.accounts.pages(WORKSPACE, abreast=1))


async def test_a_page_that_lacks_a_row_is_asked_again() -> None:
    """One that lost a row on its way comes whole the second time; one that always comes so is taken as it is."""
    lossy = [by_cursor((9,), "a", 2), by_cursor((9, 8), "a"), by_cursor((7,), None)]
    assert await walked(Provider(list(lossy)).client.accounts.pages(WORKSPACE, abreast=1)) == [9, 8, 7]
    always = [by_cursor((9,), "a", 2), by_cursor((9,), "a", 2), by_cursor((7,), None)]
    assert await walked(Provider(list(always)).client.accounts.pages(WORKSPACE, abreast=1)) == [9, 7]


async def test_a_full_last_page_is_held_against_the_total() -> None:
    """The list may go on behind it: where it is counted and there is more, the page is asked for again; then the walk is an error."""
    last = by_cursor((9, 8), None, 2)
    assert await walked(Provider([last, by_page((9, 8), 1, 1, 2)]).client.leads.pages(abreast=1)) == [9, 8]
    healed = [last, by_page((9, 8), 1, 2, 3), by_cursor((9, 8), "a"), by_cursor((7,), None)]
    assert set(await walked(Provider(list(healed)).client.leads.pages(abreast=1))) == {9, 8, 7}
    broken = [last, by_page((9, 8), 1, 2, 3), last, by_page((9, 8), 1, 2, 3)]
    with pytest.raises(ProviderUnreachable, match="ended after 2 rows, and there are more"):
        await walked(Provider(list(broken)).client.leads.pages(abreast=1))


async def test_what_came_in_meanwhile_is_not_missing() -> None:
    """Two rows were added on top while the walk went down: the total is higher by them, and that is no error."""
    answers = [by_cursor((9, 8), None, 2), by_page((11, 10, 9, 8), 1, 1, 4)]
    assert await walked(Provider(list(answers)).client.leads.pages(abreast=1)) == [9, 8]


async def test_an_empty_list_that_had_rows_is_held_against_the_total() -> None:
    """Empty and counted as empty: so it is. Empty and counted otherwise, or not counted at all: an error."""
    empty = by_cursor((), None)
    known = Provider([empty, by_page((), 1, 1, 0)])
    assert await walked(known.client.leads.pages(abreast=1, there=True)) == []
    for counted in (by_page((9,), 1, 1, 1), empty):
        provider = Provider([empty, counted, empty, counted])
        with pytest.raises(ProviderUnreachable, match="there are more"):
            await walked(provider.client.leads.pages(abreast=1, there=True))
    assert await walked(Provider([empty]).client.leads.pages(abreast=1)) == []


async def test_a_cursor_walk_that_meets_less_than_was_counted_is_an_error() -> None:
    """Pages did not add up, and the walk by cursor that was to find the rest ends too early: not complete."""
    less = [by_page((9, 8), 1, 2, 4), by_page((8, 7), 2, 2, 4), by_cursor((9, 8, 7), None)]
    with pytest.raises(ProviderUnreachable, match="met 3 rows, and the provider counts 4"):
        await walked(Provider([*less, by_page((9, 8), 1, 2, 4)]).client.accounts.pages(WORKSPACE))
    gone = [*less, by_page((9, 8), 1, 2, 3)]
    assert set(await walked(Provider(list(gone)).client.accounts.pages(WORKSPACE))) == {9, 8, 7}


async def test_a_last_page_that_contradicts_the_total_is_no_last_page() -> None:
    """Said to be the last of one, while the total needs three: the other two are asked for."""
    body = {"current_page": 1, "last_page": 1, "per_page": 2, "total": 5}

    def reply(request: httpx.Request) -> httpx.Response:
        number = int(dict(request.url.params).get("page", "1"))
        ids = ((9, 8), (7, 6), (5,))[number - 1]
        return answer({"data": rows(*ids), "meta": body | {"current_page": number}})

    assert await walked(Provider([reply]).client.accounts.pages(WORKSPACE)) == [9, 8, 7, 6, 5]
    assert await walked(Provider([reply]).client.accounts.pages(WORKSPACE, abreast=1)) == [9, 8, 7, 6, 5]


async def test_a_page_limit_met_on_the_way_turns_to_cursors() -> None:
    """When the provider refuses a page number, the walk is done by cursor."""

    def reply(request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        if "pagination_type" in query:
            return by_cursor((9, 8, 7), None)
        if query["page"] != "1":
            return answer(rest("error.422.page-cap"), 422)
        return by_page((9,), 1, 3, 3)

    assert set(await walked(Provider([reply]).client.accounts.pages(WORKSPACE))) == {9, 8, 7}


async def test_lists_without_pages_end_at_once() -> None:
    """An answer without meta is the whole list."""
    provider = Provider([answer(rest("workspaces.list.live-slim"))])
    assert [row.name for row in await provider.client.workspaces.all()] == ["Northwind Desk"]
    assert len(provider.asked) == 1


async def test_every_list_of_the_client_reads_its_fixture() -> None:
    """Leads, campaigns, replies and sends ask for their own route."""
    campaign = "/api/campaigns/614"
    for name, route, ask in (
        ("leads.cursor-last-page", "/api/leads", lambda client: client.leads.pages(abreast=1)),
        ("campaigns.docs-case", "/api/campaigns", lambda client: client.campaigns.pages()),
        (
            "campaigns.replies.page",
            f"{campaign}/replies",
            lambda client: client.campaigns.replies_pages(614, folder="inbox"),
        ),
        (
            "campaigns.scheduled-emails.page",
            f"{campaign}/scheduled-emails",
            lambda client: client.campaigns.sends_pages(614, day=date(2026, 9, 1)),
        ),
    ):
        provider = Provider([answer(rest(name))])
        pages = [page async for page in ask(provider.client)]
        assert pages[0].rows
        assert pages[0].rejected == ()
        assert provider.asked[0].url.path == route
