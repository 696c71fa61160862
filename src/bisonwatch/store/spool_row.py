"""A delivery as a row of the spool's file, and back. A row that is damaged, or of another version, is told, never guessed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from bisonwatch.domain.delivery import Delivery, Source

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

COLUMNS = (
    "mirror, id, instance, workspace_id, type, source, received_at, logged_at, content_hash, canary, body"
)
READ = (
    "seq, id, CAST(instance AS BLOB), workspace_id, CAST(type AS BLOB), CAST(source AS BLOB), received_at, logged_at, "
    "content_hash, CAST(canary AS BLOB), body"
)
"""Words as the bytes they are, so that those of one row that are no text do not end the reading of all."""


@dataclass(frozen=True, slots=True)
class Held:
    """A delivery in the spool. `seq` orders, and is never given out twice."""

    seq: int
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Unread:
    """A row of the spool that is no delivery to this version."""

    seq: int
    reason: str


def micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def instant(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND


def of(mirror: str, delivery: Delivery) -> tuple[object, ...]:
    """The values of COLUMNS."""
    return (
        mirror,
        delivery.id.bytes,
        delivery.instance,
        delivery.workspace_id,
        delivery.type,
        delivery.source.value,
        micros(delivery.received_at),
        None if delivery.logged_at is None else micros(delivery.logged_at),
        delivery.content_hash,
        delivery.canary,
        delivery.body,
    )


def read(row: Sequence[Any]) -> Held | Unread:
    """From the values of READ."""
    seq, *values = row
    try:
        return Held(seq, _delivery(*values))
    except (ValueError, TypeError, OverflowError) as error:
        return Unread(seq, f"cannot be read: {error}")


def _delivery(
    id_: Any,
    instance: Any,
    workspace_id: Any,
    type_: Any,
    source: Any,
    received_at: Any,
    logged_at: Any,
    digest: Any,
    canary: Any,
    body: Any,
) -> Delivery:
    return Delivery(
        id=UUID(bytes=_is(bytes, id_)),
        instance=_is(bytes, instance).decode(),
        workspace_id=None if workspace_id is None else _is(int, workspace_id),
        type=None if type_ is None else _is(bytes, type_).decode(),
        source=Source(_is(bytes, source).decode()),
        received_at=instant(_is(int, received_at)),
        body=_is(bytes, body),
        content_hash=_is(bytes, digest),
        logged_at=None if logged_at is None else instant(_is(int, logged_at)),
        canary=None if canary is None else _is(bytes, canary).decode(),
    )


def _is(kind: type[T], value: object) -> T:
    """A file may hold any type in any column."""
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} where {kind.__name__} should be")
    return value
