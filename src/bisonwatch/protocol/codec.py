"""Values of the domain as JSON and back, by their type hints: a new field or a new type needs no line here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError


class Unreadable(ValueError):
    """JSON that is no value of that type: another version speaks."""


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    """Made once: a millisecond for a small type, fifty for a whole picture."""
    return TypeAdapter(hint)


def encode(value: object, hint: Any) -> bytes:
    """UTF-8 on one line. Half characters, which UTF-8 does not have, become question marks; the second try takes ten times as long."""
    adapter = _adapter(hint)
    try:
        return adapter.dump_json(value)
    except PydanticSerializationError:
        plain = adapter.dump_python(_plain(value), mode="json")
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def decode(data: bytes | str, hint: Any) -> Any:
    """Fields that are not known here are passed over. Raises Unreadable naming the first that is missing or wrong."""
    try:
        return _adapter(hint).validate_json(data)
    except ValidationError as error:
        raise unreadable(error) from None


def _plain(value: Any) -> Any:
    """With a dict for each mapping that may only be read: pydantic takes no other for a mapping."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _plain(getattr(value, field.name)) for field in fields(value)})
    return tuple(map(_plain, value)) if type(value) is tuple else value


def unreadable(error: ValidationError) -> Unreadable:
    """The first thing that is missing or wrong, without what was there instead."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in first["loc"]) or "the body"
    return Unreadable(f"{where}: {first['msg'].lower()}")
