"""Textual's driver over a line that may be cut.

Textual writes in a thread behind a bounded queue. When the line is gone the write fails, the thread ends, and the next
thirty writes block the app for ever, its own shutdown included. Here a failed write ends in nothing instead, and the
watch in `hangup.py` closes the app.
"""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver


class Sturdy:
    """A file that swallows what is written after the line was cut."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._cut = False

    def write(self, text: str) -> int:
        if not self._cut:
            try:
                return self._file.write(text)
            except (OSError, ValueError):
                self._cut = True
        return len(text)

    def flush(self) -> None:
        if not self._cut:
            try:
                self._file.flush()
            except (OSError, ValueError):
                self._cut = True

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()


def _terminal(usual: IO[str] | None, other: IO[str] | None) -> IO[str] | None:
    """Textual draws on standard error; with that sent elsewhere (`2>file`) the screen would stay blank."""
    if usual is not None and other is not None and not usual.isatty() and other.isatty():
        return other
    return usual


def driver_class() -> type[Driver] | None:
    """The driver to use; None lets Textual choose, on systems without these lines."""
    if sys.platform == "win32":
        return None
    from textual.drivers.linux_driver import LinuxDriver

    class LineDriver(LinuxDriver):
        def start_application_mode(self) -> None:
            file = _terminal(self._file, sys.__stdout__)
            if file is not None:
                self._file = Sturdy(file)  # type: ignore[assignment]  # all that the writer thread asks of it
            super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it untyped

    return LineDriver
