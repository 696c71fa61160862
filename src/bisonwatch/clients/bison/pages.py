"""Walks over paged routes: by cursor, by page number, or several pages at once, whichever the provider answers with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from bisonwatch.clients.bison.answers import Answer
from bisonwatch.clients.bison.fields import Raw, block, count, ident, rows, text
from bisonwatch.clients.bison.rows import Rejected, each
from bisonwatch.errors import ProviderUnreachable, RequestRefused

T = TypeVar("T")

Query = Sequence[tuple[str, str]]
Fetch = Callable[[Query], Awaitable[Answer]]
Make = Callable[[Raw, datetime], T]

PAGE_CEILING = 500
"""Page mode is said to end at 1,000 pages and was seen to end at 500; beyond, only cursors."""

_CURSOR_LIMIT = 4000
_FLIPS = 4


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page. `ids` are the provider's ids of all its rows, the rejected too; total and last_page exist in page mode, `cursor`, where the list
    goes on, in cursor mode.
    """

    rows: tuple[T, ...]
    rejected: tuple[Rejected, ...]
    ids: tuple[int, ...]
    total: int | None
    last_page: int | None
    known_at: datetime
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class _Meta:
    number: int | None
    last: int | None
    total: int | None
    cursor: str | None


def _read(answer: Answer, make: Make[T]) -> tuple[Page[T], _Meta]:
    raw = block(answer.body.get("meta"))
    meta = _Meta(
        ident(raw.get("current_page")),
        ident(raw.get("last_page")),
        count(raw.get("total")),
        text(raw.get("next_cursor"), _CURSOR_LIMIT),
    )
    found = rows(answer.data)
    good, bad = each(found, lambda row: make(row, answer.known_at))
    ids = tuple(number for row in found if (number := ident(block(row).get("id"))) is not None)
    return Page(good, bad, ids, meta.total, meta.last, answer.known_at, meta.cursor), meta


async def walk(
    fetch: Fetch, query: Query, make: Make[T], start: str | None = None
) -> AsyncGenerator[Page[T], None]:
    """Every page by cursor, the whole query rebuilt for each; answers in page mode are followed by number. `start`: a cursor of an earlier walk.

    A row may come twice when the provider changes its mode on the way. Raises ProviderUnreachable when a cursor or a
    page comes back, since the walk would never end.
    """
    cursors: set[str] = set()
    asked: tuple[str, str] | None = None if start is None else ("cursor", start)
    reached = flips = 0
    while True:
        hop = [*query, ("pagination_type", "cursor"), *([asked] if asked else [])]
        page, meta = _read(await fetch(hop), make)
        yield page
        if meta.cursor is not None:
            if meta.cursor in cursors:
                raise ProviderUnreachable(
                    "the provider's cursor came back to where it was; the walk was ended"
                )
            cursors.add(meta.cursor)
            flips += asked is not None and asked[0] == "page"
            asked = ("cursor", meta.cursor)
        elif meta.number is not None and meta.last is not None and meta.number < meta.last:
            if asked is not None and asked[0] == "page":
                if meta.number <= reached:
                    raise ProviderUnreachable(f"page {meta.number} came back; the walk was ended")
            else:
                flips += asked is not None
            reached = meta.number
            asked = ("page", str(meta.number + 1))
        else:
            return
        if flips > _FLIPS:
            raise ProviderUnreachable("the provider keeps changing its way of paging; the walk was ended")


async def walk_parallel(
    fetch: Fetch, query: Query, make: Make[T], abreast: int
) -> AsyncGenerator[Page[T], None]:
    """Every page by number, up to `abreast` at a time, if the first answer tells how many there are; else by cursor.

    Past the page ceiling the first page comes too, for its total. When the distinct ids do not add up to the total that every page agrees on, rows moved under the walk: it is followed
    by a cursor walk, so that a row may come twice, but none is missing.
    """
    first, meta = _read(await fetch([*query, ("page", "1")]), make)
    if meta.number != 1 or meta.last is None or meta.total is None or meta.last > PAGE_CEILING:
        if meta.total is not None:
            yield first
        async for page in walk(fetch, query, make):
            yield page
        return
    yield first
    ids, totals = set(first.ids), {meta.total}
    for start in range(2, meta.last + 1, abreast):
        numbers = range(start, min(start + abreast, meta.last + 1))
        try:
            found = await _several(fetch, query, make, numbers)
        except RequestRefused:
            totals.clear()
            break
        for page in found:
            ids.update(page.ids)
            totals.add(-1 if page.total is None else page.total)
            yield page
    if totals != {len(ids)}:
        async for page in walk(fetch, query, make):
            yield page


async def down_to(pages: AsyncGenerator[Page[T], None], number: int) -> AsyncGenerator[Page[T], None]:
    """A walk, newest first, up to and with the page that reaches the id `number`, or the place where it was."""
    async with aclosing(pages):
        async for page in pages:
            yield page
            if page.ids and page.ids[-1] <= number:
                return


async def _several(fetch: Fetch, query: Query, make: Make[T], numbers: range) -> list[Page[T]]:
    asked = [fetch([*query, ("page", str(number))]) for number in numbers]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    pages = []
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
        pages.append(_read(answer, make)[0])
    return pages
