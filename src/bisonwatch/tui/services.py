"""What a screen may ask of the app it is in, so that no screen needs to know the app itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Letter
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.tui.errands import Errands
from bisonwatch.tui.options import TerminalOptions
from bisonwatch.tui.run_errands import RunErrands


class Services(Protocol):
    options: TerminalOptions
    errands: Errands
    runs: RunErrands

    @property
    def keymap(self) -> Mapping[str, str]: ...
    def pull(self) -> None: ...
    def toggle_pause(self) -> None: ...
    def open_workspace(self, key: WorkspaceKey) -> None: ...
    def open_letter(self, letter: Letter) -> None: ...
    def open_run(self, row: RunRow) -> None: ...
    def show_tab(self, page: str) -> None: ...
    def ask_theme(self) -> None: ...
    def show_help(self) -> None: ...
