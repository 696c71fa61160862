"""Untrusted text made safe, once, where it enters the domain: names, subjects and addresses come from strangers."""

from __future__ import annotations

import unicodedata

_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_SPACES = (0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
_TABLE = {
    **dict.fromkeys((*range(32), *range(127, 160), *_SPACES), " "),
    **{ord(c): None for c in _BIDI + _INVISIBLE},
}
LIMIT = 300


def clean(text: str, limit: int = LIMIT) -> str:
    """The text with no control, escape, direction or invisible characters, at most `limit` characters long."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text.strip()
    text = text.translate(_TABLE)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return unicodedata.normalize("NFC", text)[:limit].strip()  # composing may lengthen, too


def clean_or_none(text: object, limit: int = LIMIT) -> str | None:
    """As `clean`; anything that is not a non-empty string is None."""
    if not isinstance(text, str):
        return None
    return clean(text, limit) or None


_HARMLESS = {ord(c): "\ufffd" for c in map(chr, (*range(32), *range(127, 160)))} | {
    **{ord(c): "\ufffd" for c in _BIDI},
    ord("\n"): "\n",
    ord("\t"): "\t",
}


def on_a_terminal(lines: str) -> str:
    """Whole lines of exact data for a terminal: what could move its cursor or turn its text round is U+FFFD."""
    return lines.replace("\r\n", "\n").translate(_HARMLESS)
