"""What a spreadsheet would take for a formula stays text, and can be told from what never was one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisonwatch.domain.formula import guard, unguarded

RISKY = {
    "equals": ("=1+1", "'=1+1"),
    "DDE": ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    "plus": ("+49 30 1234", "'+49 30 1234"),
    "minus": ("-2+3", "'-2+3"),
    "at": ("@SUM(A1)", "'@SUM(A1)"),
    "full width": ("＝1+1", "'＝1+1"),
    "small": ("﹢1", "'﹢1"),
    "after spaces": (" \u00a0\u3000=1", "' \u00a0\u3000=1"),
    "after a quote": ('"=1', "'\"=1"),
    "after an apostrophe": ("'=1", "''=1"),
    "after what is not seen": ("\ufeff\u200b\u202e=1", "'\ufeff\u200b\u202e=1"),
    "after a control": ("\x0b\x1b=1", "'\x0b\x1b=1"),
    "tab": ("\tplain", "'\tplain"),
    "carriage return": ("\rplain", "'\rplain"),
    "line feed": ("\nplain", "'\nplain"),
    "NUL": ("\x00plain", "'\x00plain"),
    "where a spreadsheet cuts at semicolons": ("Molar; =1", "Molar;' =1"),
    "where it lost count of the quotes": ("Molar\r\n=1", "Molar\r\n'=1"),
}
PLAIN = ("", "Molar", "a=b", "a;b", "'tis", "3-4", "o'neil@molar.example", "one\ntwo", "12|x", " ", "'", "é=")
BITS = "=+-@＝＋﹣'\"` \t\r\n;\x00\u200b\u00a0ab1,"


@pytest.mark.parametrize("name", RISKY)
def test_formulas_are_text(name: str) -> None:
    """An apostrophe stands before what would be a formula, wherever a cell may begin."""
    text, safe = RISKY[name]
    assert guard(text) == safe
    assert unguarded(safe) == text


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_is_as_it_was(text: str) -> None:
    """What is no formula is not touched, and what has an apostrophe of its own keeps it."""
    assert (guard(text), unguarded(text)) == (text, text)


@given(st.one_of(st.text(BITS, max_size=12), st.text(max_size=12)))
def test_every_text_comes_back(text: str) -> None:
    """No two texts become the same, and nothing but apostrophes is added."""
    safe = guard(text)
    assert unguarded(safe) == text
    assert safe.replace("'", "") == text.replace("'", "")


@given(st.text(BITS, max_size=12))
def test_no_cell_begins_a_formula(text: str) -> None:
    """Whichever of comma, semicolon and line end a reader cuts at, what it then sees past spaces and quotes begins with no sign."""
    for cell in guard(text).replace("\r", ";").replace("\n", ";").split(";"):
        assert cell.strip(' \u00a0\u200b"`')[:1] not in set("=+-@＝＋﹣\t\x00")
