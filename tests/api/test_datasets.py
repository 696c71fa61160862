"""Datasets over the API, and their cache: what a reader is told, what it costs, and what operators may do to it."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from bisonwatch.api.viewers import FORCED_S
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.errors import StoreUnavailable
from bisonwatch.store.tables import accounts
from tests.api.conftest import OPERATOR, VIEWER, Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def cold(desk: Desk) -> None:
    """Nothing is kept, and nobody asked for anything new lately."""
    await desk.send("POST", "/api/v1/cache/clear")
    await desk.told.clock.advance(FORCED_S)


def path(desk: Desk, name: str = "kpi") -> str:
    return f"/api/v1/workspaces/main/{desk.told.busiest}/datasets/{name}"


async def source(desk: Desk, token: str, **query: object) -> str:
    answer = await desk.get(path(desk), token, **query)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["source"])


async def test_a_dataset_comes_with_its_age_and_where_from(desk: Desk) -> None:
    """Made for the first reader, kept for the next; older each second, of the workspace that was asked for."""
    first = (await desk.get(path(desk), VIEWER)).json()
    assert (first["dataset"], first["source"], first["age_s"], first["error"]) == ("kpi", "made", 0.0, None)
    assert (first["value"]["instance"], first["value"]["workspace"]) == ("main", desk.told.busiest)
    await desk.told.clock.advance(3)
    again = (await desk.get(path(desk), VIEWER)).json()
    assert again == first | {"source": "cache", "age_s": 3.0}


async def test_the_four_stand_on_one_page(desk: Desk) -> None:
    """Each as it reads alone."""
    page = (await desk.get(path(desk, "").rstrip("/"))).json()
    assert page["next"] is None
    assert [item["dataset"] for item in page["items"]] == list(DatasetName)
    assert [(await desk.get(path(desk, name))).json() | {"source": "made"} for name in DatasetName] == page[
        "items"
    ]


async def test_a_dataset_that_only_grew_older_is_not_sent_again(desk: Desk) -> None:
    """Its tag is of the value and its freshness, alone and on the page; a new making, or staleness, is news."""
    for one in (path(desk), path(desk, "").rstrip("/")):
        tag = (await desk.get(one)).headers["etag"]
        known = {"authorization": f"Bearer {OPERATOR}", "if-none-match": tag}
        await desk.told.clock.advance(3)
        assert (await desk.local.get(one, headers=known)).status_code == 304
        await desk.send("POST", "/api/v1/cache/refresh")
        assert (await desk.local.get(one, headers=known)).status_code == 200
    kept = (await desk.get(path(desk))).headers["etag"]
    await desk.told.clock.advance(400)
    stale = await desk.get(path(desk))
    assert (stale.json()["freshness"], stale.headers["etag"] != kept) == ("stale", True)


async def test_viewers_cannot_have_things_made_without_end(desk: Desk) -> None:
    """Of one dataset a viewer gets a new one every ten seconds, else what is kept; an operator whenever they ask."""
    assert await source(desk, VIEWER) == "made"
    assert [await source(desk, VIEWER, fresh=1) for _ in range(4)] == ["made", "cache", "cache", "cache"]
    assert [await source(desk, OPERATOR, fresh=1) for _ in range(2)] == ["made", "made"]
    await desk.told.clock.advance(FORCED_S)
    assert [await source(desk, VIEWER, fresh=1) for _ in range(2)] == ["made", "cache"]
    said = {"workspace": f"main/{desk.told.busiest}", "name": "kpi", "fresh": True}
    word = await desk.send("POST", "/api/v1/feed/dataset", said, VIEWER)
    assert (word.status_code, word.json().get("source")) == (200, "cache"), word.text


async def test_what_cannot_be_made_says_why(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the last value where there is one, and without where there is none: 200 in either case, since the reading went well."""
    kept = (await desk.get(path(desk))).json()

    async def broken(*_: object) -> None:
        raise StoreUnavailable("the database does not answer")

    monkeypatch.setattr(desk.told.engine.datasets._cache, "_tried", broken)
    forced = (await desk.get(path(desk), fresh=1)).json()
    told = "the database does not answer"
    assert (forced["value"], forced["source"], forced["error"]) == (kept["value"], "cache", told)
    assert forced["retry_at"] is not None
    none = (await desk.get(path(desk, "volume"))).json()
    assert (none["value"], none["source"], none["freshness"], none["error"]) == (None, "none", "error", told)


async def test_operators_have_datasets_made_and_thrown_away(desk: Desk) -> None:
    """It is done when it is answered, and GET /cache tells it."""
    number = desk.told.busiest
    wish = {"workspaces": [f"main/{number}", f"main/{number}"], "names": ["kpi", "volume", "kpi"]}
    made = await desk.send("POST", "/api/v1/cache/refresh", wish)
    assert (made.status_code, made.json()) == (200, {"asked": 2, "made": 2})
    state = (await desk.get("/api/v1/cache", VIEWER)).json()
    kept = {(entry["workspace"], entry["dataset"]) for entry in state["entries"] if entry["made_at"]}
    assert (kept, state["kept"]) == ({(number, "kpi"), (number, "volume")}, 2)
    assert len(state["entries"]) == 4 * len(desk.told.picture.workspaces)
    gone = await desk.send("POST", "/api/v1/cache/clear", {"workspaces": [f"main/{number}"]})
    assert (gone.status_code, gone.json()) == (200, {"workspaces": 1, "cleared": 2})
    every = 4 * len(desk.told.picture.workspaces)
    await desk.told.clock.advance(1)
    assert (await desk.send("POST", "/api/v1/cache/refresh")).json() == {"asked": every, "made": every}
    deeds = (await desk.get("/api/v1/audit", limit=1)).json()["items"]
    assert [(deed["operation"], deed["outcome"]) for deed in deeds] == [("refresh_cache", "done")]


async def test_more_than_a_cache_holds_is_not_made_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take longer than anybody waits, and push itself out."""
    monkeypatch.setattr("bisonwatch.api.cache.MOST", 11)
    answer = await desk.send("POST", "/api/v1/cache/refresh")
    assert (answer.status_code, answer.json()["title"]) == (
        400,
        "that would be 12 datasets, 11 at a time are the most: name fewer",
    )


async def test_names_of_strangers_are_made_safe_in_a_dataset(desk: Desk) -> None:
    """Whoever wrote them into the mirror, and however."""
    text, mine = "\x1b[2J\u202e<b>=1+1\r\n", accounts.c.workspace_id == desk.told.busiest
    async with desk.told.engine.database.write() as tx:
        one = (await tx.rows(select(accounts.c.id, accounts.c.provider).where(mine)))[0]
        await tx.run(update(accounts).where(accounts.c.id == one.id).values(provider=text))
    answer = await desk.get(path(desk, "infrastructure"), fresh=1)
    names = [group["name"] for group in answer.json()["value"]["providers"]]
    assert [name for name in names if "<b>=1+1" in name and name.isprintable()]
    async with desk.told.engine.database.write() as tx:
        await tx.run(update(accounts).where(accounts.c.id == one.id).values(provider=one.provider))
