"""What dialogs share: a box in the middle, No under the finger, and lines of our own inside."""

from __future__ import annotations

from typing import TypeVar, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line
from bisonwatch.tui.widgets.line_view import LineView

Answer = TypeVar("Answer")


class Words(LineView):
    """Lines that do not depend on a snapshot."""

    def __init__(self, lines: list[Line], *, id: str) -> None:
        super().__init__(id=id)
        self._said = lines

    def say(self, lines: list[Line]) -> None:
        self._said = lines
        self.styles.height = max(1, len(lines))
        self.redraw()

    def on_mount(self) -> None:
        self.styles.height = max(1, len(self._said))

    def redraw(self) -> None:
        if self.size.width and self.size.height:
            self._put(self._said[: self.size.height])

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        return self._said


class Dialog(ModalScreen[Answer]):
    """Asks something. `y` or the right button says yes; everything else says no. A word may be wanted first."""

    AUTO_FOCUS = "#no"
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (60, "-normal")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-tall")]
    BINDINGS = [
        Binding("y", "yes", show=False),
        Binding("n,q,escape,ctrl+c", "no", show=False),
        Binding("left,right,tab,shift+tab", "other", show=False),
    ]

    def __init__(self, title: str, lines: list[Line], yes: str, word: str | None = None) -> None:
        super().__init__()
        self._title, self._said, self._yes, self._word = title, lines, yes, word

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = self._title
            yield Words(self._said, id="words")
            if self._word is not None:
                yield Input(
                    placeholder=f"type {self._word} to go on", id="word", compact=True, select_on_focus=False
                )
            with Horizontal(id="buttons"):
                yield Button("No", id="no", compact=True)
                yield Button(f"{self._yes} (y)" if self._word is None else self._yes, id="yes", compact=True)

    @property
    def words(self) -> Words:
        return self.query_one("#words", Words)

    def on_mount(self) -> None:
        if self._word is not None:
            self.query_one("#yes", Button).disabled = True

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "yes":
            self.action_yes()
        else:
            self.action_no()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#yes", Button).disabled = not self._worded()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_yes()

    def on_key(self, event: Key) -> None:
        """The wanted word may be typed at once: its first letter goes where it belongs, though No has the focus."""
        if self._word is None or isinstance(self.focused, Input) or event.character is None:
            return
        entry = self.query_one("#word", Input)
        if self._word.startswith(entry.value + event.character):
            event.stop()
            entry.focus()
            entry.insert_text_at_cursor(event.character)

    def _worded(self) -> bool:
        return self._word is None or self.query_one("#word", Input).value.strip().casefold() == self._word

    def action_other(self) -> None:
        """To the next of: the word, No, Yes."""
        self.focus_next()

    def action_yes(self) -> None:
        if self._worded():
            self.dismiss(self.answer())
        else:
            self.query_one("#word", Input).focus()

    def action_no(self) -> None:
        self.dismiss(cast(Answer, self.refusal()))

    def answer(self) -> Answer:
        raise NotImplementedError

    def refusal(self) -> Answer | None:
        return None
