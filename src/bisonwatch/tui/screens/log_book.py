"""A log over a span, of one instance or all, sorted by any of its columns."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, Protocol, TypeVar

from bisonwatch.domain.span import Span
from bisonwatch.tui.columns import Column
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.inquiry import Inquiry
from bisonwatch.tui.lines import Line, Piece, crop, outside, paragraph, spread
from bisonwatch.tui.screens.book import BookScreen
from bisonwatch.tui.screens.pick import PickScreen
from bisonwatch.tui.sheet import UNKNOWN_LAST
from bisonwatch.tui.views.api_log import SPANS
from bisonwatch.tui.widgets.live_table import LiveTable


class _Entry(Protocol):
    @property
    def instance(self) -> str: ...


class _Log(Protocol):
    @property
    def span(self) -> Span: ...


T = TypeVar("T", bound=_Entry)
L = TypeVar("L", bound=_Log)
Ask = Callable[[Span, Callable[[L | str], None]], None]


class LogBook(BookScreen[T], Generic[T, L]):
    """Subclasses say what is asked for, which rows an answer has, and its sentence. The first order is by `first`."""

    TITLE = ""

    def __init__(
        self, columns: Sequence[Column[T]], key_of: Callable[[T], Hashable], first: str, ask: Ask[L]
    ) -> None:
        super().__init__(LiveTable(columns, key_of, self._nothing))
        self._columns = {column.name: column for column in columns if column.sort is not None}
        self._span = Span.HOUR
        self._instance: str | None = None
        self.table.sorted_by = first
        self._inquiry: Inquiry[L] = Inquiry(lambda told: ask(self._span, told), self.draw)

    @property
    def known(self) -> L | None:
        """The answer, once it is of the span that is asked for."""
        answer = self._inquiry.answer
        return answer if answer is not None and answer.span is self._span else None

    def entries(self, log: L) -> Sequence[T]:
        raise NotImplementedError

    def sentence(self, log: L, frame: Frame) -> Piece:
        raise NotImplementedError

    @property
    def span(self) -> Span | None:
        return self._span

    def next_span(self) -> None:
        self._span = self._span.next
        if self.frame is not None:
            self.show(self.frame)

    def ask(self, frame: Frame) -> None:
        self._inquiry.look(frame, self._span)

    def rows(self, frame: Frame) -> list[T]:
        log = self.known
        column = self._columns[self.table.sorted_by or ""]
        found = [one for one in (self.entries(log) if log else ()) if self._instance in (None, one.instance)]
        if column.sort is None:
            return found
        ranked = [(column.sort(one, frame.now), one) for one in found]
        known = sorted((pair for pair in ranked if pair[0][0] != UNKNOWN_LAST), key=lambda pair: pair[0])
        unknown = [one for rank, one in ranked if rank[0] == UNKNOWN_LAST]
        return [one for _, one in (reversed(known) if self.table.reversed else known)] + unknown

    def ask_sort(self) -> None:
        choices = [
            (name, crop(f"{column.title:<11} {column.help}", 66)) for name, column in self._columns.items()
        ]
        self.app.push_screen(PickScreen("sort by", choices, self.table.sorted_by), self._sort)

    def reverse_sort(self) -> None:
        self.table.reversed = not self.table.reversed
        self.draw()

    def ask_filter(self) -> None:
        """One instance, or all of them."""
        names = sorted({one.instance for one in (self.entries(self.known) if self.known else ())})
        choices = [("all", "all instances"), *((f"i{n}", outside(name)) for n, name in enumerate(names))]
        current = f"i{names.index(self._instance)}" if self._instance in names else "all"

        def chosen(choice: str | None) -> None:
            if choice is not None:
                self._instance = None if choice == "all" else names[int(choice[1:])]
                self.draw()

        self.app.push_screen(PickScreen("instance", choices, current), chosen)

    def _sort(self, name: str | None) -> None:
        if name is not None:
            self.table.sorted_by, self.table.reversed = name, False
            self.draw()

    def title_lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        left: Line = (Piece(f" {self.TITLE}", "title"), Piece(f"  {SPANS[self._span]}", "warm"))
        if self._instance is not None:
            left += (Piece(f"  {outside(self._instance)} only", "warm"),)
        order = f"by {self.table.sorted_by}{', reversed' if self.table.reversed else ''}  "
        return [spread(left, (Piece(order, "soft"), Piece(f"{self.table.position} ", "faint")), width)]

    def said(self, frame: Frame, width: int, height: int) -> list[Line]:
        log, trouble = self.known, self._inquiry.trouble
        if log is None:
            asking = trouble or ("no engine runs yet" if frame.waiting else "asking…")
            return [(Piece(f" {asking}", "warn" if trouble else "faint"),)]
        piece = self.sentence(log, frame)
        lines = paragraph(piece.text, width - 2, min(2, height), piece.role)
        lines += [(Piece(f"as of before: {trouble}", "warn"),)] if trouble else []
        return [(Piece(" "), *line) for line in lines]

    def _nothing(self, frame: Frame) -> str:
        if self.known is None:
            return self._inquiry.trouble or "asking…"
        return "nothing here; m looks further back" if self._span is not Span.FORTNIGHT else "nothing here"
