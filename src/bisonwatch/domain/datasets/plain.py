"""A dataset as JSON says it: one key per field, in their order; docs/datasets.md shows each whole."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal

from bisonwatch.domain.datasets.revenue import said
from bisonwatch.domain.datasets.subject import Subject
from bisonwatch.domain.status import Json, instant


def plain(value: object) -> dict[str, Json]:
    """The object for any of the four. Amounts of money are strings, days `2026-11-20`, moments as in `status --json`."""
    if not is_dataclass(value):
        raise TypeError(f"no dataset: {type(value).__name__}")
    shown: dict[str, Json] = {}
    for field in fields(value):
        below = getattr(value, field.name)
        shown |= _subject(below) if isinstance(below, Subject) else {field.name: _plain(below)}
    return shown


def _subject(subject: Subject) -> dict[str, Json]:
    return {
        "instance": subject.workspace.instance,
        "workspace": subject.workspace.id,
        "name": subject.name,
        "at": instant(subject.at),
    }


def _plain(value: object) -> Json:
    match value:
        case None | str() | int() | float():
            return value
        case Decimal():
            return said(value)
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(each) for each in value]
    return plain(value)
