"""What the screens look like, as pictures: run with --snapshot-update after looking at the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from bisonwatch.tui.app import BisonwatchApp
from bisonwatch.tui.options import TerminalOptions
from tests.tui.runs import past_rows
from tests.tui.support import FakeFeed, HandClock
from tests.tui.world import quiet_snapshot

Compare = Callable[..., bool]


def app(theme: str = "bison-dark", feed: FakeFeed | None = None) -> BisonwatchApp:
    options = TerminalOptions(theme=theme, refresh_s=1e6)
    return BisonwatchApp(feed or FakeFeed(), options, HandClock())


@pytest.mark.parametrize(
    ("theme", "size", "keys"),
    [
        pytest.param("bison-dark", (120, 36), (), id="overview-120"),
        pytest.param("bison-dark", (80, 24), (), id="overview-80"),
        pytest.param("bison-dark", (200, 60), (), id="overview-200"),
        pytest.param("bison-light", (120, 36), (), id="overview-light"),
        pytest.param("bison-contrast", (120, 36), (), id="overview-contrast"),
        pytest.param("bison-dark", (120, 36), ("r",), id="resync"),
        pytest.param("bison-dark", (120, 36), ("question_mark",), id="help"),
        pytest.param("bison-dark", (120, 36), ("enter",), id="workspace"),
        pytest.param("bison-dark", (120, 36), ("7",), id="engine"),
        pytest.param("bison-dark", (80, 24), ("5",), id="letters"),
        pytest.param("bison-dark", (80, 24), ("8",), id="accounts-80"),
        pytest.param("bison-dark", (120, 36), ("8",), id="accounts-120"),
        pytest.param("bison-dark", (200, 60), ("8",), id="accounts-200"),
        pytest.param("bison-dark", (120, 36), ("8", "z", "enter"), id="account"),
        pytest.param("bison-dark", (120, 36), ("5", "enter"), id="letter"),
        pytest.param("bison-dark", (80, 24), ("4", "j"), id="runs-80"),
        pytest.param("bison-dark", (120, 36), ("4", "j", "j", "j", "j"), id="runs-120"),
        pytest.param("bison-dark", (200, 60), ("4",), id="runs-200"),
        pytest.param("bison-dark", (120, 36), ("4", "G", "enter"), id="run"),
        pytest.param("bison-dark", (120, 36), ("v", "j"), id="drift"),
        pytest.param("bison-dark", (80, 24), ("V",), id="drifts"),
        pytest.param("bison-dark", (120, 36), ("w",), id="hooks"),
        pytest.param("bison-dark", (120, 36), ("K", "j"), id="cache"),
    ],
)
def test_a_screen_looks_as_it_did(
    snap_compare: Compare, theme: str, size: tuple[int, int], keys: Sequence[str]
) -> None:
    """Every change of a picture is looked at by a person."""

    async def before(pilot: object) -> None:
        await pilot.pause()  # type: ignore[attr-defined]
        for key in keys:
            await pilot.press(key)  # type: ignore[attr-defined]
            for _ in range(4):
                await pilot.pause()  # type: ignore[attr-defined]

    feed = FakeFeed(bygone=past_rows()) if keys and keys[0] == "4" else FakeFeed()
    assert snap_compare(app(theme, feed), terminal_size=size, run_before=before)


def test_a_quiet_night_looks_quiet(snap_compare: Compare) -> None:
    """Nothing red, nothing yellow, nothing missing."""
    assert snap_compare(app(feed=FakeFeed(quiet_snapshot())), terminal_size=(120, 36))
