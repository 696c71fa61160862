"""Parquet by pyarrow, which is large and so an extra: this module is imported only where it is asked for.

The schema is the export's, whatever the rows are: a column that is null on the first page, or in all, has its type all the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa  # type: ignore[import-untyped]  # it has no types of its own
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from bisonwatch.domain.export import Column, Kind, Row
from bisonwatch.errors import StoreError
from bisonwatch.exports.writing import by_column, whole

GROUP = 50_000
"""Rows are kept until there are so many: readers skip by group, and small ones cost them."""
_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.UUID: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.MOMENT: pa.timestamp("us", tz="UTC"),
    Kind.DAY: pa.date32(),
    Kind.LIST: pa.list_(pa.string()),
}


class _Sink:
    """What pyarrow writes into: bytes that wait to be taken."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        return

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


class Parquet:
    def __init__(self, columns: Sequence[Column], group: int = GROUP) -> None:
        self._columns, self._group = columns, group
        self._cells = [str if column.kind is Kind.UUID else None for column in columns]
        self._schema = pa.schema([(column.name, _TYPES[column.kind]) for column in columns])
        self._sink = _Sink()
        self._file = pq.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def begin(self) -> bytes:
        return self._sink.taken()

    def rows(self, page: Sequence[Row]) -> bytes:
        self._waiting.append(self._batch(by_column(page, self._columns, self._cells)))
        self._rows += len(page)
        if self._rows >= self._group:
            self._write()
        return self._sink.taken()

    def end(self) -> bytes:
        if self._waiting:
            self._write()
        self._file.close()
        return self._sink.taken()

    def _batch(self, columns: list[list[object]]) -> pa.RecordBatch:
        arrays = [_array(values, field) for values, field in zip(columns, self._schema, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _write(self) -> None:
        self._file.write_table(pa.Table.from_batches(self._waiting, self._schema), row_group_size=self._rows)
        self._waiting, self._rows = [], 0


def _array(values: list[object], field: pa.Field) -> pa.Array:
    """Raises StoreError for what another program wrote into an SQLite column that is not of its type."""
    try:
        return pa.array(values, type=field.type)
    except UnicodeEncodeError:
        return pa.array([whole(value) for value in values], type=field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        hint = "csv and json lines take it as it is"
        raise StoreError(f"{field.name} holds what is no {field.type}", hint=hint) from error
