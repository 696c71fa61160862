"""What the operator chose about the terminal, as plain values: the terminal never reads the configuration itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TerminalOptions:
    """Everything has a default, so that a demo needs none of it."""

    theme: str = "bison-dark"
    refresh_s: float = 0.5
    glyphs: str = "unicode"
    """`unicode`, or `ascii` where ambiguous-width glyphs break the columns."""
    read_only: bool = False
    keymap: Mapping[str, str] = field(default_factory=dict)
    """Command id to key, such as `ws.resync = "f5"`; several keys are separated by commas."""
    user_themes: Path | None = None
    """A folder of the operator's own theme files."""
    ask_before_quit: bool = True
    """True when the engine lives in this process and ends with it."""
    files: Path | None = None
    """Where copies and the trace of a crash are written; None: the system's folder for temporary files."""
    on_hangup: Callable[[], None] | None = None
    """Called once when the line to the terminal is gone, before the screen closes: keep or stop the engine there."""
    on_first_paint: Callable[[], None] | None = None
    """Called once when the first picture is on the screen: what is slow to start, starts there."""
    news: Callable[[], str | None] | None = None
    """Asked twice a second for something to tell the operator once."""
    over: Callable[[], bool] | None = None
    """Asked twice a second; True closes the terminal (its engine could not start, or its time is up)."""
