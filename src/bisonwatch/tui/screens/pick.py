"""A short list to choose from: themes, columns to sort by."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class PickScreen(ModalScreen[str | None]):
    """The id of what was picked, or None. `tried` is called while the highlight moves."""

    AUTO_FOCUS = "#choices"
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (60, "-normal")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-tall")]
    BINDINGS = [
        Binding("escape,q,ctrl+c", "leave", show=False),
        Binding("j", "step(1)", show=False),
        Binding("k", "step(-1)", show=False),
    ]

    def __init__(
        self,
        title: str,
        choices: list[tuple[str, str]],
        current: str | None,
        tried: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self._title, self._choices, self._current, self._tried = title, choices, current, tried

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = self._title
            yield OptionList(
                *(Option(Content(text), id=name) for name, text in self._choices), id="choices", markup=False
            )

    def on_mount(self) -> None:
        names = [name for name, _ in self._choices]
        choices = self.query_one(OptionList)
        choices.highlighted = names.index(self._current) if self._current in names else 0

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if self._tried and event.option.id:
            self._tried(event.option.id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    def action_step(self, step: int) -> None:
        choices = self.query_one(OptionList)
        if step > 0:
            choices.action_cursor_down()
        else:
            choices.action_cursor_up()

    def action_leave(self) -> None:
        self.dismiss(None)
