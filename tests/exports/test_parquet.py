"""Parquet with the export's own types."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bisonwatch.domain.export import EXPORTS
from bisonwatch.errors import StoreError
from bisonwatch.exports.parquet import Parquet
from tests.exports.rows import AT, COLUMNS, FULL, KEY, NULLS, NUMBER, named


def read(content: bytes) -> pa.Table:
    return pq.read_table(io.BytesIO(content))


def test_types_are_fixed() -> None:
    """A first page of nulls does not decide what a column is; moments are UTC microseconds, null is null, secrets are masked."""
    making = Parquet(COLUMNS)
    content = making.begin() + making.rows([NULLS]) + making.rows([FULL, (*NULLS[:-1], KEY)]) + making.end()
    table = read(content)
    assert [str(field.type) for field in table.schema] == [
        *(
            "string",
            "string",
            "int64",
            "bool",
            "timestamp[us, tz=UTC]",
            "date32[day]",
            "list<element: string>",
        ),
        "string",
    ]
    nulls = {column.name: None for column in COLUMNS}
    full = dict(zip([column.name for column in COLUMNS], FULL, strict=True)) | {"id": str(NUMBER)}
    assert table.to_pylist() == [nulls, full, nulls | {"error": "•••"}]
    assert full["at"] == AT


def test_nothing_is_a_file_too() -> None:
    """An export without rows has its schema, for each of them."""
    for export in EXPORTS.values():
        making = Parquet(export.columns)
        table = read(making.begin() + making.end())
        assert (tuple(table.schema.names), table.num_rows) == (export.names, 0)


def test_groups_and_half_surrogates() -> None:
    """Rows wait until there are enough for a group, leave memory then, and a text that no file can hold is replaced."""
    making = Parquet(COLUMNS, group=4)
    parts = [making.begin(), *(making.rows(named("a", "\ud800")) for _ in range(5)), making.end()]
    assert [bool(part) for part in parts] == [True, False, True, False, True, False, True]
    file = pq.ParquetFile(io.BytesIO(b"".join(parts)))
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [4, 4, 2]
    assert file.read()["name"].to_pylist() == ["a", "\ufffd"] * 5


def test_what_is_not_of_its_type() -> None:
    """SQLite lets other programs write a word where a number belongs: one line says where, and what takes it."""
    for place, value, told in (
        (2, "five", "n holds what is no int64"),
        (2, 1 << 70, "n holds"),
        (6, [5], "tags holds"),
    ):
        row = [*NULLS[:place], value, *NULLS[place + 1 :]]
        with pytest.raises(StoreError, match=told):
            Parquet(COLUMNS).rows([row])
