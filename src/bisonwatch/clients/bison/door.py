"""What every family of routes asks through: one record, a short list, a walk, a command."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.answers import Answer
from bisonwatch.clients.bison.caller import Caller
from bisonwatch.clients.bison.expected import UNREADABLE, fields_of, odd
from bisonwatch.clients.bison.fields import Raw, block, count, rows
from bisonwatch.clients.bison.guard import Guard, Proof
from bisonwatch.clients.bison.journal import template
from bisonwatch.clients.bison.pages import Check, Make, Page, Query, T, down_to, walk, walk_parallel
from bisonwatch.clients.bison.rows import Broken, MakeOne, Rejected, each
from bisonwatch.errors import ProviderUnreachable

ABREAST = 16
"""Pages of a walk that are waited for together; how many of them are in flight is for the key's pace and the instance's gate to say."""

log = logging.getLogger(__name__)


class Door:
    """Every method raises ProviderError. With `guard`, everything read is proven before it is handed on."""

    def __init__(self, caller: Caller, guard: Guard | None = None) -> None:
        self.caller = caller
        self._guard = guard

    async def whoami(self) -> wire.Identity:
        """Who the key is and which workspace it reads now; asked without a proof, since it is the proof."""
        return read(await self.caller.get("/api/users"), plain(wire.identity))

    async def get(self, route: str, query: Query = ()) -> Answer:
        async with self._section():
            return await self.caller.get(route, query)

    async def get_list(self, route: str, query: Query = ()) -> Answer:
        async with self._section():
            return await self.caller.get_list(route, query)

    async def post(self, route: str, body: dict[str, object]) -> Answer:
        """A read that the provider wants as a POST."""
        async with self._section():
            return await self.caller.post(route, body)

    async def write(self, method: str, route: str, body: dict[str, object] | None = None) -> Answer:
        """A command. A proof that fails after it undoes nothing: the WrongWorkspace tells where it went."""
        async with self._section():
            return await self.caller.write(method, route, body)

    async def one(self, route: str, make: Make[T], query: Query = ()) -> T:
        """One record. RecordMissing when it is gone."""
        return read(await self.get(route, query), self.judged(route, make))

    async def posted(self, route: str, body: dict[str, object], make: Make[T]) -> T:
        """As `one`, where the provider wants the question as a POST."""
        return read(await self.post(route, body), self.judged(route, make, "POST"))

    async def listed(self, route: str, make: MakeOne[T]) -> tuple[T, ...]:
        """A list that comes whole."""
        answer = await self.get_list(route)
        return self.each(route, rows(answer.data), make, answer.known_at)

    def each(self, route: str, found: list[object], make: MakeOne[T], known_at: datetime) -> tuple[T, ...]:
        """The rows that can be read; the log tells of the others."""
        judged = self.judged(route, plain(make))
        self._strange(route, found)
        good, rejected = each(found, lambda raw: judged(raw, known_at))
        note(route, rejected)
        return good

    async def series(self, route: str, query: Query) -> wire.Series:
        """A daily series. Its pairs have no names: what cannot be read is written down by its place."""
        answer = await self.get_list(route, query)
        found = wire.dated_series(rows(answer.data), answer.known_at)
        for pair in found.rejected:
            self.caller.journal.flawed("GET", route, pair.path, UNREADABLE, None)
        return found

    def judged(self, route: str, make: Make[T], method: str = "GET") -> Make[T]:
        """As `make`; a row, or a field of it, that had to be left out is written down."""
        journal, fields = self.caller.journal, fields_of(template(route))

        def made(raw: Raw, known_at: datetime) -> T:
            try:
                row = make(raw, known_at)
            except Broken as problem:
                journal.flawed(method, route, problem.path, problem.flaw, problem.found)
                raise
            for name, reason, value in odd(fields, raw, known_at):
                journal.flawed(method, route, name, reason, value)
            return row

        return made

    def pages(
        self,
        route: str,
        make: Make[T],
        query: Query = (),
        *,
        abreast: int = 1,
        known: int = 1,
        newer_than: int | None = None,
        there: bool = False,
        start: str | None = None,
    ) -> AsyncGenerator[Page[T], None]:
        """A walk, by cursor and newest first; `abreast` pages at a time, in no order, where the provider counts them;
        `known`: how many there were the last time, so that the first need not be waited for.

        `newer_than` ends it with the page that reaches that id: rows below it may still be on that page. `there`: rows were
        seen in the list before, so that an empty one is doubted, as is every page that ends the walk too early (see `pages`).
        `start` is where an earlier walk of the same query stopped (`Page.cursor`).
        """

        async def fetch(hop: Query, check: Check) -> Answer:
            answer = await self.caller.get_list(route, hop, check)
            self._strange(route, rows(answer.data))
            return answer

        make = self.judged(route, make)
        proof = None if self._guard is None else Proof(self._guard, fetch)
        ask = fetch if proof is None else proof.fetch
        if abreast > 1 and newer_than is None:
            found = walk_parallel(ask, query, make, abreast, known)
        else:
            found = walk(ask, query, make, there=there, start=start)
        if newer_than is not None:
            found = down_to(found, newer_than)
        return found if proof is None else proof.walk(found)

    async def collected(self, route: str, make: MakeOne[T], query: Query = ()) -> tuple[T, ...]:
        """Every page of a short walk."""
        found: list[T] = []
        async for page in self.pages(route, plain(make), query):
            note(route, page.rejected)
            found += page.rows
        return tuple(found)

    async def total(self, route: str, query: Query = ()) -> int | None:
        """How many rows a list has, by its first page; None where the provider does not count them."""
        answer = await self.get_list(route, [*query, ("page", "1")])
        return count(block(answer.body.get("meta")).get("total"))

    def _strange(self, route: str, found: list[object]) -> None:
        for row in found:
            if not isinstance(row, dict):
                self.caller.journal.flawed("GET", route, "a row", "is not an object", row)

    def _section(self) -> AbstractAsyncContextManager[object]:
        return nullcontext() if self._guard is None else self._guard.section()


def read(answer: Answer, make: Make[T]) -> T:
    """An answer's one record. Raises ProviderUnreachable for one that cannot be read."""
    data = answer.data
    raw: Raw = block(data[0] if isinstance(data, list) and len(data) == 1 else data)
    try:
        return make(raw, answer.known_at)
    except Broken as problem:
        raise ProviderUnreachable(f"the provider's answer cannot be read: {problem}") from problem


def plain(make: MakeOne[T]) -> Make[T]:
    """A maker for rows that are not dated."""
    return lambda raw, _: make(raw)


def note(route: str, rejected: Sequence[Rejected]) -> None:
    for row in rejected:
        log.warning("%s: skipped %s: %s", route, row.path, row.reason)
