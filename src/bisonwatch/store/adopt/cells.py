"""Values of the older system's columns, whatever their types: it kept some numbers as text, fractions or decimals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

WORDS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1", "active"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0", "inactive"), False),
}


def number(value: object) -> int | None:
    """A whole number that a column of ours holds, also as 40.0 or '40.00'; None for anything else."""
    if isinstance(value, bool):
        return None
    try:
        told = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not told.is_finite() or not 0 <= told < 2**63 or told != told.to_integral_value():
        return None
    return int(told)


def small(value: object) -> int | None:
    """As `number`, for columns of 32 bits."""
    told = number(value)
    return told if told is not None and told < 2**31 else None


def truth(value: object) -> bool | None:
    """A boolean by its type, as 0 or 1, or as a word."""
    if isinstance(value, str):
        return WORDS.get(value.strip().casefold())
    told = number(int(value) if isinstance(value, bool) else value)
    return None if told is None or told > 1 else bool(told)


def moment(value: object) -> datetime | None:
    """A moment, by its type or as ISO text; one without a zone is UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def unreadable(value: object, read: Callable[[object], object]) -> bool:
    """Whether something is there that `read` makes nothing of."""
    empty = value is None or (isinstance(value, str) and not value.strip())
    return not empty and read(value) is None
