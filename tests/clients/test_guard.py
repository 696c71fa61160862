"""A key that somebody switches while it is read: nothing of another workspace is ever handed on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.guard import MOST
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import (
    BisonwatchError,
    ConfigError,
    KeyRejected,
    ProviderUnreachable,
    RecordMissing,
    RouteMissing,
    WrongWorkspace,
)
from bisonwatch.sync.key import Key
from tests.clients.provider import Provider, answer, rest, rest_json

OURS, THEIRS = 12, 13
WORKSPACE = WorkspaceKey("main", OURS)
MAILBOX = rest_json("sender-emails.detail")["data"]
DAY = date(2026, 9, 14)
SHARED = None
ME = answer(rest("users.live-workspace"))
ELSEWHERE = answer({"data": {"id": 7, "workspace": {"id": THEIRS}}})


def guarded(provider: Provider, own: int | None = OURS) -> BisonClient:
    """A client of a key that may be switched: one given for the workspace, or the instance's (SHARED)."""
    key = Key("main", own, provider.client, provider.pace, provider.clock)
    return key.proven(WORKSPACE, Priority.POLL)


@dataclass
class Estate:
    """Two workspaces of as many pages; the key reads the other one from the request `switch` on, until `back`.

    `dated`: the user's record tells when it was changed, and being switched is a change.
    """

    pages: int = 5
    switch: int | None = None
    back: int | None = None
    dated: bool = False
    asked: int = 0
    routes: Counter[str] = field(default_factory=Counter)

    @property
    def now(self) -> int:
        away = self.switch is not None and self.asked > self.switch
        return THEIRS if away and (self.back is None or self.asked <= self.back) else OURS

    @property
    def changed_at(self) -> str:
        changes = sum(at is not None and self.asked > at for at in (self.switch, self.back))
        return f"2026-09-14T09:00:0{changes}.000000Z"

    def client(self, own: int | None = OURS) -> BisonClient:
        return guarded(Provider([self.answer]), own)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        path, query = request.url.path, request.url.params
        self.routes[path] += 1
        if path == "/api/users":
            user = {"id": 7, "workspace": {"id": self.now, "name": "x"}}
            return answer({"data": {**user, "updated_at": self.changed_at} if self.dated else user})
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


async def walked(estate: Estate, abreast: int = 1, own: int | None = OURS) -> tuple[list[int], bool]:
    """The ids handed on, and whether the walk came to its end."""
    met: list[int] = []
    try:
        async for page in estate.client(own).accounts.pages(WORKSPACE, abreast=abreast):
            met += page.ids
    except (WrongWorkspace, ConfigError):
        return met, False
    return met, True


def ours(pages: int) -> list[int]:
    return [OURS * 10_000 - n for n in range(2 * pages)]


@pytest.mark.parametrize(("pages", "stretches"), [(1, 1), (2, 2), (3, 2), (7, 3), (8, 4), (40, 6), (63, 7)])
async def test_a_steady_key_loses_nothing(pages: int, stretches: int) -> None:
    """The walk of a key that stays is whole, in order, and costs two questions for each stretch of 1, 2, 4, 8, 16, 16… pages."""
    estate = Estate(pages)
    assert await walked(estate) == (ours(pages), True)
    assert estate.routes["/api/sender-emails"] == pages
    assert estate.routes["/api/users"] == 2 * stretches


@pytest.mark.parametrize("switch", range(10))
@pytest.mark.parametrize("abreast", [1, 4])
@pytest.mark.parametrize("own", [OURS, SHARED])
async def test_a_switch_in_the_middle_ends_the_walk(switch: int, abreast: int, own: int | None) -> None:
    """Whenever the key is switched, the walk fails, and what it handed on until then was ours."""
    met, whole = await walked(Estate(6, switch), abreast, own)
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
    met, whole = await walked(Estate(100, switch, switch + 2 * MOST))
    assert not whole
    assert set(met) <= set(ours(100))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 60), st.integers(0, 90), st.integers(1, 8), st.sampled_from([1, 3, 4]))
async def test_a_key_that_comes_back_at_once_is_found_out_by_its_users_record(
    pages: int, switch: int, away: int, abreast: int
) -> None:
    """Away for a few requests, or for a single one: all of ours, or an error and none of theirs."""
    met, whole = await walked(Estate(pages, switch, switch + away, dated=True), abreast)
    assert set(met) <= set(ours(pages))
    assert not whole or set(met) == set(ours(pages))


async def test_the_page_in_doubt_is_held_back() -> None:
    """A page is handed on after the key was asked again, not before."""
    estate = Estate(3, switch=1)
    pages = estate.client().accounts.pages(WORKSPACE, abreast=1)
    with pytest.raises(
        WrongWorkspace, match="switched the super-admin key to main/13: what was read is thrown"
    ):
        await anext(pages)
    assert estate.routes == {"/api/users": 2, "/api/sender-emails": 1}


async def test_a_caller_may_stop_early() -> None:
    """Who stops after the first page asked for no page more than that."""
    estate = Estate(9)
    async for page in estate.client().accounts.pages(WORKSPACE, abreast=1):
        assert page.ids == (120_000, 119_999)
        break
    assert estate.routes == {"/api/users": 2, "/api/sender-emails": 1}


