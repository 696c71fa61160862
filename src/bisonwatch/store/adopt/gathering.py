"""Rows that are one lead, held until the last of them was read; they come one after another but for odd addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from bisonwatch.domain.adoption import OldLead
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.adopt.old import Old

LeadKey = tuple[WorkspaceKey, str]
number_of: Callable[[LeadKey], int] = hash


class Gathering:
    """`rows` says of leads that may have several how many those are at most."""

    def __init__(self, rows: Mapping[LeadKey, int]) -> None:
        self._left = dict(rows)
        self._held: dict[LeadKey, list[OldLead]] = {}

    def meet(self, key: LeadKey, row: OldLead) -> Sequence[OldLead]:
        """All rows of that lead with its last; before that none."""
        if key not in self._left:
            return (row,)
        self._held.setdefault(key, []).append(row)
        self._left[key] -= 1
        return () if self._left[key] else self._held.pop(key)

    def rest(self) -> dict[LeadKey, Sequence[OldLead]]:
        """Those that waited for a row which never came."""
        held, self._held = self._held, {}
        return dict(held)


async def several(old: Old, keys: Mapping[str, WorkspaceKey]) -> dict[LeadKey, int]:
    """Leads of more than one row. Numbers stand for those of one, to keep memory small; two that share a number only wait in vain."""
    seen: set[int] = set()
    found: dict[LeadKey, int] = {}
    async for lead in _names(old):
        if lead[0] not in keys:
            continue
        key = keys[lead[0]], lead[1]
        number = number_of(key)
        if number in seen:
            found[key] = found.get(key, 1) + 1
        seen.add(number)
    return found


async def _names(old: Old) -> AsyncIterator[tuple[str, str]]:
    async for part in old.lead_names():
        for name in part:
            if name is not None:
                yield name
