"""Walks over paged routes: by cursor, by page number, or several pages at once, whichever the provider answers with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from bisonwatch.clients.bison.answers import Answer
from bisonwatch.clients.bison.fields import Raw, block, ident, rows
from bisonwatch.clients.bison.meta import Belief, Meta
from bisonwatch.clients.bison.rows import Rejected, each
from bisonwatch.clients.bison.way import Way
from bisonwatch.errors import ProviderUnreachable, RequestRefused

T = TypeVar("T")

Query = Sequence[tuple[str, str]]
Check = Callable[[Answer], None]
"""Raises ProviderUnreachable for an answer that cannot be true."""
Fetch = Callable[[Query, Check], Awaitable[Answer]]
Make = Callable[[Raw, datetime], T]

PAGE_CEILING = 500
"""Page mode is said to end at 1,000 pages and was seen to end at 500; beyond, only cursors."""


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


def _read(answer: Answer, make: Make[T]) -> tuple[Page[T], Meta]:
    meta, found = Meta.of(answer), rows(answer.data)
    good, bad = each(found, lambda row: make(row, answer.known_at))
    ids = tuple(number for row in found if (number := ident(block(row).get("id"))) is not None)
    return Page(good, bad, ids, meta.total, meta.pages, answer.known_at, meta.cursor), meta


async def walk(
    fetch: Fetch, query: Query, make: Make[T], *, there: bool = False, start: str | None = None
) -> AsyncGenerator[Page[T], None]:
    """Every page by cursor, the whole query rebuilt for each; answers in page mode are followed by number.

    A row may come twice when the provider changes its mode on the way. An end that can be doubted is compared with the total, where the
    provider counts the list, and looked at once more; with `there` rows were seen in the list before, so that an empty one is doubted.
    `start` is a cursor of an earlier walk: what lies above it was not met, so that a doubtful end is only looked at once more.
    Raises ProviderUnreachable when it stays doubtful, or when the walk would never end.
    """
    way, doubted = Way(start), False
    while True:
        hop = [*query, ("pagination_type", "cursor"), *([way.asked] if way.asked else [])]
        page, meta = _read(await fetch(hop, Belief(hop, paged=way.paged)), make)
        way.meet(meta, page.ids)
        yield page
        if meta.follows():
            way.go_on(meta)
            doubted = False
        elif (
            not _doubtful(meta, page, there)
            or (start is None and await _agrees(fetch, query, make, way))
            or (doubted and start is not None)
        ):
            return
        elif doubted:
            raise ProviderUnreachable(f"the list ended after {way.met} rows, and there are more")
        else:
            way.forget(page.ids)
            doubted = True


def _doubtful(meta: Meta, page: Page[T], there: bool) -> bool:
    """A list by cursor ends with a page that is not full, as a rule; an empty list is told by the same words as a broken one."""
    found = len(page.rows) + len(page.rejected)
    return meta.by_cursor and (found == meta.size or (there and not found))


async def _agrees(fetch: Fetch, query: Query, make: Make[T], way: Way) -> bool:
    """Whether the provider counts no more than what was met and what came in on top of it since. One that counts nothing agrees to any rows."""
    hop = [*query, ("page", "1")]
    page, meta = _read(await fetch(hop, Belief(hop)), make)
    if meta.total is None:
        return way.met > 0
    newer = sum(number > way.top for number in page.ids) if way.top is not None else 0
    return meta.total <= way.met + newer


async def walk_parallel(
    fetch: Fetch, query: Query, make: Make[T], abreast: int, known: int = 1
) -> AsyncGenerator[Page[T], None]:
    """Every page by number, up to `abreast` at a time, if the first answer tells how many there are; else by cursor.

    Where the list had `known` pages before, they are asked for with the first one. The first one decides all the same: what was
    asked for beyond the end that it tells is thrown away, whatever came.
    Past the page ceiling the first page comes too, for its total. When the distinct ids do not add up to the total that every page agrees on,
    rows moved under the walk: it is followed by a cursor walk, so that a row may come twice, but none is missing. Raises
    ProviderUnreachable when that walk met less than there was all the time.
    """
    top = [*query, ("page", "1")]
    began = await _asked(fetch, query, range(1, min(known, abreast) + 1))
    first, meta = _read(_answer(began[0]), make)
    if meta.total is not None:
        yield first
    ids, totals = set(first.ids), {meta.total}
    if meta.number == 1 and meta.pages is not None and meta.total is not None and meta.pages < PAGE_CEILING:
        found, asked = began[1 : meta.pages], 1
        while asked < meta.pages:
            if not found:
                numbers = range(asked + 1, min(asked + abreast, meta.pages) + 1)
                found = await _asked(fetch, query, numbers)
            try:
                pages = [_read(_answer(answer), make)[0] for answer in found]
            except RequestRefused:
                totals.clear()
                break
            for page in pages:
                ids.update(page.ids)
                totals.add(-1 if page.total is None else page.total)
                yield page
            asked, found = asked + len(found), []
        if totals == {len(ids)}:
            return
    async for page in walk(fetch, query, make):
        ids.update(page.ids)
        yield page
    if meta.total is not None and len(ids) < meta.total:
        await _less(fetch, top, make, len(ids))


async def _less(fetch: Fetch, top: Query, make: Make[T], met: int) -> None:
    """Fewer rows were met than were counted before: some were deleted meanwhile, or the walk lost them."""
    _, now = _read(await fetch(top, Belief(top)), make)
    if now.total is None or met < now.total:
        raise ProviderUnreachable(f"the walk met {met} rows, and the provider counts {now.total or 'more'}")


async def down_to(pages: AsyncGenerator[Page[T], None], number: int) -> AsyncGenerator[Page[T], None]:
    """A walk, newest first, up to and with the page that reaches the id `number`, or the place where it was."""
    async with aclosing(pages):
        async for page in pages:
            yield page
            if page.ids and page.ids[-1] <= number:
                return


async def _asked(fetch: Fetch, query: Query, numbers: range) -> list[Answer | BaseException]:
    """Those pages, each with its answer or its error. After the first of a list every page must say where it stands."""
    hops = [[*query, ("page", str(number))] for number in numbers]
    asked = [fetch(hop, Belief(hop, paged=number > 1)) for number, hop in zip(numbers, hops, strict=True)]
    return await asyncio.gather(*asked, return_exceptions=True)


def _answer(found: Answer | BaseException) -> Answer:
    if isinstance(found, BaseException):
        raise found
    return found
