"""Single values out of the provider's JSON: lenient in shape, strict in meaning. None says "not there or not usable"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from math import isfinite

from bisonwatch.domain.clean import LIMIT, clean

Raw = Mapping[str, object]

NOTHING: Raw = {}
_MOST = 2**63
_LONGEST_EMAIL = 320

URL_LIMIT = 2000


def ident(value: object) -> int | None:
    """A provider id: a positive integer that a database can hold, or the same written as digits."""
    if type(value) is int:
        return value if 0 < value < _MOST else None
    if type(value) is str:
        digits = value.strip()
        if 0 < len(digits) < 20 and digits.isascii() and digits.isdigit():
            return ident(int(digits))
    return None


def count(value: object) -> int | None:
    """A number of things, 0 or more, as a number or as text (`"412"`, `412.0`)."""
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, str):
            text = value.strip()
            value = float(text) if "." in text else int(text) if len(text) < 20 else -1
        number = int(value) if isinstance(value, int | float) else -1
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < _MOST else None


def number(value: object) -> float | None:
    """A score or a percentage, 0 or more, as a number or as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if isfinite(found) and found >= 0 else None


def flag(value: object) -> bool | None:
    """A yes or no, however it is written."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(
            value.strip().casefold()
        )
    return None


def instant(value: object) -> datetime | None:
    """An ISO 8601 moment as aware UTC; a moment without an offset is UTC, as the provider's are."""
    if type(value) is not str or not 19 <= len(value) <= 40:
        return None
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is UTC:
            return at
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day(value: object) -> date | None:
    """A calendar day, `YYYY-MM-DD` (whatever follows it is dropped)."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def clock_time(value: object) -> time | None:
    """A time of day, `HH:MM` or `HH:MM:SS`."""
    if not isinstance(value, str) or len(value) not in (5, 8):
        return None
    try:
        return time.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        return None


def text(value: object, limit: int = LIMIT) -> str | None:
    """Clean, non-empty text; a number is taken as written."""
    if type(value) is str:
        return clean(value, limit) or None if value else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return clean(repr(value), limit)
    return None


def word(value: object, limit: int = 80) -> str | None:
    """A status or type word, clean and lower case."""
    found = text(value, limit)
    return found.strip().lower() or None if found else None


def state(value: object) -> str | None:
    """A status word as `word` reads it; a code (a number, or digits) says nothing, since no list of codes is published."""
    found = word(value) if isinstance(value, str) else None
    return None if found is None or found.isdigit() else found


def email(value: object) -> str | None:
    """An address, clean, stripped and lower case; it is not judged any further."""
    if type(value) is not str or len(value) > _LONGEST_EMAIL:
        return None
    return clean(value, _LONGEST_EMAIL).strip().lower() or None


def block(value: object) -> Raw:
    """A nested object; anything else is an empty one."""
    return value if isinstance(value, dict) else NOTHING


def rows(value: object) -> list[object]:
    """A nested list; anything else is an empty one."""
    return value if isinstance(value, list) else []
