"""Whether a table holds the same rows in two databases, whatever the order each keeps them in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from zlib import crc32

import orjson
from sqlalchemy import Table

from bisonwatch.store.keyset import Key, key_of, pages, to_json
from bisonwatch.store.tx import AnyRow, Tx
from bisonwatch.store.types import Json

BUCKETS = 1024
NAMED = 3
"""How many keys a difference names."""
_WHOLE = 2**63


@dataclass(frozen=True, slots=True)
class Difference:
    """`examples` are keys that one side lacks or holds otherwise: those of one of 1024 parts of the table."""

    table: str
    source_rows: int
    target_rows: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        counts = f"rows: {self.source_rows:,} in the source, {self.target_rows:,} in the target"
        return f"{self.table} differs ({counts}): {'; '.join(self.examples)}"


class Sums:
    """Per part of the table, the sum of its rows' digests: the order of rows does not show in it, every value does."""

    def __init__(self, table: Table) -> None:
        self.rows = 0
        self.totals = [0] * BUCKETS
        self._key_of = key_of(table)
        self._digest = digest_of(table)

    def add(self, page: Sequence[AnyRow]) -> None:
        for row in page:
            self.totals[part_of(self._key_of(row))] += self._digest(row)
        self.rows += len(page)


def part_of(key: Key) -> int:
    return crc32(orjson.dumps(key, default=_written)) % BUCKETS


def _written(value: object) -> str:
    """What the serializer does not know: bytes, and the driver's own kind of UUID."""
    return value.hex() if isinstance(value, bytes) else str(value)


def digest_of(table: Table) -> Callable[[Sequence[Any]], int]:
    """A row's digest: 128 bits over its values as they mean, not as one database writes them."""
    documents = [place for place, column in enumerate(table.c) if isinstance(column.type, Json)]

    def digest(row: Sequence[Any]) -> int:
        values = list(row)
        for place in documents:
            values[place] = _plain(values[place])
        canonical = orjson.dumps(values, default=_written, option=orjson.OPT_SORT_KEYS)
        return int.from_bytes(blake2b(canonical, digest_size=16).digest())

    return digest


def _plain(value: Any) -> Any:
    """A JSON value whose numbers are alike when they are equal: `jsonb` gives 1e22 back as an integer."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not -_WHOLE <= value < _WHOLE:
        return str(value)
    return value


async def compare(
    source: Tx, target: Tx, table: Table, told: Callable[[int], None] = lambda _rows: None
) -> tuple[int, Difference | None]:
    """Read the table on both sides; how many rows the source has, and what differs. `told` hears of each page of the source."""
    mine, theirs = await asyncio.gather(_summed(source, table, told), _summed(target, table))
    if (mine.rows, mine.totals) == (theirs.rows, theirs.totals):
        return mine.rows, None
    part = next(n for n in range(BUCKETS) if mine.totals[n] != theirs.totals[n])
    here, there = await asyncio.gather(_digests(source, table, part), _digests(target, table, part))
    return mine.rows, Difference(table.name, mine.rows, theirs.rows, tuple(_examples(here, there)))


async def _summed(tx: Tx, table: Table, told: Callable[[int], None] = lambda _rows: None) -> Sums:
    sums = Sums(table)
    async for page in pages(tx, table):
        sums.add(page)
        told(len(page))
    return sums


async def _digests(tx: Tx, table: Table, part: int) -> dict[Key, int]:
    of, digest = key_of(table), digest_of(table)
    return {
        of(row): digest(row) async for page in pages(tx, table) for row in page if part_of(of(row)) == part
    }


def _examples(here: dict[Key, int], there: dict[Key, int]) -> list[str]:
    differing = [key for key in here | there if here.get(key) != there.get(key)]
    named = [f"{shown(key)} {_how(key, here, there)}" for key in differing[:NAMED]]
    return [*named, *(["and others"] if len(differing) > NAMED else [])]


def _how(key: Key, here: dict[Key, int], there: dict[Key, int]) -> str:
    if key not in there:
        return "is missing in the target"
    return "holds other values" if key in here else "is in the target only"


def shown(key: Key) -> str:
    """A key for people: main/12/palle@molar.example."""
    return "/".join(str(part) for part in to_json(key))
