from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisonwatch.domain.clean import LIMIT, clean, clean_or_none, on_a_terminal

HOSTILE = {
    "plain": ("Palle Stenmark", "Palle Stenmark"),
    "accents": ("Søren Åkesson", "Søren Åkesson"),
    "escape": ("\x1b[31mred\x1b[0m", "[31mred [0m"),
    "title": ("\x1b]0;owned\x07", "]0;owned"),
    "C1 escape": ("a\x9b2Jb", "a 2Jb"),
    "NUL": ("a\x00b", "a b"),
    "lines": ("a\r\nb\tc\u2028d\u2029e\x85f", "a  b c d e f"),
    "direction": ("\u202egnp.exe\u202c \u2066x\u2069\u200f\u061c", "gnp.exe x"),
    "zero width": ("a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg", "abcdefg"),
    "spaces": ("a\u00a0b\u2009c\u3000d\u202fe", "a b c d e"),
    "around": ("  \u00a0 x \t", "x"),
    "markup": ("[red]x[/] [link=file:///etc]y[/link]", "[red]x[/] [link=file:///etc]y[/link]"),
    "Slack": ("<!channel> <@U1> *b*", "<!channel> <@U1> *b*"),
    "formula": ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    "surrogate": ("a\ud800b", "a\ufffdb"),
    "private": ("a\ue000b\U000e0041c", "a\ufffdb\ufffdc"),
    "combined": ("e\u0301", "é"),
    "emoji": ("🦬 ❤️", "🦬 ❤️"),
    "nothing left": ("\u200b\x00\u202e", ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_text(case: str) -> None:
    """Controls become spaces, directions and invisibles go, what cannot be shown is a mark; markup stays text."""
    text, expected = HOSTILE[case]
    assert clean(text) == expected


@pytest.mark.parametrize("letter", ["x", "é", "\u0958", "\U0001f9ac", "\U0001d160"])
def test_length(letter: str) -> None:
    """Never longer than asked for, also where composing makes text longer; a cut is marked where it fits."""
    assert len(clean(letter * 5000)) <= LIMIT
    assert len(clean(letter * 5000, 10)) <= 10
    assert clean("x" * 301) == "x" * 299 + "…"
    assert clean("x" * 300) == "x" * 300


@pytest.mark.parametrize("value", [None, 7, b"x", "", "   ", "\u200b", ["x"]])
def test_nothing_is_none(value: object) -> None:
    """Anything that is not text with something in it is None."""
    assert clean_or_none(value) is None


@given(st.text(alphabet=st.characters(exclude_categories=())), st.integers(2, 40))
def test_any_text_is_safe(text: str, limit: int) -> None:
    """Printable, short, stripped, composed, writable as UTF-8; and cleaning it again changes nothing."""
    safe = clean(text, limit)
    assert safe.isprintable()
    assert len(safe) <= limit
    assert safe == safe.strip() == unicodedata.normalize("NFC", safe) == clean(safe, limit)
    safe.encode()


def test_exact_lines_on_a_terminal() -> None:
    """Line ends and tabs stay; whatever moves a cursor, or turns text round, is the replacement character."""
    told = on_a_terminal("a\tb\r\nc\rd\x1b[2J\x9b\x00\u202ee\n")
    assert told == "a\tb\nc\ufffdd\ufffd[2J\ufffd\ufffd\ufffde\n"
