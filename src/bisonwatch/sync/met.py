"""Which accounts a walk met, and whether those are all there are."""

from __future__ import annotations

from datetime import datetime

from bisonwatch.clients.bison.pages import Page
from bisonwatch.domain.account import Account
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.sync.meter import Meter


class Met:
    """`began` is the moment before its first request, in the provider's clock."""

    def __init__(self, workspace: WorkspaceKey, meter: Meter) -> None:
        self._name, self._meter = f"accounts of {workspace}", meter
        self._by_cursor = False
        self.total: int | None = None
        """What the provider said last; None when it never did."""
        self.pages = 1
        """As many as the list has by what the provider said last, or one."""
        self.ids: set[int] = set()
        self.began: datetime | None = None

    def page(self, page: Page[Account]) -> None:
        """They come in no order, and the first may have been asked for once more."""
        self.began = page.known_at if self.began is None else min(self.began, page.known_at)
        self.ids.update(page.ids)
        self._by_cursor = page.total is None
        self.pages = page.last_page or self.pages
        if page.total is not None:
            self.total = page.total
            self._meter.expect(self._name, page.total)
        self._meter.reach(self._name, len(self.ids))

    @property
    def complete(self) -> bool:
        """To be asked of a walk that came to its end. Rows move from page to page under a walk by number, which then meets too many
        or too few; one that ended by cursor met everything, unless it is less than the provider said there is.
        """
        if self.total is None or len(self.ids) == self.total:
            return True
        return self._by_cursor and len(self.ids) > self.total
