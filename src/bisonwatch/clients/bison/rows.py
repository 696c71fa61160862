"""Rows, each read on its own: one that cannot be read is a Rejected beside the others, not an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from bisonwatch.clients.bison.fields import Raw, ident, text
from bisonwatch.logs import redact

T = TypeVar("T")

MakeOne = Callable[[Raw], T]


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row, or one value of it, that could not be read: where it stood and why."""

    path: str
    reason: str


class Broken(Exception):
    """A row lacks what makes it one; becomes a Rejected at the row's border."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")


def each(found: Iterable[object], make: MakeOne[T]) -> tuple[tuple[T, ...], tuple[Rejected, ...]]:
    """Every row that can be read, and a Rejected for every other one."""
    good: list[T] = []
    bad: list[Rejected] = []
    for place, row in enumerate(found):
        if not isinstance(row, dict):
            bad.append(Rejected(f"data[{place}]", f"expected an object, found {type(row).__name__}"))
            continue
        try:
            good.append(make(row))
        except Broken as problem:
            bad.append(Rejected(f"data[{place}].{problem.path}", problem.reason))
    return tuple(good), tuple(bad)


def needed(value: T | None, path: str, raw: object) -> T:
    """The value. Raises Broken, saying what stood there instead."""
    if value is None:
        raise Broken(path, f"cannot be read: {shown(raw)}")
    return value


def row_id(raw: Raw, key: str = "id") -> int:
    """The provider's id of a row. Raises Broken."""
    return needed(ident(raw.get(key)), key, raw.get(key))


def shown(value: object) -> str:
    """What a person is told of a value that cannot be read: short, without secrets, however large or deep it is."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return text(redact(repr(value)), 60) or ""
