"""Accounts that a complete walk did not meet: which of them are asked for by id, and which wait because they are suspiciously many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

RULE = "accounts_drop"
"""The rule by which a hold is a stored change of the workspace's state."""
_NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Absence:
    """What is known of a workspace's absent accounts; by default nothing.

    `held` were missing from one complete walk, out of `stored` accounts, and wait `since` then for the next one or for a person.
    `elsewhere` are refused as another workspace's, none of ours; they wait for a person only.
    """

    held: frozenset[int] = _NONE
    since: datetime | None = None
    stored: int = 0
    elsewhere: frozenset[int] = _NONE
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None

    @property
    def waiting(self) -> bool:
        return bool(self.held or self.elsewhere)

    @property
    def confirmed(self) -> bool:
        return self.confirmed_at is not None

    def __str__(self) -> str:
        held, elsewhere = len(self.held), len(self.elsewhere)
        told = []
        if held:
            told.append(f"{held:,} of {self.stored:,} accounts not met by a complete walk are held")
        if elsewhere:
            told.append(
                f"{elsewhere:,} {'account' if elsewhere == 1 else 'accounts'} in a workspace that is not read"
            )
        return ", ".join(told)

    def settled(self, asked: frozenset[int], elsewhere: frozenset[int], word: datetime | None) -> Absence:
        """After those were asked for: nobody waits for them any more; the person's word of that moment has done its work."""
        held = self.held - asked
        left = replace(self, held=held, elsewhere=elsewhere)
        if not held:
            left = replace(left, since=None, stored=0)
        return replace(left, confirmed_at=None, confirmed_by=None) if self.confirmed_at == word else left


NOTHING = Absence()


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ask` for these now; `after` is what is known from then on, before they answer."""

    ask: frozenset[int]
    after: Absence
    new: bool
    """Whether accounts are held that were not before."""


def judge(
    absent: frozenset[int], stored: int, known: Absence, began: datetime, now: datetime, drop: float
) -> Verdict:
    """More than the share `drop` of the stored accounts are held; the next complete walk, one that `began` later, agrees or not.

    Only those that two walks agree on are asked for; what the second alone misses is judged anew.
    """
    later = known.since is not None and began > known.since
    agreed = absent & (known.elsewhere | (known.held if later or known.confirmed else _NONE))
    waiting = _NONE if later or known.confirmed else known.held
    fresh = absent - agreed - waiting
    if len(fresh) > drop * stored:
        held = fresh | waiting | (agreed & known.held)
        after = Absence(held, now, stored, known.elsewhere & absent)
        return Verdict(agreed, after, new=True)
    left = replace(known, held=(absent & known.held) | waiting, elsewhere=known.elsewhere & absent)
    return Verdict(agreed | fresh, left, new=False)
