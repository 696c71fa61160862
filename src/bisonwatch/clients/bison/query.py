"""What is asked for, in the provider's spelling: ranges of days, several ids, records in a path."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal
from urllib.parse import quote

from bisonwatch.clients.bison.fields import ident
from bisonwatch.clients.bison.rows import shown
from bisonwatch.errors import RequestRefused

Query = list[tuple[str, str]]
Criterion = Literal["<", "<=", "=", ">", ">="]


def between(start: date, end: date) -> Query:
    """Both days included."""
    return [("start_date", start.isoformat()), ("end_date", end.isoformat())]


def several(name: str, values: Iterable[int | str]) -> Query:
    """A list: `name[]` once for each."""
    return [(f"{name}[]", str(value)) for value in values]


def only(**wanted: int | str | None) -> Query:
    """The filters that are set."""
    return [(name, str(value)) for name, value in wanted.items() if value is not None]


def on(name: str, criterion: Criterion, day: date | None) -> Query:
    """A filter by a day, nested as the provider wants it; none without a day."""
    if day is None:
        return []
    return [(f"{name}[criteria]", criterion), (f"{name}[value]", day.isoformat())]


def record(value: int | str) -> str:
    """An id or an address as one piece of a path. Raises RequestRefused for what is neither: it would lead elsewhere."""
    if ident(value) is None and not (isinstance(value, str) and "@" in value):
        raise RequestRefused(f"{shown(value)} is neither an id nor an address")
    return quote(str(value).strip(), safe="@")
