"""Lines of pieces, charts, and which cells of a line changed."""

from __future__ import annotations

import pytest

from bisonwatch.tui import charts
from bisonwatch.tui.glyphs import ASCII, UNICODE
from bisonwatch.tui.lines import Piece, crop, cut, fit, outside, pack, paragraph, plain, rule, spread, width
from bisonwatch.tui.widgets.line_view import changed
from tests.tui.world import HOSTILE


def line(*texts: str) -> tuple[Piece, ...]:
    return tuple(Piece(text) for text in texts)


def test_cropping_counts_cells_not_characters() -> None:
    """A Chinese character takes two."""
    assert crop("中文工作区", 6) == "中文…"
    assert fit("中文", 6) == "中文  "
    assert fit("ab", 4, right=True) == "  ab"
    assert crop("abc", 0) == ""


def test_a_line_is_cut_within_a_piece() -> None:
    """What follows the cut is gone."""
    assert plain(cut(line("abc", "defg", "h"), 5)) == "abcd…"
    assert plain(cut(line("ab"), 5)) == "ab"


def test_a_spread_line_loses_its_left_part_first() -> None:
    """The right part holds what must stay: the age of the screen."""
    assert plain(spread(line("left"), line("right"), 12)) == "left   right"
    assert plain(spread(line("left side"), line("right"), 12)) == "left…  right"
    assert plain(spread(line("left"), line("right"), 6)) == "left"


def test_packing_leaves_out_the_least_important() -> None:
    """Order on screen is not order of importance."""
    groups = [(2, line("aaaa")), (0, line("bbbb")), (1, line("cccc"))]
    assert plain(pack(groups, 14, 1)) == "aaaa bbbb cccc"
    assert plain(pack(groups, 10, 1)) == "bbbb cccc"
    assert plain(pack(groups, 3, 1)) == "bb…"


def test_a_rule_fills_its_width_and_drops_its_note_first() -> None:
    """`─ title ─── note ─`."""
    assert plain(rule(line("t"), line("n"), 14)) == "─ t ────── n ─"
    assert width(rule(line("title"), line("note"), 11)) == 11
    assert plain(rule(line("title"), (), 4)) == "tit…"


def test_a_paragraph_ends_in_an_ellipsis() -> None:
    """Never more lines than there is room."""
    assert [plain(row) for row in paragraph("one two three four five six", 10, 2)] == [
        "one two",
        "three fou…",
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_is_made_printable_again(text: str) -> None:
    """A line widget does not rely on the domain."""
    assert outside(text).isprintable()


def test_only_changed_cells_are_drawn_again() -> None:
    """One span per line; all of it when the width changed."""
    before = line("name ", "12", " tail")
    assert changed(before, before) is None
    assert changed(before, line("name ", "13", " tail")) == (0, 7)
    assert changed(before, line("name ", "1", " tail")) == (0, 12)
    assert changed((), line("ab")) == (0, 2)


def test_bars_show_the_smallest_value() -> None:
    """A value above nothing is never drawn as nothing."""
    assert charts.columns([0, 1, 80], 9, 2, UNICODE) == ["      ██ ", "   ▁▁ ██ "]
    assert charts.columns([], 4, 2, UNICODE) == ["    ", "    "]


def test_a_curve_has_four_steps_a_row() -> None:
    """Braille, or columns of signs where that is not wanted."""
    assert charts.area([0, 1, 2, 4], 2, 1, UNICODE) == ["⢀⣼"]
    assert charts.area([4, 4], 1, 2, UNICODE) == ["⣿", "⣿"]
    assert all(row.isascii() for row in charts.area([1, 2, 3], 6, 2, ASCII))
    assert charts.area([], 2, 1, UNICODE) == ["  "]
