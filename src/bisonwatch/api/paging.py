"""What every list takes: how much, after which item, since when. Each description says what is right; a refusal repeats it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BeforeValidator

PAGE, MOST = 100, 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_AS_TOLD = "as `next` gave it"


def _moment(value: object) -> object:
    """A moment in UTC, out of RFC 3339 and nothing else; what lies before 1970 is 1970."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("no moment")
    if value[17:19] == "60":  # a leap second
        value = value[:17] + "59" + value[19:]
    try:
        return max(_EPOCH, datetime.fromisoformat(value.upper()).astimezone(UTC))
    except OverflowError:
        return _EPOCH if value < "2" else datetime.max.replace(tzinfo=UTC) - timedelta(days=1)


Limit = Annotated[int, Query(ge=1, le=MOST, description=f"a number from 1 to {MOST}")]
Since = Annotated[
    datetime | None,
    BeforeValidator(_moment),
    Query(description="a moment with its zone, such as 2026-11-22T10:00:00Z"),
]
Until = Annotated[
    datetime | None,
    BeforeValidator(_moment),
    Query(description="a moment with its zone, such as 2026-11-22T10:00:00Z"),
]
Switch = Literal["0", "1"]
"""Of a parameter that is on or off: nobody has to guess whether `yes` is taken."""
AfterAddress = Annotated[
    str | None, Query(pattern=r"^[^\x00]*$", description=f"a lead's address, {_AS_TOLD}")
]
AfterNumber = Annotated[
    str | None, Query(pattern=r"^[0-9]{1,18}$", description=f"an account's id, {_AS_TOLD}")
]
AfterLetter = Annotated[UUID | None, Query(description=f"a delivery's id, {_AS_TOLD}")]
AfterRow = Annotated[
    str | None, Query(pattern=r"^[0-9]{1,16}-[0-9a-f]{32}$", description=f"a place in the list, {_AS_TOLD}")
]
AfterEvent = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,16}-([0-9a-f]{2})*$", description=f"a place in the list, {_AS_TOLD}"),
]


def row_mark(at: datetime, id: UUID) -> str:
    """Where a page of rows ended that are ordered by moment and id."""
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}-{id.hex}"


def row_place(mark: str | None) -> tuple[datetime, UUID] | None:
    if mark is None:
        return None
    at, _, id = mark.partition("-")
    return _EPOCH + timedelta(microseconds=int(at)), UUID(id)


def event_mark(place: tuple[datetime, str, str] | None) -> str | None:
    if place is None:
        return None
    at, type, key = place
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}-{f'{type} {key}'.encode().hex()}"


def event_place(mark: str | None) -> tuple[datetime, str, str] | None:
    if mark is None:
        return None
    at, _, rest = mark.partition("-")
    type, _, key = bytes.fromhex(rest).decode(errors="replace").replace("\x00", "").partition(" ")
    return _EPOCH + timedelta(microseconds=int(at)), type, key
