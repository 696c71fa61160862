"""An invented value of any type the protocol knows, as JSON: the examples of the API's document."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.protocol.codec import encode
from bisonwatch.protocol.words import Word

_PLAIN: dict[Any, Any] = {
    str: "text",
    int: 12,
    float: 0.5,
    bool: True,
    UUID: UUID("01998a5e-3c00-7000-8000-000000000001"),
    datetime: datetime(2026, 9, 14, 12, 0, tzinfo=UTC),
    date: date(2026, 9, 14),
    timedelta: timedelta(seconds=90),
    WorkspaceKey: WorkspaceKey("main", 12),
    types.NoneType: None,
    Any: 0.5,
}


def sample(hint: Any) -> bytes:
    """JSON of one value."""
    return encode(_value(hint), hint)


def samples(word: Word) -> bytes:
    """JSON of what may be given to it."""
    return b"{%b}" % b",".join(
        b'"%b":%b' % (name.encode(), sample(hint)) for name, hint in word.given.items()
    )


def _value(hint: Any) -> Any:
    """Of several kinds the first, and a value rather than none."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return hint(**{field.name: _value(hints[field.name]) for field in fields(hint) if field.init})  # type: ignore[operator]  # a dataclass, not an instance of one
    return _many(hint, get_args(hint))


def _many(hint: Any, of: tuple[Any, ...]) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _value(of[0])
    if origin is tuple and of[-1:] != (Ellipsis,):
        return tuple(map(_value, of))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {_value(of[0]): _value(of[1])}
    assert isinstance(origin, type), f"no sample of {hint}"
    return origin((_value(of[0]),))
