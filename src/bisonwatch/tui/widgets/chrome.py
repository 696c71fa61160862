"""The two lines around every page: the tabs with what is being looked at, and the keys that work now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual.events import Click
from textual.message import Message

from bisonwatch.tui.commands.command import Command, key_name, keys_of
from bisonwatch.tui.commands.looking import TABS
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, cell_len, cut, pack, spread, width
from bisonwatch.tui.widgets.line_view import LineView


class Tabs(LineView):
    """`[1 Workspaces] 2 Events …`, and at the right the order, the filter and the position."""

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, page: str) -> None:
            self.page = page
            super().__init__()

    def __init__(self, note: Callable[[], Line], count: Callable[[Frame, str], int], *, id: str) -> None:
        super().__init__(id=id)
        self._note, self._count = note, count
        self._spans: list[tuple[int, int, str]] = []
        self.active = TABS[0][0]

    def lines(self, frame: Frame, width_: int, height: int) -> list[Line]:
        whole = self._note()
        for short, note in (
            (False, whole),
            (True, whole),
            (True, _without_order(whole)),
            (True, _place(whole)),
        ):
            tabs = self._tabs(frame, short=short)
            if width(tabs) + width(note) + 3 <= width_:
                break
        else:
            note = ()
        return [spread(cut(tabs, width_), (*note, Piece(" ")), width_)]

    def _tabs(self, frame: Frame, *, short: bool) -> Line:
        line: list[Piece] = [Piece(" ")]
        self._spans = []
        at = 1
        for place, (page, title, brief) in enumerate(TABS, 1):
            count = self._count(frame, page)
            more = f" {count}" if count and not short else f"·{count}" if count else ""
            text = f" {place} {brief if short else title}{more} "
            line.append(Piece(text, "tab-on" if page == self.active else "tab"))
            self._spans.append((at, at + cell_len(text), page))
            at += cell_len(text)
        return tuple(line)

    def on_click(self, event: Click) -> None:
        for start, end, page in self._spans:
            if start <= event.x < end:
                self.post_message(self.Chosen(page))


def _without_order(note: Line) -> Line:
    """The filter and the position matter more than the order."""
    return tuple(piece for piece in note if piece.role != "soft")


def _place(note: Line) -> Line:
    """What stands last: the position."""
    return tuple(Piece(piece.text.rpartition("  ")[2], piece.role) for piece in note[-1:])


class Footer(LineView):
    """Only keys that work here; what is refused now is drawn faint."""

    def __init__(
        self,
        commands: Callable[[], Sequence[tuple[Command, bool]]],
        keymap: Mapping[str, str],
        *,
        id: str,
    ) -> None:
        super().__init__(id=id)
        self._commands, self._keymap = commands, keymap

    def lines(self, frame: Frame, width_: int, height: int) -> list[Line]:
        groups = []
        for command, works in self._commands():
            key = key_name(keys_of(command, self._keymap)[0])
            line: Line = (
                Piece(key, "key" if works else "faint"),
                Piece(f" {command.footer}", "soft" if works else "faint"),
            )
            groups.append((command.rank, line))
        return [(Piece(" "), *pack(groups, width_ - 2, 2))]
