"""A page under a tab: what it shows, and what it can. The main screen asks whichever page is looked at."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import Container

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Letter
from bisonwatch.domain.snapshot import RunRow, WorkspaceRow
from bisonwatch.domain.status import Json
from bisonwatch.tui.filter import HINT
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line
from bisonwatch.tui.services import Services
from bisonwatch.tui.views.accounts import Held
from bisonwatch.tui.widgets.moving import Mover

EVERYWHERE = frozenset({"view.pause", "view.copy", "view.help", "app.quit", "run.cancel"})
ON_WORKSPACES = EVERYWHERE | {"view.open", "ws.resync", "ws.poll", "ws.drift", "view.hooks"}
"""Where what is selected belongs to a workspace, and Enter opens that or something of it."""


class TabPage(Container):
    """Subclasses say what they show; what they do not say otherwise holds for a page on which nothing can be selected."""

    SHOWN: frozenset[str] = EVERYWHERE
    """The commands of the bottom line that mean something here, beside those that `fits` finds out."""
    hint: str | None = HINT
    """The filter's language in a line; None where there is nothing to filter."""
    problems: str | None = None
    """The filter that leaves only what something is wrong with."""
    orders: Sequence[tuple[str, str]] = ()
    """Name and words of each order the rows can be put in."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name, classes="page")

    @property
    def mover(self) -> Mover:
        """What the movement keys move."""
        raise NotImplementedError

    def show(self, frame: Frame) -> None:
        """Draw the newest frame."""
        raise NotImplementedError

    def take(self, frame: Frame) -> None:
        """Remember what the frame brought, shown or not."""

    def note(self) -> Line:
        """Filter, order and position, for the line of tabs."""
        return ()

    def count(self, frame: Frame) -> int:
        """The number beside its tab: what waits there."""
        return 0

    def set_filter(self, text: str) -> None:
        """Show only what the text leaves."""

    def misread(self, text: str) -> str | None:
        """What of a filter is not understood."""
        return None

    @property
    def order(self) -> str | None:
        """The name of the order in force."""
        return None

    def sort_by(self, name: str) -> None:
        """Take one of the orders."""

    def reverse(self) -> None:
        """Turn the order round."""

    @property
    def whose(self) -> WorkspaceKey | None:
        """The workspace that what is selected belongs to."""
        return None

    def workspace_in(self, frame: Frame | None) -> WorkspaceRow | None:
        """The row of that workspace."""
        key = self.whose
        return frame.snapshot.workspace(key) if key and frame else None

    @property
    def letter(self) -> Letter | None:
        """The dead letter under the cursor."""
        return None

    @property
    def chosen_run(self) -> RunRow | None:
        """The run under the cursor, whether it is over or not."""
        return None

    @property
    def held(self) -> Held | None:
        """Accounts that wait to be removed, and that a command says are gone."""
        return None

    def why_not_open(self, workspace: WorkspaceRow | None) -> str | None:
        """Why there is nothing to open; `workspace` is the one of what is selected."""
        return "no workspace is selected" if workspace is None else None

    def open_selected(self, bison: Services, workspace: WorkspaceRow | None) -> None:
        if workspace is not None:
            bison.open_workspace(workspace.key)

    def copied_name(self) -> str | None:
        """What `y` copies; None: the workspace's name."""
        return None

    def copied_row(self) -> dict[str, Json] | None:
        """What `Y` copies; None: the workspace."""
        return None

    def fits(self, command: str) -> bool:
        """Whether the key of that command means something here at all."""
        if command == "view.filter":
            return self.hint is not None
        if command == "view.sort":
            return bool(self.orders)
        return command in self.SHOWN
