"""Invented dead letters."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from bisonwatch.domain.delivery import DeliveryState, Source
from bisonwatch.domain.letter import Group, Letter, Shelf
from tests.tui.workspaces import ago

REASONS = (
    "the body has no event type",
    "the database refused it: value 9223372036854775808 is out of range for type bigint",
    "neither the body nor the address it came to names a workspace",
    "the database refused it: a lead without an address",
)
PAYLOAD = (
    "{",
    '  "event": {',
    '    "type": "EMAIL_SENT",',
    '    "workspace_id": 10',
    "  },",
    '  "data": {',
    '    "note": "' + "long " * 60 + '"',
    "  }",
    "}",
)


def letter_rows(count: int = 9) -> tuple[Letter, ...]:
    """Newest first."""
    return tuple(
        Letter(
            id=UUID(int=(0x0199_AAAA_0000 + n) << 80 | 7 << 76 | n),
            received_at=ago(minutes=7 * n + 3),
            instance="main",
            workspace_id=None if n % 4 == 2 else 10 + n % 3,
            type="" if n % 4 == 0 else ("email_sent", "lead_replied")[n % 2],
            source=(Source.WEBHOOK, Source.POLL)[n % 5 == 4],
            state=DeliveryState.DEAD,
            reason=REASONS[n % len(REASONS)],
            attempts=6 if n % 2 else 1,
            next_try_at=None,
            ended_at=ago(minutes=7 * n + 2),
        )
        for n in range(count)
    )


def shelf_of(letters: tuple[Letter, ...], waiting: int = 2) -> Shelf:
    newest = {letter.group: letter.received_at for letter in reversed(letters)}
    counts = Counter(letter.group for letter in letters).most_common()
    return Shelf(
        letters, tuple(Group(reason, n, newest[reason]) for reason, n in counts), len(letters), waiting
    )
