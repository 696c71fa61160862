"""G6: a partial read deletes nothing; and rows that move under the walk are neither lost nor taken for gone."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bisonwatch.domain.absence import NOTHING
from bisonwatch.errors import ProviderError
from bisonwatch.store import account_walks, accounts, dialect
from bisonwatch.sync.meter import Meter
from tests.sync.conftest import House
from tests.sync.provider import PER_PAGE, Fault, Space, mailbox, paged

LIST = "/api/sender-emails"
SEARCH = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
Answer = Callable[[Space, httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def _quick_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of walks, and no file that must survive the machine."""
    quick = [pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in dialect.PRAGMAS]
    monkeypatch.setattr(dialect, "PRAGMAS", quick)


def rows(space: Space) -> list[dict[str, object]]:
    return sorted(space.accounts.values(), key=lambda row: -int(row["id"]))


def cut(_space: Space, request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("connection reset", request=request)


def by_cursor(space: Space, request: httpx.Request) -> httpx.Response:
    """Whatever number is asked for: the server knows cursors only, and begins at the top where it is given none."""
    kept = [(k, v) for k, v in request.url.params.multi_items() if k == "cursor"]
    asked = httpx.Request("GET", request.url.copy_with(params=[*kept, ("pagination_type", "cursor")]))
    return paged(rows(space), asked)


def by_number(space: Space, request: httpx.Request) -> httpx.Response:
    """Whatever cursor is given: the server knows numbers only, and begins at the first where it is given none."""
    kept = [(k, v) for k, v in request.url.params.multi_items() if k == "page"]
    return paged(rows(space), httpx.Request("GET", request.url.copy_with(params=kept)))


FAULTS: dict[str, Answer] = {
    "cut": cut,
    "500": lambda _space, _request: httpx.Response(500, text="<html>Server Error</html>"),
    "502": lambda _space, _request: httpx.Response(502, text="<html>Bad Gateway</html>"),
    "429": lambda _space, _request: httpx.Response(429, json={"error": "rate_limited", "retry_after": 2}),
    "422": lambda _space, _request: httpx.Response(422, json={"message": "use cursors"}),
    "refused": lambda _space, _request: httpx.Response(200, json={"data": {"success": False}}),
    "empty": lambda _space, _request: httpx.Response(200, json={"data": []}),
    "short": lambda space, request: short(space, request),
    "to cursors": by_cursor,
    "to numbers": by_number,
}


def short(space: Space, request: httpx.Request) -> httpx.Response:
    """The page lacks its last row, and says nothing of it."""
    whole = paged(rows(space), request).json()
    return httpx.Response(200, json=whole | {"data": whole["data"][:-1]})


def breaking(space: Space, first: int, lasting: bool, answer: Answer, before: Answer | None = None) -> Fault:
    """The list's `first` request gets that answer, and all later ones where it is lasting; `before`: the ones before it."""
    seen = 0

    def fault(request: httpx.Request) -> httpx.Response | None:
        nonlocal seen
        if request.url.path != LIST:
            return None
        seen += 1
        if seen < first:
            return before(space, request) if before else None
        return answer(space, request) if lasting or seen == first else None

    return fault


async def living(house: House, space: Space) -> set[int]:
    async with house.database.read() as tx:
        found = await accounts.page(tx, space.key, None, 1000)
    return {row.id for row in found if row.status != "removed"}


async def begin(house: House, space: Space, pages: int) -> None:
    """So many pages of accounts, all of them known, nobody held."""
    house.provider.fault = lambda _request: None
    space.mailboxes(pages * PER_PAGE)
    for _ in range(2):
        await house.clock.advance(1800)
        await house.accounts.walk(space.key)
        async with house.database.read() as tx:
            settled = (await account_walks.get(tx, space.key)).absence == NOTHING
        if settled:
            break
    assert settled
    assert await living(house, space) == set(space.accounts)
    await house.clock.advance(1800)


@SEARCH
@given(
    pages=st.integers(1, 5),
    first=st.integers(1, 7),
    lasting=st.booleans(),
    kind=st.sampled_from(sorted(FAULTS)),
    cursors=st.booleans(),
    left=st.sets(st.integers(1, 105), max_size=8),
)
async def test_whatever_breaks_on_whatever_page(
    house: House,
    northwind: Space,
    pages: int,
    first: int,
    lasting: bool,
    kind: str,
    cursors: bool,
    left: set[int],
) -> None:
    """Nobody who is there is removed. A walk that fails removes nobody at all, not even those who are really gone, nor holds them."""
    await begin(house, northwind, pages)
    known = set(northwind.accounts)
    northwind.accounts = {n: row for n, row in northwind.accounts.items() if n not in left}
    house.provider.asked.clear()
    house.provider.fault = breaking(northwind, first, lasting, FAULTS[kind], by_cursor if cursors else None)
    failed = False
    try:
        await house.accounts.walk(northwind.key, Meter())
    except ProviderError:
        failed = True
    found = await living(house, northwind)
    assert set(northwind.accounts) <= found <= known
    by_id = {int(path.rpartition("/")[2]) for _, path in house.provider.asked if path.startswith(f"{LIST}/")}
    assert by_id <= known - set(northwind.accounts) or kind in ("empty", "short")
    if failed:
        async with house.database.read() as tx:
            assert (await account_walks.get(tx, northwind.key)).absence == NOTHING
        assert (found, by_id) == (known, set())


@SEARCH
@given(
    pages=st.integers(2, 5),
    first=st.integers(1, 7),
    new=st.integers(0, 20),
    left=st.sets(st.integers(1, 90), max_size=12),
    cursors=st.booleans(),
)
async def test_rows_move_under_the_walk(
    house: House, northwind: Space, pages: int, first: int, new: int, left: set[int], cursors: bool
) -> None:
    """Before some page accounts are added and others go: whoever was there all the time is met and stays, and in the end the mirror has all.

    The page may be one of a later walk. In that walk those who go may have been met already; the next one holds them where they are many,
    and the third agrees.
    """
    await begin(house, northwind, pages)
    moved = False

    def move(space: Space, request: httpx.Request) -> httpx.Response:
        nonlocal moved
        if not moved:
            moved = True
            space.accounts = {n: row for n, row in space.accounts.items() if n not in left}
            top = pages * PER_PAGE + 1000
            space.accounts |= {top + n: mailbox(top + n) for n in range(new)}
        return by_cursor(space, request) if cursors else paged(rows(space), request)

    house.provider.fault = breaking(northwind, first, True, move, by_cursor if cursors else None)
    while not moved:
        await house.clock.advance(1800)
        began = house.clock.now()
        await house.accounts.walk(northwind.key, Meter())
    stayed = {n for n in northwind.accounts if n <= 1000}
    async with house.database.read() as tx:
        assert stayed.isdisjoint(await accounts.unseen(tx, northwind.key, began))
    assert stayed <= await living(house, northwind)
    for _ in range(3):
        await house.clock.advance(1800)
        await house.accounts.walk(northwind.key, Meter())
    assert await living(house, northwind) == set(northwind.accounts)
