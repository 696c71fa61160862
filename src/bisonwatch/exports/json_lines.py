"""JSON lines: an object for each row, its values as they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

import orjson

from bisonwatch.domain.export import Column, Row
from bisonwatch.exports.csv_file import moment
from bisonwatch.exports.writing import by_column, whole

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


class JsonLines:
    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._names = [column.name for column in columns]
        self._as_is = [None] * len(columns)

    def begin(self) -> bytes:
        return b""

    def rows(self, page: Sequence[Row]) -> bytes:
        columns = by_column(page, self._columns, self._as_is)
        return b"".join(
            [_line(dict(zip(self._names, row, strict=True))) for row in zip(*columns, strict=True)]
        )

    def end(self) -> bytes:
        return b""


def _line(row: dict[str, object]) -> bytes:
    try:
        return orjson.dumps(row, option=_OPTIONS)
    except TypeError:  # half a surrogate, or a number of more than 64 bits
        told = {name: whole(value) for name, value in row.items()}
        return json.dumps(told, ensure_ascii=False, default=_text, separators=(",", ":")).encode() + b"\n"


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, date) else str(value)
