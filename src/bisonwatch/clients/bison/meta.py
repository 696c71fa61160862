"""What a page says of itself and of its list, and whether that can be true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bisonwatch.clients.bison.answers import Answer
from bisonwatch.clients.bison.fields import block, count, ident, rows, text
from bisonwatch.errors import ProviderUnreachable

_CURSOR_LIMIT = 4000


@dataclass(frozen=True, slots=True)
class Meta:
    """`number`, `last` and `total` exist in page mode, `cursor` in cursor mode where something follows; `size` is a full page's."""

    number: int | None
    last: int | None
    total: int | None
    cursor: str | None
    size: int | None
    told: bool
    """Whether the answer says anything about pages; a list that comes whole does not."""

    @staticmethod
    def of(answer: Answer) -> Meta:
        raw = block(answer.body.get("meta"))
        return Meta(
            ident(raw.get("current_page")),
            ident(raw.get("last_page")),
            count(raw.get("total")),
            text(raw.get("next_cursor"), _CURSOR_LIMIT),
            ident(raw.get("per_page")),
            bool(raw),
        )

    @property
    def pages(self) -> int | None:
        """How many there are by whichever says more, the number of the last page or the total: one that is cut short is no end."""
        if self.last is None or self.total is None or self.size is None:
            return self.last
        return max(self.last, -(-self.total // self.size))

    @property
    def by_cursor(self) -> bool:
        return self.told and self.number is None

    def follows(self) -> bool:
        """Whether another page comes after this one."""
        if self.number is not None and self.pages is not None:
            return self.number < self.pages
        return self.cursor is not None

    @property
    def least(self) -> int:
        """How many rows the page must have by its own account."""
        if self.number is not None and self.total is not None and self.size is not None:
            return max(0, min(self.size, self.total - (self.number - 1) * self.size))
        if not self.follows():
            return 0
        return self.size if self.by_cursor and self.size is not None else 1


class Belief:
    """Of one page, before it is taken: called with its answer, it raises ProviderUnreachable for one that cannot be true.

    `paged`: an earlier page of the walk told of pages, so that this one must. After a cursor there is always a row, since the provider
    gives one only where more follows. A page that lacks rows is believed when the same comes again: lists may leave some out.
    """

    def __init__(self, hop: Sequence[tuple[str, str]], *, paged: bool = False) -> None:
        self._after_cursor = any(name == "cursor" for name, _ in hop)
        self._paged = paged
        self._short: list[object] | None = None

    def __call__(self, answer: Answer) -> None:
        meta, found = Meta.of(answer), rows(answer.data)
        if self._paged and not meta.told:
            raise ProviderUnreachable("a page of a longer list does not say where it stands")
        if not found and (meta.least or (self._after_cursor and meta.by_cursor)):
            raise ProviderUnreachable("the list ended too early: a page that must have rows has none")
        if len(found) < meta.least and found != self._short:
            self._short = list(found)
            raise ProviderUnreachable(f"a page has {len(found)} rows where {meta.least} were to come")
