"""Checklist: pages of 15, cursors, and what happens to a list while somebody walks through it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from bisonwatch.simulator.faults import Break
from bisonwatch.simulator.pages import write_cursor
from tests.simulator.conftest import Lab, fixture

LEADS = "/api/leads"
ROUTES = ("/api/sender-emails", LEADS, "/api/replies", "/api/scheduled-emails")


@pytest.fixture(autouse=True)
def _mail(lab: Lab) -> None:
    """So many replies that their list has pages."""
    for _ in range(40):
        lab.world.untracked(12)


async def paged(lab: Lab, path: str, **query: object) -> AsyncIterator[httpx.Response]:
    """A page-mode walk that goes by `last_page`, as long as there is one."""
    page = 1
    while True:
        answer = await lab.get(path, page=page, **query)
        yield answer
        if page >= answer.json()["meta"].get("last_page", 0):
            return
        page += 1


async def hops(lab: Lab, path: str, **query: object) -> AsyncIterator[httpx.Response]:
    """A cursor walk, the query rebuilt on every hop."""
    cursor: dict[str, str] = {}
    while True:
        answer = await lab.get(path, pagination_type="cursor", **query, **cursor)
        yield answer
        if answer.json()["meta"].get("next_cursor") is None:
            return
        cursor = {"cursor": answer.json()["meta"]["next_cursor"]}


async def ids(walk: AsyncIterator[httpx.Response]) -> list[int]:
    return [row["id"] async for answer in walk for row in answer.json()["data"]]


@pytest.mark.parametrize("path", ROUTES)
async def test_sizes_are_ignored_and_newest_is_first(lab: Lab, path: str) -> None:
    """Whatever size is asked for, 15 rows come, in descending ids, in both modes."""
    for name in ("per_page", "limit", "page_size", "perPage", "size", "count"):
        assert len(await lab.rows(path, **{name: 100})) == 15
    by_page, by_cursor = await ids(paged(lab, path)), await ids(hops(lab, path))
    assert by_page == by_cursor == sorted(set(by_page), reverse=True)


async def test_page_cap_is_a_limit_that_can_be_moved(lab: Lab) -> None:
    """Beyond it 422, as far as cursors go on; somebody met it at 500 pages."""
    lab.limit(page_cap=2)
    codes = [(await lab.get(LEADS, page=page)).status_code for page in (1, 2, 3)]
    refused = await lab.get(LEADS, page=3)
    assert codes == [200, 200, 422]
    assert refused.json() == fixture("rest/error.422.page-cap.json")
    assert len(await ids(hops(lab, LEADS))) == len(lab.workspace.leads)


async def test_page_cap_may_end_a_walk_in_silence(lab: Lab) -> None:
    """The other observed form: the totals stop at the cap, and nothing says that more is there."""
    lab.limit(page_cap=2)
    lab.form(beyond_page_cap="empty")
    walk = [answer.json() async for answer in paged(lab, LEADS)]
    beyond = (await lab.get(LEADS, page=3)).json()
    assert [len(page["data"]) for page in walk] == [15, 15]
    assert walk[0]["meta"]["total"] == 30
    assert beyond["data"] == []


async def test_the_cursors_link_is_lossy(lab: Lab) -> None:
    """`links.next` has lost mode and filters; following it gives page 1 of everything."""
    first = await lab.get("/api/sender-emails", pagination_type="cursor", search="e", status="connected")
    link = first.json()["links"]["next"]
    assert link.partition("?")[2] == f"cursor={first.json()['meta']['next_cursor']}"
    lost = (await lab.ask("GET", link)).json()
    assert lost["meta"]["current_page"] == 1
    assert lost["data"] == await lab.rows("/api/sender-emails")


async def test_a_cursor_can_be_made_at_any_id(lab: Lab) -> None:
    """A walk may start in the middle; it sees exactly what lies below."""
    middle = lab.workspace.leads[20].id
    found = await lab.rows(LEADS, pagination_type="cursor", cursor=write_cursor(middle, True))
    assert [row["id"] for row in found] == [lab.workspace.leads[n].id for n in range(19, 4, -1)]


async def test_a_page_walk_flips_to_cursors(lab: Lab) -> None:
    """From page 2 on, while the rule holds, totals are gone and cursors come; then page mode is back."""
    lab.break_page(Break.CURSOR_MODE, LEADS, 2)
    flipped, back = (await lab.get(LEADS, page=2)).json(), (await lab.get(LEADS, page=2)).json()
    assert "last_page" not in flipped["meta"]
    assert flipped["meta"]["next_cursor"]
    assert flipped["data"] == await lab.rows(LEADS)
    assert back["meta"]["current_page"] == 2


async def test_a_cursor_walk_flips_to_pages(lab: Lab) -> None:
    """The second hop is answered with page 1: whoever believes it reads those rows again."""
    lab.break_page(Break.PAGE_MODE, LEADS, 2)
    walk = [answer.json() async for answer in hops(lab, LEADS)]
    assert "next_cursor" in walk[0]["meta"]
    assert walk[1]["meta"]["current_page"] == 1
    assert walk[1]["data"] == walk[0]["data"]


@pytest.mark.parametrize("path", ROUTES)
async def test_an_insert_in_the_middle_of_a_walk(lab: Lab, path: str) -> None:
    """Before page 2 a row comes in at the top: page mode repeats a row, cursor mode repeats and misses none."""
    before = set(await ids(hops(lab, path)))
    lab.break_page(Break.INSERT, path, 2)
    repeated = await ids(paged(lab, path))
    lab.break_page(Break.INSERT, path, 2, workspace=12)
    steady = await ids(hops(lab, path))
    assert len(repeated) == len(set(repeated)) + 1
    assert len(steady) == len(set(steady))
    assert before <= set(steady)


@pytest.mark.parametrize("path", ROUTES)
async def test_a_delete_in_the_middle_of_a_walk(lab: Lab, path: str) -> None:
    """Before page 2 a row that was read goes: page mode misses one that is still there, cursor mode none."""
    before = set(await ids(hops(lab, path)))
    lab.break_page(Break.DELETE, path, 2)
    missed = before - set(await ids(paged(lab, path)))
    lab.faults.clear()
    left = set(await ids(hops(lab, path)))
    lab.break_page(Break.DELETE, path, 2, workspace=12)
    steady = set(await ids(hops(lab, path)))
    assert len(before - left) == 1
    assert len(missed) == 1
    assert missed <= left
    assert left == steady


async def test_a_walk_that_ends_early(lab: Lab) -> None:
    """Page 2 comes empty and says that it is the end, in either mode."""
    lab.break_page(Break.END, LEADS, 2, times=2)
    pages = [answer.json() async for answer in paged(lab, LEADS)]
    cursors = [answer.json() async for answer in hops(lab, LEADS)]
    assert [len(page["data"]) for page in pages] == [15, 0]
    assert pages[0]["meta"]["total"] > 15
    assert [len(page["data"]) for page in cursors] == [15, 0]


async def test_unknown_parameters_are_ignored(lab: Lab) -> None:
    """Filters under the wrong name filter nothing."""
    everything = await lab.rows(LEADS)
    for wrong in ({"email": "x@y.example"}, {"tag_ids[]": 1}, {"status": "bounced"}, {"interested": 1}):
        assert await lab.rows(LEADS, **wrong) == everything
    assert await lab.rows("/api/replies", is_read=1) == await lab.rows("/api/replies")


async def test_search_is_real_on_leads_and_ignored_on_campaign_leads(lab: Lab) -> None:
    """The same word finds one lead in one list and changes nothing in the other."""
    lead = lab.workspace.recent_sends[-1].lead
    campaign = lab.workspace.recent_sends[-1].campaign.id
    path = f"/api/campaigns/{campaign}/leads"
    assert [row["id"] for row in await lab.rows(LEADS, search=lead.email.upper())] == [lead.id]
    assert await lab.rows(path, search=lead.email) == await lab.rows(path)


@pytest.mark.parametrize("style", ["filters[{}][{}]", "filters.{}.{}"])
async def test_nested_lead_filters_hold(lab: Lab, style: str) -> None:
    """A day and a count, in both spellings."""
    new = lab.world.add_lead(12)
    made = {style.format("created_at", "criteria"): ">=", style.format("created_at", "value"): "2026-09-14"}
    sent = {style.format("emails_sent", "criteria"): ">", style.format("emails_sent", "value"): "0"}
    assert [row["id"] for row in await lab.rows(LEADS, **made)] == [new.id]
    assert all(row["overall_stats"]["emails_sent"] > 0 for row in await lab.rows(LEADS, **sent))


async def test_tags_come_all_at_once(lab: Lab) -> None:
    """Thirty tags in one answer without `meta`."""
    for number in range(25):
        await lab.ask("POST", "/api/tags", json={"name": f"tag {number}"})
    answer = (await lab.get("/api/tags")).json()
    assert len(answer["data"]) == 35
    assert "meta" not in answer
