"""G6 against the simulator: whatever breaks on whatever page of whatever walk, nothing is deleted and no cursor passes what was not read."""

from __future__ import annotations

import pytest

from bisonwatch.errors import ProviderError
from bisonwatch.simulator.faults import Break
from bisonwatch.store import dialect
from bisonwatch.store.place import Place
from tests.support.length import LONG
from tests.sync.attacked import ROUTES, Site, site

BREAKS = (
    Break.CUT,
    Break.ERROR_500,
    Break.ERROR_429,
    Break.ERROR_422,
    Break.EMPTY,
    Break.REFUSED,
    Break.END,
    Break.CURSOR_MODE,
    Break.PAGE_MODE,
)
PAGES = range(1, 9) if LONG else (1, 2, 4)
"""Of the longest walk that is attacked; a page that a walk does not have breaks nothing."""


@pytest.fixture(autouse=True)
def _quick_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file here must survive the machine; whatever a walk is given is written at once, not at its end."""
    quick = [pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in dialect.PRAGMAS]
    monkeypatch.setattr(dialect, "PRAGMAS", quick)
    for module in ("accounts", "campaigns", "leads", "log_walk", "intake"):
        monkeypatch.setattr(f"bisonwatch.sync.{module}.BATCH", 7)


async def attacked(there: Site, kind: str, what: Break, page: int, times: int = 0) -> bool:
    """Life goes on, then one walk with that fault; whether it failed, after looking at what it left behind."""
    await there.live(kind)
    before, known = await there.places(), await there.stored(kind)
    there.at(kind, what, page, times)
    try:
        await there.walk(kind)
    except ProviderError:
        assert await there.places() == before
        assert known <= await there.stored(kind)
        return True
    finally:
        there.faults.clear()
    assert await there.complete(kind), f"{what} at page {page}: the walk ended well and is not complete"
    return False


async def healed(there: Site, kind: str) -> None:
    """The next walk with nothing broken has everything."""
    await there.house.clock.advance(120)
    await there.walk(kind)
    assert await there.complete(kind)


@pytest.mark.parametrize("what", BREAKS)
@pytest.mark.parametrize("kind", ROUTES)
async def test_each_page_of_every_walk(sqlite_place: Place, kind: str, what: Break) -> None:
    """It fails, and everything stays where it was; or it ends well, and is complete. The next one has everything."""
    async with site(sqlite_place) as there:
        await there.live(kind)
        await there.walk(kind)
        assert await there.complete(kind)
        failed = [
            page
            for page in PAGES
            if await attacked(there, kind, what, page) and not await healed(there, kind)
        ]
        if what not in (Break.CURSOR_MODE, Break.PAGE_MODE):
            assert {1, 2} <= set(failed)


@pytest.mark.parametrize(
    "what", [Break.CUT, Break.ERROR_500, Break.END, Break.EMPTY, Break.PAGE_MODE, Break.CURSOR_MODE]
)
@pytest.mark.parametrize("kind", ROUTES)
async def test_a_fault_that_passes_costs_nothing(sqlite_place: Place, kind: str, what: Break) -> None:
    """Once, on whatever page: the page is asked for again, and the very same walk is complete.

    But for a cursor that the event log forgets, which has no page mode: the walk would go in a circle, and is left to the next one.
    """
    lost = kind == "log" and what is Break.PAGE_MODE
    async with site(sqlite_place) as there:
        await there.live(kind)
        await there.walk(kind)
        for page in (1, 2, 3) if LONG else (2,):
            assert await attacked(there, kind, what, page, times=1) is (lost and page > 1)
            await healed(there, kind)


@pytest.mark.parametrize("what", [Break.CUT, Break.END])
@pytest.mark.parametrize("kind", ROUTES)
async def test_the_same_on_postgres(postgres_place: Place, kind: str, what: Break) -> None:
    """Nothing is deleted and no cursor moves on Postgres either."""
    async with site(postgres_place) as there:
        await there.live(kind)
        await there.walk(kind)
        for page in (1, 3):
            assert await attacked(there, kind, what, page)
            await healed(there, kind)
