"""What types do not tell of values that a stranger gives: moments have a zone, numbers fit into 64 bits, texts have no NUL.

Neither database takes anything else, and it would say so as if it were broken.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

MOST = 2**63 - 1
TEXT = r"^[^\x00]*$"
MOMENT = r"^(?!0001|9999)"
"""In those years a zone could lead out of all years."""


def whole(data: bytes) -> bytes:
    """JSON in which 12.0 is 12, as JSON schemas have it; what is no JSON is left for others to complain of."""
    try:
        return json.dumps(json.loads(data.decode(), parse_float=_number)).encode()
    except (ValueError, RecursionError):
        return data


def _number(text: str) -> float | int:
    value = float(text)
    return int(value) if value.is_integer() else value


def wrong(value: object) -> str | None:
    """What is, anywhere in it; None: nothing."""
    if isinstance(value, str):
        return "a text has no nul character" if "\0" in value else None
    if isinstance(value, int):
        return None if -MOST <= value <= MOST else "a number has at most 63 bits"
    if isinstance(value, datetime):
        return _moment(value)
    return next((why for one in _within(value) if (why := wrong(one)) is not None), None)


def _moment(value: datetime) -> str | None:
    if value.tzinfo is None:
        return "a moment has a time zone"
    return None if 1 < value.year < 9999 else "a moment lies in the years 2 to 9998"


def _within(value: object) -> Iterable[object]:
    if is_dataclass(value):
        return [getattr(value, field.name) for field in fields(value)]
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, tuple | frozenset) else ()


def narrow(schema: dict[str, Any]) -> None:
    """A JSON schema, as types make it, after the same rules."""
    if schema.get("type") == "integer":
        schema |= {"minimum": -MOST, "maximum": MOST} | schema
    elif schema.get("type") == "string" and not {"format", "pattern", "enum", "const"} & set(schema):
        schema["pattern"] = TEXT
    elif schema.get("format") == "date-time":
        schema["pattern"] = MOMENT
