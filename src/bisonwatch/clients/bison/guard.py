"""Reading with a key whose workspace somebody may switch: what was read is handed on only when it is proven to be the right one's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from typing import Protocol

from bisonwatch.clients.bison.answers import Answer
from bisonwatch.clients.bison.pages import Check, Fetch, Page, Query, T

MOST = 16
"""Pages between two proofs; the first proof of a walk comes after one page, since most walks of the event log need no more."""


class Section(Protocol):
    """A time in which the key reads one workspace."""

    def long(self) -> bool:
        """Whether others should have their turn."""
        ...


class Guard(Protocol):
    """`section` is entered when the key reads the workspace; leaving it raises WrongWorkspace unless it did so all the time."""

    def section(self) -> AbstractAsyncContextManager[Section]: ...


class Proof:
    """Of one walk, in stretches. A section begins with a stretch's first request, so that what asks for nothing proves nothing."""

    def __init__(self, guard: Guard, fetch: Fetch) -> None:
        self._guard = guard
        self._fetch = fetch
        self._sections = AsyncExitStack()
        self._section: Section | None = None
        self._lock = asyncio.Lock()

    async def fetch(self, hop: Query, check: Check) -> Answer:
        """What the walk asks with; several at once share one section."""
        async with self._lock:
            if self._section is None:
                self._section = await self._sections.enter_async_context(self._guard.section())
        return await self._fetch(hop, check)

    async def walk(self, pages: AsyncGenerator[Page[T], None]) -> AsyncGenerator[Page[T], None]:
        """The walk's pages, held back until proven. The key is not held while whoever reads them is at work."""
        most, over = 1, False
        async with aclosing(pages):
            while not over:
                held: list[Page[T]] = []
                self._section = None
                async with AsyncExitStack() as self._sections:
                    while not over and len(held) < most and not (held and self._long()):
                        page = await anext(pages, None)
                        over = page is None
                        if page is not None:
                            held.append(page)
                for page in held:
                    yield page
                most = min(MOST, most * 2)

    def _long(self) -> bool:
        return self._section is not None and self._section.long()
