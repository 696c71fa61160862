"""A key that may be switched to another workspace is asked where it is, before and after everything it reads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

from bisonwatch.clients.bison.pages import Page
from bisonwatch.errors import KeyRejected, RecordMissing, WrongWorkspace

T = TypeVar("T")

STRETCH = 4
"""Pages held back at most until the key was asked again. More would save requests (four cost a quarter more), and leave
more time in which a key is switched away and back unnoticed."""


class Binding:
    """`reads` asks which workspace the key reads now. What was read in doubt is thrown away, never handed on.

    No answer says whose it is: a key that was switched away and back between two questions is not found out.
    """

    def __init__(self, reads: Callable[[], Awaitable[int]], workspace: int) -> None:
        self._reads = reads
        self._workspace = workspace

    async def check(self) -> None:
        """Raises WrongWorkspace unless the key reads the workspace now; ProviderError where it cannot be asked."""
        found = await self._reads()
        if found != self._workspace:
            raise WrongWorkspace(
                f"the key reads workspace {found} now, not {self._workspace}; what it read is thrown away",
                hint="somebody switched it; an api-user key per workspace cannot be switched",
            )

    @asynccontextmanager
    async def around(self) -> AsyncIterator[None]:
        """Around one read: what it brought may be used only after the end. A refusal may be another workspace's too."""
        await self.check()
        try:
            yield
        except (RecordMissing, KeyRejected):
            await self.check()
            raise
        await self.check()

    async def walk(self, pages: AsyncGenerator[Page[T], None]) -> AsyncGenerator[Page[T], None]:
        """The walk's pages, each handed on when the key was asked after it: the first alone, then two, then STRETCH."""
        await self.check()
        held: list[Page[T]] = []
        stretch = 1
        async with aclosing(pages):
            async for page in self._told(pages):
                held.append(page)
                if len(held) < stretch:
                    continue
                await self.check()
                for sure in held:
                    yield sure
                held, stretch = [], min(2 * stretch, STRETCH)
        if held:
            await self.check()
        for sure in held:
            yield sure

    async def _told(self, pages: AsyncGenerator[Page[T], None]) -> AsyncGenerator[Page[T], None]:
        try:
            async for page in pages:
                yield page
        except (RecordMissing, KeyRejected):
            await self.check()
            raise
