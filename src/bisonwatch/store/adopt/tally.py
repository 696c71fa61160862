"""What a walk over the older leads met."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bisonwatch.domain.adoption import Verdict
from bisonwatch.domain.ids import WorkspaceKey

SAMPLES = 5
"""How many of a kind are shown."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One lead that is taken over: its stage here before (None: unknown here), and the older one."""

    workspace: WorkspaceKey
    email: str
    ours: str | None
    theirs: str | None


@dataclass(frozen=True, slots=True)
class Dispute:
    """One lead to which persons gave several stages there."""

    workspace: WorkspaceKey
    email: str
    stage: str | None
    beaten: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """`skipped` leads are of workspaces that were not matched; `unreadable` rows have no address; `merged` rows are of a lead that is
    counted already; `unread` are values, by column, that say nothing.
    """

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    skipped: int = 0
    unreadable: int = 0
    merged: int = 0
    disputed: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    samples: dict[Verdict, list[Sample]] = field(default_factory=dict)
    disputes: list[Dispute] = field(default_factory=list)

    @property
    def seen(self) -> int:
        return self.verdicts.total() + self.skipped + self.unreadable + self.merged

    def add(self, verdict: Verdict, sample: Sample) -> None:
        self.verdicts[verdict] += 1
        kept = self.samples.setdefault(verdict, [])
        if len(kept) < SAMPLES:
            kept.append(sample)

    def dispute(self, found: Dispute) -> None:
        self.disputed += 1
        if len(self.disputes) < SAMPLES:
            self.disputes.append(found)
