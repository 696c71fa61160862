"""A key that somebody switches while it is read: nothing of another workspace is ever handed on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bisonwatch.clients.bison.binding import STRETCH
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import KeyRejected, ProviderUnreachable, RecordMissing, WrongWorkspace
from tests.clients.provider import Provider, answer, rest, rest_json

OURS, THEIRS = 12, 13
WORKSPACE = WorkspaceKey("main", OURS)
MAILBOX = rest_json("sender-emails.detail")["data"]
DAY = date(2026, 9, 14)


@dataclass
class Estate:
    """Two workspaces of as many pages; the key reads the other one from the request `switch` on, until `back`."""

    pages: int = 5
    switch: int | None = None
    back: int | None = None
    asked: int = 0
    routes: Counter[str] = field(default_factory=Counter)

    @property
    def now(self) -> int:
        away = self.switch is not None and self.asked > self.switch
        return THEIRS if away and (self.back is None or self.asked <= self.back) else OURS

    def client(self) -> Any:
        return Provider([self.answer]).client.bound(OURS)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        path, query = request.url.path, request.url.params
        self.routes[path] += 1
        if path == "/api/users":
            return answer({"data": {"id": 7, "workspace": {"id": self.now, "name": "x"}}})
        if path == "/api/workspaces/v1.1/line-area-chart-stats":
            return answer(rest("workspaces.line-area-chart-stats"))
        if path.startswith("/api/sender-emails/"):
            missing = {"data": {"record_not_found": {"sender": "1"}}}
            return (
                answer(rest("error.403.other-workspace"), 403) if self.now == OURS else answer(missing, 404)
            )
        if query.get("pagination_type") == "cursor":
            place = int(query.get("cursor", "0"))
            last = place + 1 == self.pages
            return self._page(place, {"next_cursor": None if last else str(place + 1)})
        number = int(query["page"])
        meta = {"current_page": number, "last_page": self.pages, "total": 2 * self.pages}
        return self._page(number - 1, meta)

    def _page(self, place: int, meta: dict[str, object]) -> httpx.Response:
        base = self.now * 10_000 - 2 * place
        return answer({"data": [{**MAILBOX, "id": base}, {**MAILBOX, "id": base - 1}], "meta": meta})


async def walked(estate: Estate, abreast: int = 1) -> tuple[list[int], bool]:
    """The ids handed on, and whether the walk came to its end."""
    met: list[int] = []
    try:
        async for page in estate.client().accounts.pages(WORKSPACE, abreast=abreast):
            met += page.ids
    except WrongWorkspace:
        return met, False
    return met, True


def ours(pages: int) -> list[int]:
    return [OURS * 10_000 - n for n in range(2 * pages)]


@pytest.mark.parametrize("pages", [1, 2, 3, 7, 8, 40])
async def test_a_steady_key_loses_nothing(pages: int) -> None:
    """The walk of a key that stays is whole, in order, and costs one question before it and few on the way."""
    estate = Estate(pages)
    assert await walked(estate) == (ours(pages), True)
    assert estate.routes["/api/sender-emails"] == pages
    assert estate.routes["/api/users"] <= 4 + pages // STRETCH


@pytest.mark.parametrize("switch", range(10))
@pytest.mark.parametrize("abreast", [1, 4])
async def test_a_switch_in_the_middle_ends_the_walk(switch: int, abreast: int) -> None:
    """Whenever the key is switched, the walk fails, and what it handed on until then was ours."""
    met, whole = await walked(Estate(6, switch), abreast)
    assert not whole
    assert set(met) <= set(ours(6))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 60), st.integers(0, 90), st.sampled_from([1, 3, 4]))
async def test_no_moment_of_a_switch_lets_a_row_through(pages: int, switch: int, abreast: int) -> None:
    """For any length of walk and any moment of the switch: all of ours, or an error and none of theirs."""
    met, whole = await walked(Estate(pages, switch), abreast)
    assert set(met) <= set(ours(pages))
    assert not whole or set(met) == set(ours(pages))


@pytest.mark.parametrize("switch", range(40))
async def test_a_key_that_comes_back_is_found_out_when_it_was_asked_meanwhile(switch: int) -> None:
    """Away for as long as two stretches take, it is caught in between, and nothing of theirs was handed on."""
    met, whole = await walked(Estate(60, switch, switch + 2 * STRETCH))
    assert not whole
    assert set(met) <= set(ours(60))


async def test_the_page_in_doubt_is_held_back() -> None:
    """A page is handed on after the key was asked again, not before."""
    estate = Estate(3, switch=1)
    pages = estate.client().accounts.pages(WORKSPACE, abreast=1)
    with pytest.raises(WrongWorkspace, match="reads workspace 13 now, not 12; what it read is thrown away"):
        await anext(pages)
    assert estate.routes == {"/api/users": 2, "/api/sender-emails": 1}


async def test_a_caller_may_stop_early() -> None:
    """Who stops after the first page asked for no page more than that."""
    estate = Estate(9)
    async for page in estate.client().accounts.pages(WORKSPACE, abreast=1):
        assert page.ids == (120_000, 119_999)
        break
    assert estate.routes == {"/api/users": 2, "/api/sender-emails": 1}


@pytest.mark.parametrize(("switch", "asked"), [(0, 1), (1, 3), (2, 3)])
async def test_a_single_read_is_asked_around(switch: int, asked: int) -> None:
    """Numbers of another workspace are thrown away; those of a key elsewhere from the start are not even read."""
    estate = Estate(switch=switch)
    with pytest.raises(WrongWorkspace):
        await estate.client().workspaces.series(DAY, DAY)
    assert estate.asked == asked


async def test_a_missing_record_of_another_workspace_is_not_missing() -> None:
    """A 404 or 403 that a switched key got says nothing about our workspace."""
    with pytest.raises(WrongWorkspace):
        await Estate(switch=1).client().accounts.one(1, WORKSPACE)
    with pytest.raises(KeyRejected):
        await Estate().client().accounts.one(1, WORKSPACE)
    missing = [answer(rest("users.live-workspace")), answer(rest("error.404.record"), 404)]
    provider = Provider([*missing, answer(rest("users.live-workspace"))])
    with pytest.raises(RecordMissing):
        await provider.client.bound(12).campaigns.one(999999)
    assert len(provider.asked) == 3


async def test_a_walk_that_is_refused_asks_where_it_is() -> None:
    """When a page is refused because the key was switched, that is the reason told."""
    me, elsewhere = answer(rest("users.live-workspace")), {"data": {"id": 7, "workspace": {"id": 13}}}
    provider = Provider([me, answer(rest("error.403.other-workspace"), 403), answer(elsewhere)])
    with pytest.raises(WrongWorkspace):
        await anext(provider.client.bound(12).campaigns.leads_pages(614))
    steady = Provider([me, answer(rest("error.403.other-workspace"), 403), me])
    with pytest.raises(KeyRejected):
        await anext(steady.client.bound(12).campaigns.leads_pages(614))


async def test_a_key_that_cannot_be_asked_hands_on_nothing() -> None:
    """Not knowing is not a yes."""
    page = answer({"data": [MAILBOX], "meta": {"next_cursor": None}})
    provider = Provider([answer(rest("users.live-workspace")), page, answer(b"", 503)])
    with pytest.raises(ProviderUnreachable):
        await anext(provider.client.bound(12).accounts.pages(WORKSPACE, abreast=1))


async def test_a_command_is_not_sent_elsewhere() -> None:
    """A webhook URL is not registered in the workspace that the key happens to read."""
    estate = Estate(switch=0)
    with pytest.raises(WrongWorkspace):
        await estate.client().subscriptions.create("Mirror", "https://mirror.example/h", ["email_sent"])
    assert estate.routes == {"/api/users": 1}


async def test_switching_is_not_checked() -> None:
    """Who leads a key elsewhere, or lists what it sees, is not asked whether it is there."""
    provider = Provider([answer(rest("workspaces.switch"))])
    assert await provider.client.bound(12).workspaces.switch(13) == "Cobalt Ridge"
    listed = Provider([answer(rest("workspaces.list"))])
    assert len(await listed.client.bound(99).workspaces.all()) == 3
    assert len(provider.asked) == len(listed.asked) == 1


async def test_a_job_of_a_bound_client_stays_bound() -> None:
    """Another priority of the same client asks as well, and counts for itself."""
    estate = Estate(switch=0)
    client = estate.client()
    job = client.at(Priority.BACKFILL)
    with pytest.raises(WrongWorkspace):
        await job.labels.tags()
    assert (job.usage.requests, client.usage.requests) == (1, 0)
