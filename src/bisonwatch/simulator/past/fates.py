"""What becomes of the leads of one day: arithmetic instead of memory.

The leads first written to on one day in one campaign are a cohort. Lead `k` of it has the fate of its residue, and the residues
go through a fixed circle; so how many of a cohort bounced is looked up, and nobody has to be made for it.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from functools import lru_cache

CIRCLE = 200
_STRIDE = 37
"""Shares no factor with the circle, so that every residue comes up."""
WAITS = (0, 3, 7)
"""Days from the first message to each step."""


class Fate(IntEnum):
    """In the order in which they leave the sequence."""

    BOUNCED = 0
    LEFT = 1
    INTERESTED_AT_1 = 2
    REPLIED_AT_1 = 3
    INTERESTED_AT_2 = 4
    REPLIED_AT_2 = 5
    REPLIED_AT_3 = 6
    AWAY = 7
    SILENT = 8


_SHARES = (
    (Fate.BOUNCED, 3),
    (Fate.LEFT, 1),
    (Fate.INTERESTED_AT_1, 1),
    (Fate.REPLIED_AT_1, 2),
    (Fate.INTERESTED_AT_2, 1),
    (Fate.REPLIED_AT_2, 1),
    (Fate.REPLIED_AT_3, 1),
    (Fate.AWAY, 1),
)
_BY_RESIDUE = tuple(fate for fate, share in _SHARES for _ in range(share))

STEP_OF = {
    Fate.BOUNCED: 1,
    Fate.LEFT: 1,
    Fate.INTERESTED_AT_1: 1,
    Fate.REPLIED_AT_1: 1,
    Fate.INTERESTED_AT_2: 2,
    Fate.REPLIED_AT_2: 2,
    Fate.REPLIED_AT_3: 3,
    Fate.AWAY: 1,
}
"""After which message it shows."""
INTERESTED = (Fate.INTERESTED_AT_1, Fate.INTERESTED_AT_2)
REPLIED = (*INTERESTED, Fate.REPLIED_AT_1, Fate.REPLIED_AT_2, Fate.REPLIED_AT_3)


def last_step(fate: Fate) -> int:
    """The last message a lead of that fate gets."""
    return 3 if fate in (Fate.AWAY, Fate.SILENT) else STEP_OF[fate]


def fate(k: int, turn: int) -> Fate:
    """Of lead `k` of a cohort whose circle begins at `turn`."""
    residue = (k * _STRIDE + turn) % CIRCLE
    return _BY_RESIDUE[residue] if residue < len(_BY_RESIDUE) else Fate.SILENT


@lru_cache(maxsize=CIRCLE)
def _running(turn: int) -> tuple[tuple[int, ...], ...]:
    """For each number of leads below the circle's how many have each fate."""
    counts = [0] * len(Fate)
    rows = [tuple(counts)]
    for k in range(CIRCLE):
        counts[fate(k, turn)] += 1
        rows.append(tuple(counts))
    return tuple(rows)


@lru_cache(maxsize=16_384)
def census(size: int, turn: int) -> tuple[int, ...]:
    """How many of so many leads have each fate."""
    rounds, rest = divmod(size, CIRCLE)
    rows = _running(turn)
    return tuple(rounds * whole + part for whole, part in zip(rows[CIRCLE], rows[rest], strict=True))


def still_in(size: int, turn: int, step: int) -> int:
    """How many of a cohort get the message of that step."""
    counts = census(size, turn)
    return sum(counts[one] for one in Fate if last_step(one) >= step)


def drawn(*words: object) -> int:
    """A number of 64 bits, always the same for the same words."""
    text = " ".join(map(str, words)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")
