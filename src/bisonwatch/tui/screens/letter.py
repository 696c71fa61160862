"""One dead letter, opened: why it failed, and its payload."""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult

from bisonwatch.domain.delivery import DeliveryState
from bisonwatch.domain.letter import Letter, Opened
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.registry import BY_ID
from bisonwatch.tui.desk import Desk
from bisonwatch.tui.format import seconds
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line
from bisonwatch.tui.views.header import header_lines
from bisonwatch.tui.views.letters import letter_lines, title_line
from bisonwatch.tui.widgets.chrome import Footer
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.page import Page

AGAIN_S = 2.0
"""How often a letter that waits to be processed is asked about."""
_KEYS = ("view.back", "letter.replay", "letter.discard", "view.copy", "view.help", "app.quit")


class LetterScreen(Desk):
    """Stays with its letter whatever becomes of it."""

    def __init__(self, letter: Letter) -> None:
        super().__init__()
        self._letter = letter
        self._opened: Opened | None = None
        self._trouble: str | None = None
        self._asked_at: datetime | None = None
        self._drawn: tuple[object, list[Line]] | None = None

    def compose(self) -> ComposeResult:
        yield LineView(header_lines, id="header")
        yield LineView(self._title, id="name")
        yield Page(self._lines, id="letter-page")
        yield Footer(self._keys, self.bison.keymap, id="footer")

    def show(self, frame: Frame) -> None:
        self.frame = frame
        waits = self._letter.state is DeliveryState.PENDING
        if self._asked_at is None or (waits and (seconds(self._asked_at, frame.wall) or 0.0) >= AGAIN_S):
            self._asked_at = frame.wall
            self.bison.errands.letter(self._letter.id, self._told)
        for view in self.query(LineView):
            view.show(frame)

    @property
    def mover(self) -> Page:
        return self.query_one("#letter-page", Page)

    @property
    def letter(self) -> Letter | None:
        return self._letter

    @property
    def workspace(self) -> WorkspaceRow | None:
        key = self._letter.workspace
        return self.frame.snapshot.workspace(key) if key and self.frame else None

    def why_not_open(self) -> str | None:
        return "it is open"

    def back(self) -> None:
        self.dismiss()

    def copied_name(self) -> str | None:
        return str(self._letter.id)

    def letters_changed(self) -> None:
        self._asked_at = None
        if self.frame is not None:
            self.show(self.frame)

    def _told(self, told: Opened | str) -> None:
        if isinstance(told, Opened):
            self._opened, self._letter, self._trouble = told, told.letter, None
        else:
            self._trouble = told
        if self.is_mounted and self.frame is not None:
            for view in self.query(LineView):
                view.show(self.frame)

    def _title(self, frame: Frame, width: int, height: int) -> list[Line]:
        return [title_line(self._letter, frame, width)]

    def _lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        """Folding a long payload takes a while, so it is done once for a width and a minute."""
        key = (
            id(self._opened),
            self._letter,
            self._trouble,
            width,
            frame.now.replace(second=0, microsecond=0),
        )
        if self._drawn is None or self._drawn[0] != key:
            lines = letter_lines(self._opened, self._letter, self._trouble, frame, width)
            self._drawn = (key, lines)
        return self._drawn[1]

    def _keys(self) -> list[tuple[Command, bool]]:
        commands = [BY_ID[name] for name in _KEYS if BY_ID[name].footer]
        return [(command, command.unavailable(self) is None) for command in commands]
