"""How nodes share work out: each workspace has a slot, and each node takes every n-th slot.

Shares are a preference, so that two nodes rarely meet; what is taken is claimed in the database all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID
from zlib import crc32

SLOTS = 64


@dataclass(frozen=True, slots=True)
class Share:
    """The slots that leave `number` when divided by `of`."""

    number: int = 0
    of: int = 1

    @property
    def whole(self) -> bool:
        return self.of <= 1

    def holds(self, slot: int) -> bool:
        return slot % self.of == self.number


WHOLE = Share()


def slot_of(instance: str, workspace_id: int | None) -> int:
    """The same on every node and in every release, since it is stored."""
    return crc32(f"{instance}/{'' if workspace_id is None else workspace_id}".encode()) % SLOTS


def share_of(node: UUID, living: Iterable[UUID]) -> Share:
    """A node's own share: by its place among all that live, itself always being one of them."""
    everyone = sorted({node, *living})
    return Share(everyone.index(node), len(everyone))
