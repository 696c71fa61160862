"""What is not in the snapshot, since few ever look: asked for while somebody does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from bisonwatch.tui.format import seconds
from bisonwatch.tui.frame import Frame

T = TypeVar("T")
AGAIN_S = 5.0
"""How old an answer may get; when its sign changes it is asked for at once."""


class Inquiry(Generic[T]):
    """`ask` is told whom to hand the answer, or the reason why there is none; `then` draws it."""

    def __init__(self, ask: Callable[[Callable[[T | str], None]], None], then: Callable[[], None]) -> None:
        self._ask, self._then = ask, then
        self._asked: tuple[datetime, object] | None = None
        self._asking = False
        self.answer: T | None = None
        self.trouble: str | None = None

    def look(self, frame: Frame, sign: object = None) -> None:
        """Ask when it is time. One question at a time: an answer may take a while."""
        if frame.waiting or self._asking:
            return
        if self._asked is None or self._asked[1] != sign or self._old(self._asked[0], frame):
            self._asked, self._asking = (frame.wall, sign), True
            self._ask(self._told)

    def again(self) -> None:
        """Ask at the next chance."""
        self._asked = None

    def _old(self, asked: datetime, frame: Frame) -> bool:
        return (seconds(asked, frame.wall) or 0.0) >= AGAIN_S

    def _told(self, told: T | str) -> None:
        self._asking = False
        if isinstance(told, str):
            self.trouble = told
        else:
            self.answer, self.trouble = told, None
        self._then()
