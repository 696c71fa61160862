"""Theme files: ours are readable, a user's are checked before use."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from textual.color import Color

from bisonwatch.tui import themes
from bisonwatch.tui.ink import OWN_VARIABLES
from tests.tui.support import drawn, running, toasts

OURS = ("bison-contrast", "bison-dark", "bison-light")
READ = [
    name for name in OWN_VARIABLES if name not in ("rule", "rail", "cursor-back", "trend", "bar", "chart")
]


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast of two colours."""

    def light(color: Color) -> float:
        parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    a, b = sorted((light(Color.parse(first)), light(Color.parse(second))), reverse=True)
    return (a + 0.05) / (b + 0.05)


def test_our_three_themes_load_without_a_word() -> None:
    """From the folder of the checkout or the wheel."""
    found, warnings = themes.load_folder(themes.own_folder())
    assert [theme.name for theme in found] == list(OURS)
    assert warnings == []
    assert all(set(OWN_VARIABLES) == set(theme.variables) for theme in found)


@pytest.mark.parametrize(("name", "variable"), product(OURS, READ))
def test_text_stands_out_from_its_background(name: str, variable: str) -> None:
    """4.5 to 1 for text, 3 to 1 for what is meant to be faint, 7 to 1 in the contrast theme."""
    theme = next(theme for theme in themes.load_folder(themes.own_folder())[0] if theme.name == name)
    least = 7.0 if name == "bison-contrast" else 3.0 if variable == "ink-faint" else 4.5
    back = theme.variables["cursor-back"] if variable == "cursor-ink" else str(theme.background)
    assert contrast(theme.variables[variable], back) >= least


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('name = "x"', "'primary' is missing"),
        ('primary = "#zzzzzz"', "not a colour"),
        ("primary = 5", "must be a colour"),
        ('primary = "#fff"\nfavourite = 1', "unknown key 'favourite'"),
        ('primary = "#fff"\ndark = "yes"', "must be true or false"),
        ('primary = "#fff"\ntext_alpha = "a"', "must be a number"),
        ('primary = "#fff"\nvariables = 3', "must be a table"),
        ('primary = "#fff"\n[variables]\nlag-hot = "red hot"', "not a colour"),
        ('primary = "#fff"\n[variables]\nlag-hott = "red"', "unknown variable"),
        ('primary = "#fff"\n[variables]\nblock-cursor-text-style = "fat"', "must be words"),
        ("primary = ", "Invalid value"),
    ],
)
def test_a_bad_theme_is_refused_with_its_reason(tmp_path: Path, text: str, problem: str) -> None:
    """A bad colour would end the app at the next repaint."""
    path = tmp_path / "mine.toml"
    path.write_text(text)
    theme, warnings = themes.load(path)
    assert theme is None
    assert problem in warnings[0]
    assert warnings[0].startswith("mine.toml: ")


async def test_a_users_theme_can_be_chosen_and_a_broken_one_is_told(tmp_path: Path) -> None:
    """Own colours where given, mixed from the base colours where not."""
    (tmp_path / "dusk.toml").write_text(
        'primary = "#aa88ff"\nbackground = "#101018"\n[variables]\nlag-hot = "#ff0000"'
    )
    (tmp_path / "broken.toml").write_text('primary = "blurple"')
    async with running(user_themes=tmp_path, theme="dusk") as (app, _pilot):
        assert app.theme == "dusk"
        assert app.ink.color("lag-hot") == Color.parse("#ff0000")
        assert app.ink.color("state-critical") is not None
        assert any("blurple" in toast for toast in toasts(app))
        assert "acme-outbound" in drawn(app)


async def test_an_unknown_theme_falls_back_and_says_so() -> None:
    """A typing error in the configuration does not keep the terminal from starting."""
    async with running(theme="bisondark") as (app, _pilot):
        assert app.theme == "bison-dark"
        assert any("bisondark" in toast for toast in toasts(app))


@pytest.mark.parametrize("name", ["ansi-dark", "ansi-light", "bison-mono", *OURS])
async def test_every_offered_theme_draws_every_screen(name: str) -> None:
    """The terminal's own sixteen colours and none at all included."""
    async with running(theme=name) as (app, pilot):
        for key in ("2", "6", "1", "enter", "escape", "question_mark", "escape", "r", "n"):
            await pilot.press(key)
            await pilot.pause()
        assert "acme-outbound" in drawn(app)


async def test_no_color_means_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not greys: the terminal's two colours, with bold, dim and reverse."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with running() as (app, _pilot):
        assert app.theme == "bison-mono"
        colours = {
            part
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.style
            for part in (segment.style.color, segment.style.bgcolor)
            if part is not None and not part.is_default
        }
        assert colours == set()
