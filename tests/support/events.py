"""Seeded webhook bodies whose effect is known: which facts, on which day, about which lead. Some come again, some are said anew."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bisonwatch.clients.bison import translate
from bisonwatch.clients.bison.canonical import content_hash
from tests.support.webhooks import webhook

FIRST = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
WORKSPACES = (12, 13, 14)
DAYS = 3
LEADS = 400
"""Few enough for deliveries to meet in one row."""
KINDS = (
    ("EMAIL_SENT", "s", ("sent",)),
    ("LEAD_REPLIED", "r", ("replied",)),
    ("LEAD_REPLIED", "r", ("replied", "replied_automated")),
    ("EMAIL_BOUNCED", "s", ("bounced",)),
)


@dataclass(frozen=True, slots=True)
class Effect:
    """One fact, as the mirror has to count it."""

    workspace: int
    metric: str
    key: str
    day: date


@dataclass(frozen=True, slots=True)
class Event:
    """A body, and all that it may change."""

    body: bytes
    effects: tuple[Effect, ...]
    lead: tuple[int, str]

    @property
    def content(self) -> bytes:
        """What the delivery log knows the body by."""
        return content_hash(translate.parse(self.body))


def made(number: int, wording: int) -> Event:
    """The facts are the number's; another wording of them is another body."""
    workspace, at = WORKSPACES[number % len(WORKSPACES)], FIRST + timedelta(days=number % DAYS)
    kind, letter, metrics = KINDS[number // 7 % len(KINDS)]
    email = f"lead{number % LEADS}@load.example"
    about: dict[str, Any] = {"send" if letter == "s" else "reply": (number, at)}
    body = webhook(
        kind,
        workspace=workspace,
        name=f"Workspace {workspace}",
        happened=(number, at),
        automated=len(metrics) > 1,
        email=email,
        first_name=f"Lead {wording}",
        campaign=600 + number % 5,
        campaign_name="Wave",
        **about,
    )
    effects = tuple(Effect(workspace, metric, f"{letter}:{number}", at.date()) for metric in metrics)
    return Event(json.dumps(body).encode(), effects, (workspace, email))


def stream(seed: int, *, copies: tuple[int, int] = (1, 1)) -> Iterator[Event]:
    """For ever; different seeds never meet. About one event in five comes again: half of these as it was, half in other words.

    `copies`: each body is delivered so often, drawn anew for each, one right after the other, so that they travel together.
    """
    rng = random.Random(seed)
    number = seed * 1_000_000
    while True:
        number += 1
        again = number - rng.randrange(1, 60) if rng.random() < 0.2 else number
        event = made(
            max(again, seed * 1_000_000 + 1), rng.choice((0, rng.randrange(1 << 30))) if again < number else 0
        )
        for _ in range(rng.randint(*copies)):
            yield event
