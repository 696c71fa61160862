"""CSV after RFC 4180: UTF-8, CRLF, quotes where they are needed. Null and an empty text are both an empty field."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime

import orjson

from bisonwatch.domain.export import Column, Kind, Row
from bisonwatch.domain.formula import guard
from bisonwatch.exports.writing import Cell, by_column, whole

BOM = b"\xef\xbb\xbf"


def moment(at: datetime) -> str:
    """As JSON has it: with as many decimals as there are, none or six."""
    return at.isoformat().replace("+00:00", "Z")


def _cell(kind: Kind, guarded: bool) -> Cell | None:
    match kind:
        case Kind.TEXT:
            return (lambda value: guard(str(value))) if guarded else str
        case Kind.UUID:
            return str
        case Kind.BOOLEAN:
            return lambda value: "true" if value else "false"
        case Kind.MOMENT:
            return lambda value: moment(value) if isinstance(value, datetime) else str(value)
        case Kind.DAY:
            return lambda value: value.isoformat() if isinstance(value, date) else str(value)
        case Kind.LIST:
            return (lambda value: guard(_json(value))) if guarded else _json
        case Kind.INTEGER:
            return None


def _json(value: object) -> str:
    return orjson.dumps(whole(value)).decode()


class Csv:
    """`guarded`: no text of others becomes a spreadsheet's formula; `bom`: what tells Excel that it is UTF-8."""

    def __init__(self, columns: Sequence[Column], *, guarded: bool = True, bom: bool = False) -> None:
        self._columns, self._bom = columns, bom
        self._cells = [_cell(column.kind, guarded) for column in columns]

    def begin(self) -> bytes:
        return (BOM if self._bom else b"") + _lines([[column.name for column in self._columns]])

    def rows(self, page: Sequence[Row]) -> bytes:
        return _lines(zip(*by_column(page, self._columns, self._cells), strict=True))

    def end(self) -> bytes:
        return b""


def _lines(rows: object) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)  # type: ignore[arg-type]
    made = text.getvalue()
    try:
        return made.encode()
    except UnicodeEncodeError:
        return str(whole(made)).encode()
