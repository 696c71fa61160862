"""A delivery's body as text that is safe to show: pretty-printed, nothing invisible in it, secrets masked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

MASK = "•••"
LONGEST = 2000
"""Characters of one string value; messages may hold megabytes."""
LINES = 5000
_SECRET = r"(?:\w*_)?(?:secret|secrets|secret_key|token|password|passwd|api_?key|authorization)"
_SECRET_KEY = re.compile(_SECRET, re.IGNORECASE)
_VALUE = r'"(?:[^"\\]|\\.)*"|\\"(?:[^"\\]|\\(?!"))*\\"|-?\d[\d.eE+-]*'
_IN_TEXT = re.compile(rf'(\\?"{_SECRET}\\?"\s*:\s*)(?:{_VALUE})', re.IGNORECASE)
_SIGNED = re.compile(
    r"([?&](?:[\w-]*signature|sig|[\w-]*token|[\w-]*credential|secret|key)=)[^&#\s\"'<>\\]+", re.IGNORECASE
)
"""Attachments are linked by addresses that open them for whoever has them."""

Mask = Callable[[str], str]


def pretty(body: bytes, mask: Mask) -> tuple[str, ...]:
    """The body as lines, at most LINES; what is no JSON as it is. `mask` hides the secrets in use."""
    try:
        value = plain(body, mask)
        whole = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    except RecursionError:
        whole = masked(body[: LONGEST * 10].decode(errors="replace"), mask)
    lines = whole.split("\n")
    if len(lines) > LINES:
        lines = [*lines[:LINES], f"… {len(lines) - LINES:,} lines more"]
    return tuple(visible(line) for line in lines)


def plain(body: bytes, mask: Mask) -> object:
    """The body as a JSON value for programs; its text where it is no JSON."""
    try:
        return _shown(json.loads(body), mask)
    except (ValueError, RecursionError):
        return masked(body[: LONGEST * 10].decode(errors="replace"), mask)


def masked(text: str, mask: Mask) -> str:
    """The text as it came, but for secrets."""
    return mask(_SIGNED.sub(rf"\1{MASK}", _IN_TEXT.sub(_hidden, text)))


def visible(text: str) -> str:
    """Every character that a terminal might obey, or not show, as its escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _hidden(found: re.Match[str]) -> str:
    quote = '\\"' if found[0].endswith('\\"') and found[1].lstrip().startswith("\\") else '"'
    return f"{found[1]}{quote}{MASK}{quote}"


def _shown(value: object, mask: Mask) -> object:
    match value:
        case dict():
            return {
                _short(str(key), mask): MASK if _secret(str(key), item) else _shown(item, mask)
                for key, item in value.items()
            }
        case list():
            return [_shown(item, mask) for item in value]
        case str():
            return _short(value, mask)
        case _:
            return value


def _secret(key: str, value: object) -> bool:
    return value is not None and not isinstance(value, bool) and bool(_SECRET_KEY.fullmatch(key))


def _short(text: str, mask: Mask) -> str:
    text = masked(text, mask)
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}… ({len(text) - LONGEST:,} characters more)"
