"""Rows, each read on its own: one that cannot be read is a Rejected beside the others, not an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from bisonwatch.clients.bison.fields import Raw, ident, text
from bisonwatch.logs import redact

T = TypeVar("T")

MakeOne = Callable[[Raw], T]

_SHAPE = 40


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row, or one value of it, that could not be read: where it stood and why."""

    path: str
    reason: str


class Broken(Exception):
    """A row lacks what makes it one; becomes a Rejected at the row's border."""

    def __init__(self, path: str, reason: str, flaw: str | None = None, found: object = None) -> None:
        """`flaw` is the reason without the value that was `found`, where the reason shows it."""
        self.path, self.reason = path, reason
        self.flaw, self.found = flaw or reason, found
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
        flaw = "is missing" if raw is None or raw == "" else "cannot be read"
        raise Broken(path, f"cannot be read: {shown(raw)}", flaw, raw)
    return value


def row_id(raw: Raw, key: str = "id") -> int:
    """The provider's id of a row. Raises Broken."""
    return needed(ident(raw.get(key)), key, raw.get(key))


def shape(value: object) -> str:
    """What a value looks like, without what it says: letters are `a`, digits `9`. No one's data, whatever stood there."""
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            cut = "…" if len(value) > _SHAPE else ""
            return f'"{"".join(map(_kind, value[:_SHAPE]))}{cut}"'
    return "".join(map(_kind, repr(value)[:_SHAPE]))


def _kind(sign: str) -> str:
    if sign.isdigit():
        return "9"
    if sign.isalpha():
        return "A" if sign.isupper() else "a"
    return sign if sign.isascii() and sign.isprintable() else "?"


def shown(value: object) -> str:
    """What a person is told of a value that cannot be read: short, without secrets, however large or deep it is."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return text(redact(repr(value)), 60) or ""