async def test_a_walk_that_nobody_began_asks_nothing() -> None:
    """Nor does the end of one that was read to its end."""
    estate = Estate(1)
    pages = estate.client().accounts.pages(WORKSPACE, abreast=1)
    assert estate.asked == 0
    assert (await anext(pages)).ids == (120_000, 119_999)
    asked = estate.asked
    assert [page async for page in pages] == []
    assert (asked, estate.asked) == (3, 3)


@pytest.mark.parametrize(("switch", "asked"), [(0, 1), (1, 3), (2, 3)])
@pytest.mark.parametrize(("own", "before"), [(OURS, WrongWorkspace), (SHARED, ConfigError)])
async def test_a_single_read_is_asked_around(
    switch: int, asked: int, own: int | None, before: type[BisonwatchError]
) -> None:
    """Numbers of another workspace are thrown away; those of a key elsewhere from the start are not even read."""
    estate = Estate(switch=switch)
    with pytest.raises(WrongWorkspace if switch else before):
        await estate.client(own).workspaces.series(DAY, DAY)
    assert estate.asked == asked


async def test_a_missing_record_of_another_workspace_is_not_missing() -> None:
    """A 404 or 403 that a switched key got says nothing about our workspace."""
    with pytest.raises(WrongWorkspace):
        await Estate(switch=1).client().accounts.one(1, WORKSPACE)
    with pytest.raises(KeyRejected):
        await Estate().client().accounts.one(1, WORKSPACE)
    provider = Provider([ME, answer(rest("error.404.record"), 404), ME])
    with pytest.raises(RecordMissing):
        await guarded(provider).campaigns.one(999999)
    assert len(provider.asked) == 3


async def test_an_empty_sequence_of_another_workspace_is_not_ours() -> None:
    """A refusal that means "there is none" is proven as any other answer."""
    none = answer({"data": {"success": False, "message": "The sequence steps do not exist."}})
    with pytest.raises(WrongWorkspace):
        await guarded(Provider([ME, none, ELSEWHERE])).sequences.steps(614)
    assert await guarded(Provider([ME, none, ME])).sequences.steps(614) == ()


async def test_a_route_that_another_workspace_lacks_may_be_ours() -> None:
    """Whoever falls back to another way where a route is missing does so only when ours lacks it."""
    lacking = answer({"message": "The route api/events could not be found."}, 404)
    with pytest.raises(WrongWorkspace):
        await anext(guarded(Provider([ME, lacking, ELSEWHERE])).events.pages(DAY, DAY))
    with pytest.raises(RouteMissing):
        await anext(guarded(Provider([ME, lacking, ME])).events.pages(DAY, DAY))


async def test_a_walk_that_is_refused_asks_where_it_is() -> None:
    """When a page is refused because the key was switched, that is the reason told."""
    refused = answer(rest("error.403.other-workspace"), 403)
    with pytest.raises(WrongWorkspace):
        await anext(guarded(Provider([ME, refused, ELSEWHERE])).campaigns.leads_pages(614))
    with pytest.raises(KeyRejected):
        await anext(guarded(Provider([ME, refused, ME])).campaigns.leads_pages(614))


async def test_a_key_that_cannot_be_asked_hands_on_nothing() -> None:
    """Not knowing is not a yes."""
    page = answer({"data": [MAILBOX], "meta": {"next_cursor": None}})
    provider = Provider([ME, page, answer(b"", 503)])
    with pytest.raises(ProviderUnreachable):
        await anext(guarded(provider).accounts.pages(WORKSPACE, abreast=1))


async def test_a_command_is_not_sent_elsewhere() -> None:
    """A webhook URL is not registered in the workspace that the key happens to read."""
    estate = Estate(switch=0)
    with pytest.raises(WrongWorkspace):
        await estate.client().subscriptions.create("Mirror", "https://mirror.example/h", ["email_sent"])
    assert estate.routes == {"/api/users": 1}


async def test_a_command_that_may_have_gone_elsewhere_says_where() -> None:
    """It was sent, and nothing undoes it: whoever gave it must look at both workspaces."""
    gone = answer({"data": {"success": True, "message": "deleted"}})
    provider = Provider([ME, gone, ELSEWHERE])
    with pytest.raises(WrongWorkspace, match=r"main/12 was being read when somebody switched .* to main/13"):
        await guarded(provider).subscriptions.delete(7)
    assert [request.method for request in provider.asked] == ["GET", "DELETE", "GET"]


async def test_switching_is_not_checked() -> None:
    """Who leads a key elsewhere, or lists what it sees, is not asked whether it is there."""
    provider = Provider([answer(rest("workspaces.switch"))])
    assert await guarded(provider).workspaces.switch(13) == "Cobalt Ridge"
    listed = Provider([answer(rest("workspaces.list"))])
    assert len(await guarded(listed).workspaces.all()) == 3
    assert len(provider.asked) == len(listed.asked) == 1


async def test_a_job_of_a_guarded_client_stays_guarded() -> None:
    """Another priority of the same client asks as well, and counts for itself."""
    estate = Estate(switch=0)
    client = estate.client()
    job = client.at(Priority.BACKFILL)
    with pytest.raises(WrongWorkspace):
        await job.labels.tags()
    assert (job.usage.requests, client.usage.requests) == (1, 0)
