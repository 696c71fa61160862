"""What every kind of file has in common: how it is asked for, and what of a row is made safe whatever it is written as."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bisonwatch.domain.export import Column, Row
from bisonwatch.logs import redact


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"

    @property
    def media(self) -> str:
        """For `Content-Type`."""
        return _MEDIA[self]


_MEDIA = {
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.JSONL: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Form:
    """`guarded` and `bom` are of csv only; parquet is compressed by itself and takes no `gzip`."""

    format: Format = Format.CSV
    guarded: bool = True
    bom: bool = False
    gzip: bool = False


class Writer(Protocol):
    """Makes a file's bytes bit by bit; keeps no more than a few pages."""

    def begin(self) -> bytes: ...

    def rows(self, page: Sequence[Row]) -> bytes: ...

    def end(self) -> bytes: ...


Cell = Callable[[object], object]


def masked(value: object) -> object:
    """A sentence of ours without secrets."""
    return redact(value) if isinstance(value, str) else value


def by_column(
    page: Sequence[Row], columns: Sequence[Column], cells: Sequence[Cell | None]
) -> list[list[object]]:
    """The page's values column by column, each value made by its column's cell (None: as it is); null stays null."""
    told = [masked if column.told else None for column in columns]
    return [
        _made(_made(values, mask), cell)
        for values, mask, cell in zip(map(list, zip(*page, strict=True)), told, cells, strict=True)
    ]


def _made(values: list[object], cell: Cell | None) -> list[object]:
    return values if cell is None else [None if value is None else cell(value) for value in values]


def whole(value: object) -> object:
    """Half surrogates, which no file can hold, become U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return [whole(one) for one in value] if isinstance(value, list) else value
