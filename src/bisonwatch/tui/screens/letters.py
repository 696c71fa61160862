"""The page of dead letters. They are not in the snapshot: the page asks for them while it is looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.app import ComposeResult

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Letter, Shelf
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.tui.format import seconds
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, outside, paragraph, rule
from bisonwatch.tui.screens.page import EVERYWHERE, TabPage
from bisonwatch.tui.services import Services
from bisonwatch.tui.tables import letters
from bisonwatch.tui.views.letters import groups_lines
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.live_table import LiveTable

AGAIN_S = 5.0
"""How old the list may get; when the count of dead letters changes it is asked for at once."""

Ask = Callable[[Callable[[Shelf | str], None]], None]


class LettersPage(TabPage):
    """`ask` is told whom to hand the letters to."""

    SHOWN = EVERYWHERE - {"run.cancel"} | {  # the room is for its own keys
        "view.open",
        "letter.replay",
        "letter.replay_alike",
        "letter.discard",
    }

    def __init__(self, ask: Ask) -> None:
        super().__init__("letters")
        self._ask = ask
        self._shelf: Shelf | None = None
        self._trouble: str | None = None
        self._asked: tuple[datetime, int] | None = None
        self._asking = False
        self._words: list[str] = []
        self._groups = LineView(self._kinds, id="letter-groups", classes="foot")
        self._table: LiveTable[Letter] = LiveTable(letters.COLUMNS, lambda letter: letter.id, self._nothing)
        self._whole = LineView(self._selected, id="letter-detail", classes="foot")

    def compose(self) -> ComposeResult:
        yield self._groups
        yield self._table
        yield self._whole

    @property
    def mover(self) -> LiveTable[Letter]:
        return self._table

    def show(self, frame: Frame) -> None:
        dead = frame.snapshot.inbox.dead
        due = self._asked is None or self._asked[1] != dead or self._old(frame)
        if (
            due and not self._asking and not frame.waiting
        ):  # one question at a time: many letters take a while
            self._asked, self._asking = (frame.wall, dead), True
            self._ask(self._told)
        self._draw(frame)

    def again(self) -> None:
        """Ask at the next chance: letters were changed."""
        self._asked, self._asking = None, False
        if self._table.frame:
            self.show(self._table.frame)

    def set_filter(self, text: str) -> None:
        self._words = text.casefold().split()
        if self._table.frame:
            self._draw(self._table.frame)

    def on_live_table_moved(self) -> None:
        self._whole.redraw()

    def note(self) -> Line:
        return (Piece(f"newest first  {self._table.position}", "faint"),)

    def count(self, frame: Frame) -> int:
        return frame.snapshot.inbox.dead

    @property
    def whose(self) -> WorkspaceKey | None:
        return self.letter.workspace if self.letter else None

    @property
    def letter(self) -> Letter | None:
        return self._table.selected

    def why_not_open(self, workspace: WorkspaceRow | None) -> str | None:
        return "no dead letter is selected" if self.letter is None else None

    def open_selected(self, bison: Services, workspace: WorkspaceRow | None) -> None:
        if self.letter is not None:
            bison.open_letter(self.letter)

    def copied_name(self) -> str | None:
        return str(self.letter.id) if self.letter else None

    def _old(self, frame: Frame) -> bool:
        return self._asked is None or (seconds(self._asked[0], frame.wall) or 0.0) >= AGAIN_S

    def _told(self, told: Shelf | str) -> None:
        self._asking = False
        if isinstance(told, Shelf):
            self._shelf, self._trouble = told, None
        else:
            self._trouble = told
        if self._table.frame:
            self._draw(self._table.frame)
            self._table.post_message(LiveTable.Moved())

    def _draw(self, frame: Frame) -> None:
        kept = self._shelf.letters if self._shelf else ()
        self._table.put([letter for letter in kept if self._holds(letter, frame)])
        for view in (self._groups, self._table, self._whole):
            view.show(frame)

    def _holds(self, letter: Letter, frame: Frame) -> bool:
        if not self._words:
            return True
        text = f"{letters.label(letter, frame)} {letter.type} {letter.reason} {letter.id}".casefold()
        return all(word in text for word in self._words)

    def _nothing(self, frame: Frame) -> str:
        if self._shelf is None:
            return "no engine runs yet" if frame.waiting else "asking…"
        return (
            "no dead letter holds these words; Esc clears them" if self._shelf.letters else "no dead letters"
        )

    def _kinds(self, frame: Frame, width: int, height: int) -> list[Line]:
        return groups_lines(self._shelf, self._trouble, frame, width, height)

    def _selected(self, frame: Frame, width: int, height: int) -> list[Line]:
        letter = self._table.selected
        if letter is None:
            return []
        name = Piece(letters.label(letter, frame), "title")
        head = rule((name, Piece(f" {letters.kind(letter)}", "soft")), (), width, frame.glyphs.rule)
        said = paragraph(outside(letter.reason, 600), width - 2, height - 1)
        return [head, *((Piece(" "), *line) for line in said)]
