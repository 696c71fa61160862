"""The three column types that are not the same on every database, defined once; tables and queries have no dialect in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, DateTime, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUuid
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(value: datetime | None) -> int | None:
    """Since 1970, exactly. Raises ValueError for a moment without a zone."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"naive datetime {value!r}: every moment has a zone")
    since = value - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


class Instant(TypeDecorator[datetime]):
    """An aware UTC moment: `timestamptz` on Postgres, integer microseconds since 1970 on SQLite. A naive datetime raises."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(DateTime(timezone=True) if native else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: every moment has a zone")
        return value if dialect.name == "postgresql" else microseconds(value)

    def bind_processor(self, dialect: Dialect) -> Any:
        """Past the wrappers: an event writes some twenty moments."""
        return super().bind_processor(dialect) if dialect.name == "postgresql" else microseconds

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """The reading of one value; given as it is, since it is what a walk over many rows spends most on."""
        return _from_native if dialect.name == "postgresql" else _from_microseconds


def _from_native(value: datetime | None) -> datetime | None:
    """asyncpg takes the first and the last moment there is for infinity, and gives them back without a zone."""
    if value is None or value.tzinfo is UTC:
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _from_microseconds(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Any]):
    """A JSON value: `jsonb` on Postgres, text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(JSONB(none_as_null=True) if native else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else _written(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return orjson.loads(value) if isinstance(value, str) and dialect.name != "postgresql" else value


def _written(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer of more than 64 bits, as `jsonb` gives 1e22 back
        return json.dumps(value, ensure_ascii=False)


class Id(TypeDecorator[UUID]):
    """A UUID: `uuid` on Postgres, 16 bytes on SQLite (sorted alike)."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(PgUuid(as_uuid=True) if native else LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else value.bytes

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], UUID | None] | None:
        return None if dialect.name == "postgresql" else _from_bytes


def _from_bytes(value: bytes | None) -> UUID | None:
    return None if value is None else UUID(bytes=value)
