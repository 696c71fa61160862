"""What could not be taken of the provider's answers, and of datasets."""

from __future__ import annotations

from collections.abc import Sequence

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.domain.status import Json
from bisonwatch.domain.validation_log import Flawed, ValidationLog, flawed_json
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece
from bisonwatch.tui.screens.log_book import LogBook
from bisonwatch.tui.tables.validation_log import COLUMNS, key_of
from bisonwatch.tui.views.validation_log import flaw_lines, flaws_piece


class ValidationLogScreen(LogBook[Flawed, ValidationLog]):
    """Enter opens the workspace of the selected flaw."""

    TITLE = "validation log"
    SHOWN = (
        *("view.back", "view.open", "log.span", "view.filter", "view.sort"),
        *("view.pause", "view.copy", "view.help", "app.quit"),
    )

    def __init__(self) -> None:
        super().__init__(
            COLUMNS, key_of, "last", lambda span, told: self.bison.checks.validation_log(span, told)
        )

    @property
    def workspace(self) -> WorkspaceRow | None:
        flaw = self.table.selected
        if flaw is None or flaw.workspace is None or self.frame is None:
            return None
        return self.frame.snapshot.workspace(WorkspaceKey(flaw.instance, flaw.workspace))

    def entries(self, log: ValidationLog) -> Sequence[Flawed]:
        return log.flaws

    def sentence(self, log: ValidationLog, frame: Frame) -> Piece:
        return flaws_piece(log)

    def below(self, frame: Frame, width: int, height: int) -> list[Line]:
        return flaw_lines(self.table.selected, frame, width, height)

    def open_validation_log(self) -> None:
        self.bison.errands.say("it is open")

    def why_not_open(self) -> str | None:
        return None if self.workspace else "it is of no workspace that is watched"

    def toggle_problems(self) -> None:
        self.bison.errands.say("there is nothing but problems here")

    def copied_name(self) -> str | None:
        flaw = self.table.selected
        return f"{flaw.source} {flaw.field}: {flaw.reason}" if flaw else None

    def copied_row(self) -> dict[str, Json] | None:
        return flawed_json(self.table.selected) if self.table.selected else None
