"""Reading with a key whose workspace somebody may switch: what was read is handed on only when it is proven to be the right one's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

T = TypeVar("T")

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


async def proven(pages: AsyncIterator[T], guard: Guard) -> AsyncIterator[T]:
    """The pages of a walk, held back until proven. Nothing is held while whoever reads them is at work."""
    most, over = 1, False
    while not over:
        held: list[T] = []
        async with guard.section() as section:
            while not over and len(held) < most and not (held and section.long()):
                page = await anext(pages, None)
                over = page is None
                if page is not None:
                    held.append(page)
        for page in held:
            yield page
        most = min(MOST, most * 2)
