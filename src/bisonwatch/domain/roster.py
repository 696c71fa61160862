"""Every sender account of every workspace, as a list to look through; told again only where something changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bisonwatch.domain.absence import NOTHING, Absence
from bisonwatch.domain.account import Account, AccountStatus, Warmup
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.status import Json, instant

MOST = 50_000
"""Accounts in one roster, so that neither side of a feed ever holds more; those of the last workspaces are left out and counted."""


class Standing(StrEnum):
    """What is to be thought of an account, the worst first. `held`: complete walks do not meet it, and its removal waits."""

    DISCONNECTED = "disconnected"
    HELD = "held"
    CONNECTED = "connected"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One account in the list. `known_at` is when it was last known to be so; `score` is its warm-up's, None where that is not known."""

    workspace: WorkspaceKey
    id: int
    email: str
    status: AccountStatus
    provider: str
    reseller: str | None
    tags: tuple[str, ...]
    daily_limit: int
    warmup_enabled: bool | None
    score: float | None
    sent: int
    replied: int
    bounced: int
    known_at: datetime

    @property
    def key(self) -> tuple[str, int]:
        """The account's own identity: it may move between workspaces."""
        return self.workspace.instance, self.id


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells whether anything of a workspace's accounts changed; to be compared, and for nothing else."""

    accounts: int
    newest: datetime
    digest: int
    warmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """`marks` is of every workspace there is, `rows` only of those whose mark is not the one that was known, in order of ids.

    `absences`: the workspaces where accounts wait to be removed. `left_out`: accounts over `MOST`, which are in neither.
    """

    marks: Mapping[WorkspaceKey, Mark]
    rows: Mapping[WorkspaceKey, tuple[RosterRow, ...]]
    names: Mapping[WorkspaceKey, str]
    absences: Mapping[WorkspaceKey, Absence]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class AccountCard:
    """Everything that is known of one account. `seen_at`: when it was last read from the provider."""

    account: Account
    provider: str
    reseller: str | None
    seen_at: datetime
    workspace_name: str
    warmup: Warmup | None = None
    absence: Absence = NOTHING
    """Its whole workspace's."""

    @property
    def standing(self) -> Standing:
        return standing(self.account.status, self.account.id, self.absence)


def standing(status: AccountStatus, number: int, absence: Absence = NOTHING) -> Standing:
    """A broken account is that first, met or not."""
    if status is AccountStatus.REMOVED:
        return Standing.REMOVED
    if status is not AccountStatus.CONNECTED:
        return Standing.DISCONNECTED
    return Standing.HELD if number in absence.held or number in absence.elsewhere else Standing.CONNECTED


def within(counts: Mapping[WorkspaceKey, int], most: int = MOST) -> tuple[list[WorkspaceKey], int]:
    """The workspaces, in order, whose accounts are at most so many together; and how many accounts the others have."""
    kept: list[WorkspaceKey] = []
    total = left_out = 0
    for key in sorted(counts):
        if left_out or total + counts[key] > most:
            left_out += counts[key]
        else:
            kept.append(key)
            total += counts[key]
    return kept, left_out


def roster_json(row: RosterRow) -> dict[str, Json]:
    """A row as programs read it."""
    return {
        "instance": row.workspace.instance,
        "workspace": row.workspace.id,
        "id": row.id,
        "email": row.email,
        "status": row.status.value,
        "provider": row.provider,
        "reseller": row.reseller,
        "tags": list(row.tags),
        "daily_limit": row.daily_limit,
        "warmup_enabled": row.warmup_enabled,
        "warmup_score": row.score,
        "sent": row.sent,
        "replied": row.replied,
        "bounced": row.bounced,
        "known_at": instant(row.known_at),
    }
