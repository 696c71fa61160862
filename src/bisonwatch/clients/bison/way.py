"""Where a walk stands."""

from __future__ import annotations

from collections.abc import Sequence

from bisonwatch.clients.bison.meta import Meta
from bisonwatch.errors import ProviderUnreachable

FLIPS = 4
"""So often a provider may change its way of paging within one walk."""


class Way:
    """What it asks for next, and how much it met since it began at the top."""

    def __init__(self, start: str | None = None) -> None:
        self.asked: tuple[str, str] | None = None if start is None else ("cursor", start)
        self.paged = False
        self.met = 0
        self.top: int | None = None
        self._cursors: set[str] = set()
        self._reached = self._flips = 0

    def meet(self, meta: Meta, ids: Sequence[int]) -> None:
        by = None if self.asked is None else self.asked[0]
        if by is None or meta.by_cursor != (by == "cursor"):
            self.met, self.top = 0, max(ids, default=None)
        self.met += len(ids)
        self.paged = self.paged or meta.told

    def forget(self, ids: Sequence[int]) -> None:
        """The page is looked at once more."""
        self.met -= len(ids)

    def go_on(self, meta: Meta) -> None:
        """To the page after this one. Raises ProviderUnreachable when a cursor or a page comes back, since the walk would never end."""
        by = None if self.asked is None else self.asked[0]
        if meta.cursor is not None:
            if by == "page":  # from the top again, over cursors that were given before
                self._cursors.clear()
                self._flips += 1
            if meta.cursor in self._cursors:
                raise ProviderUnreachable(
                    "the provider's cursor came back to where it was; the walk was ended"
                )
            self._cursors.add(meta.cursor)
            self.asked = ("cursor", meta.cursor)
        elif meta.number is not None:
            if by == "page" and meta.number <= self._reached:
                raise ProviderUnreachable(f"page {meta.number} came back; the walk was ended")
            self._flips += by == "cursor"
            self._reached = meta.number
            self.asked = ("page", str(meta.number + 1))
        if self._flips > FLIPS:
            raise ProviderUnreachable("the provider keeps changing its way of paging; the walk was ended")
