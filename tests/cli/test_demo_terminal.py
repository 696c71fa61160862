"""The demo as a person starts it: on a real pseudo-terminal, with a real provider, engine and screen."""

from __future__ import annotations

import sys

import pytest

from tests.support.line import Line


@pytest.mark.timeout(60)
def test_the_demo_on_a_pseudo_terminal() -> None:
    """It paints, fills with the provider's workspaces, says that the mirror is right, and `q` ends it with 0."""
    line = Line([sys.executable, "-m", "bisonwatch", "demo", "--workspaces", "4", "--accounts", "60"])
    try:
        line.until("bisonwatch")
        line.until("Northwind Desk", 30)
        line.until("Mirror is right", 30)
        line.press("q")
        assert line.end() == 0
    finally:
        line.close()
