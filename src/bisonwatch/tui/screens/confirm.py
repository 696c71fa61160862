"""A question with No focused."""

from __future__ import annotations

from bisonwatch.tui.screens.dialog import Dialog


class ConfirmScreen(Dialog[bool]):
    """True when the operator said yes."""

    def answer(self) -> bool:
        return True

    def refusal(self) -> bool:
        return False
