"""What changed between two lists of rows, as little as it can be said: the new rows, and where the old ones stand now."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
NEW = -1


@dataclass(frozen=True, slots=True)
class Edit(Generic[T]):
    """`rows` are those that are new or say something else now. `spans` is the whole list in order, as pairs: [from, count]

    takes so many rows of the list before from that place on, [-1, count] the next so many of `rows`.
    """

    rows: tuple[T, ...]
    spans: tuple[tuple[int, int], ...]


def edit(before: Sequence[T], after: Sequence[T], said: Callable[[T], Hashable]) -> Edit[T] | None:
    """None when nothing changed. Two rows of which the same is `said` are one."""
    places = {said(row): place for place, row in enumerate(before)}
    found = [places.get(said(row), NEW) for row in after]
    if len(before) == len(after) and all(place == found[place] for place in range(len(found))):
        return None
    return Edit(
        tuple(row for row, place in zip(after, found, strict=True) if place == NEW), tuple(_spans(found))
    )


def edited(before: Sequence[T], change: Edit[T]) -> tuple[T, ...]:
    """The list after it. Raises ValueError where it was made for another list."""
    after: list[T] = []
    used = 0
    for start, count in change.spans:
        source, at = (change.rows, used) if start == NEW else (before, start)
        taken = source[at : at + count]
        if start < NEW or count < 1 or len(taken) != count:
            raise ValueError("a change of another list")
        used += count if start == NEW else 0
        after += taken
    return tuple(after)


def _spans(places: Iterable[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for place in places:
        start, count = spans[-1] if spans else (NEW - 1, 0)
        follows = start == NEW if place == NEW else start >= 0 and start + count == place
        if spans and follows:
            spans[-1] = (start, count + 1)
        else:
            spans.append((place, 1))
    return spans
