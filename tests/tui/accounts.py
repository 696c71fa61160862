"""Invented sender accounts, and a roster that answers as a feed does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bisonwatch.domain.absence import Absence
from bisonwatch.domain.account import Account, AccountStatus, Warmup
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.roster import AccountCard, Mark, Roster, RosterRow
from tests.tui.workspaces import NAMES, NOW, ago

FIRST = ("mia", "tom", "ana", "kim", "sam", "jo", "lea", "max", "eva", "ben")
HELD_IN = WorkspaceKey("main", 12)
HELD = Absence(frozenset({2, 27, 52}), NOW - timedelta(hours=11, minutes=53), 6)
_TAGS = (("Google", "Mailforge"), ("Microsoft 365", "Inboxly"), ("Google", "warm up"), ())


def account_row(number: int, now: datetime = NOW, spaces: int = 25, **more: object) -> RosterRow:
    """One account with figures that depend on its number only; every 13th lost its connection, every 31st is removed."""
    place = number % spaces
    tags = _TAGS[number % 4]
    sent = 0 if number % 17 == 5 else 120 + number * 37 % 2400
    status = AccountStatus.DISCONNECTED if number % 13 == 7 else AccountStatus.CONNECTED
    values: dict[str, object] = {
        "workspace": WorkspaceKey("main", 10 + place),
        "id": number,
        "email": f"{FIRST[number % 10]}.{number}@{NAMES[place % len(NAMES)]}.example",
        "status": AccountStatus.REMOVED if number % 31 == 30 else status,
        "provider": ("google", "microsoft", "google", "other")[number % 4],
        "reseller": ("Mailforge", "Inboxly", None, None)[number % 4],
        "tags": tags,
        "daily_limit": 20 + number % 3 * 10,
        "warmup_enabled": (True, True, False, None)[number % 4],
        "score": None if number % 4 == 3 else float(99 - number * 7 % 40),
        "sent": sent,
        "replied": sent * (number % 5) // 100,
        "bounced": sent * (number % 9) // 120,
        "known_at": now - timedelta(seconds=20 + number * 13 % 280),
    }
    return RosterRow(**{**values, **more})  # type: ignore[arg-type]


def account_rows(count: int = 60, now: datetime = NOW, spaces: int = 25) -> tuple[RosterRow, ...]:
    return tuple(account_row(number, now, spaces) for number in range(count))


def mark_of(rows: tuple[RosterRow, ...]) -> Mark:
    return Mark(len(rows), max(row.known_at for row in rows), hash(rows) % 1_000_003)


def by_workspace(rows: tuple[RosterRow, ...]) -> dict[WorkspaceKey, tuple[RosterRow, ...]]:
    found: dict[WorkspaceKey, list[RosterRow]] = {}
    for row in rows:
        found.setdefault(row.workspace, []).append(row)
    return {key: tuple(some) for key, some in found.items()}


def roster_of(
    rows: tuple[RosterRow, ...],
    known: Mapping[WorkspaceKey, Mark],
    absences: Mapping[WorkspaceKey, Absence] | None = None,
    names: Mapping[WorkspaceKey, str] | None = None,
) -> Roster:
    spaces = by_workspace(rows)
    marks = {key: mark_of(some) for key, some in spaces.items()}
    called = {key: NAMES[(key.id - 10) % len(NAMES)] for key in spaces}
    return Roster(
        marks,
        {key: some for key, some in spaces.items() if known.get(key) != marks[key]},
        called | dict(names or {}),
        absences or {},
    )


def card_of(row: RosterRow, absences: Mapping[WorkspaceKey, Absence], name: str | None = None) -> AccountCard:
    account = Account(
        row.workspace,
        row.id,
        row.email,
        name or "Mia Ford",
        row.status,
        "google_workspace_oauth",
        row.tags,
        row.daily_limit,
        row.warmup_enabled,
        row.sent,
        row.replied,
        row.bounced,
        row.known_at,
        420,
        3,
        7,
        310,
        row.replied,
        400,
    )
    warmup = Warmup(row.workspace, row.id, row.score, 140, 44, 6, 1, 2, 0, ago(minutes=21))
    label = name or NAMES[(row.workspace.id - 10) % len(NAMES)]
    absence = absences.get(row.workspace, Absence())
    return AccountCard(
        account, row.provider, row.reseller, row.known_at - timedelta(minutes=2), label, warmup, absence
    )
