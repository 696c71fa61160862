"""One account, opened: every field, its warm-up, and why its removal waits."""

from __future__ import annotations

from textual.app import ComposeResult

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.roster import AccountCard, roster_json
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.domain.status import Json
from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.registry import BY_ID
from bisonwatch.tui.desk import Desk
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line
from bisonwatch.tui.sheet import Entry
from bisonwatch.tui.views.accounts import Held, card_lines, card_title
from bisonwatch.tui.views.header import header_lines
from bisonwatch.tui.widgets.chrome import Footer
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.page import Page

TURNS = 6
"""Asked again at each so many snapshots."""
_KEYS = ("view.back", "account.confirm", "ws.resync", "view.pause", "view.copy", "view.help", "app.quit")


class AccountScreen(Desk):
    """Stays with its account, wherever that moves and whatever becomes of it."""

    def __init__(self, one: Entry) -> None:
        super().__init__()
        self._one = one
        self._card: AccountCard | None = None
        self._trouble: str | None = None
        self._turn = 0
        self._asking = False

    def compose(self) -> ComposeResult:
        yield LineView(header_lines, id="header")
        yield LineView(self._title, id="name")
        yield Page(self._lines, id="account-page")
        yield Footer(self._keys, self.bison.keymap, id="footer")

    def show(self, frame: Frame) -> None:
        self.frame = frame
        if self._turn % TURNS == 0 and not (frame.paused or self._asking):
            self._asking = True
            instance, number = self._one.key
            self.bison.errands.account(instance, number, self._told)
        self._turn += not frame.paused
        self._draw(frame)

    @property
    def mover(self) -> Page:
        return self.query_one("#account-page", Page)

    @property
    def workspace(self) -> WorkspaceRow | None:
        return self.frame.snapshot.workspace(self._where) if self.frame else None

    @property
    def held(self) -> Held | None:
        """Those of its workspace, where it is one of them."""
        card = self._card
        if card is None or card.account.id not in card.absence.held | card.absence.elsewhere:
            return None
        return Held(self._where, card.workspace_name, card.absence, (card.account.email,))

    def why_not_open(self) -> str | None:
        return "it is open"

    def back(self) -> None:
        self.dismiss()

    def copied_name(self) -> str | None:
        return self._one.row.email

    def copied_row(self) -> dict[str, Json] | None:
        return roster_json(self._one.row)

    def accounts_changed(self) -> None:
        self._turn = 0

    @property
    def _where(self) -> WorkspaceKey:
        return self._card.account.workspace if self._card else self._one.row.workspace

    def _told(self, told: AccountCard | str) -> None:
        self._asking = False
        if isinstance(told, AccountCard):
            self._card, self._trouble = told, None
        else:
            self._trouble = told
        if self.is_mounted and self.frame is not None:
            self._draw(self.frame)

    def _draw(self, frame: Frame) -> None:
        for view in self.query(LineView):
            view.show(frame)

    def _title(self, frame: Frame, width: int, height: int) -> list[Line]:
        return [card_title(self._card, self._one.row.email, frame, width)]

    def _lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        return card_lines(self._card, self._trouble, frame, width)

    def _keys(self) -> list[tuple[Command, bool]]:
        commands = [BY_ID[name] for name in _KEYS if BY_ID[name].footer]
        shown = [one for one in commands if one.id != "account.confirm" or self.held is not None]
        return [(command, command.unavailable(self) is None) for command in shown]
