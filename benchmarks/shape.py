"""How much there is in a mirror that is generated, and how much room it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

INBOX_DAYS, TRAFFIC_DAYS = 30, 3
TEXT, HTML = 780, 4_000
"""Characters of a delivery's text, and of the mail that is trimmed once it is a day old."""
WHOLE = TEXT + HTML + 120
"""Bytes of a body as it came, about."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How much there is: `events` are facts over `days`."""

    workspaces: int = 2_000
    accounts: int = 300_000
    events: int = 1_000_000
    days: int = 400
    outgrown: int = 20
    """This part of all the days is removed when upkeep is measured."""
    seed: int = 7

    @property
    def aged(self) -> timedelta:
        """So much becomes old at once when upkeep is measured."""
        return timedelta(days=max(1, self.days // self.outgrown))

    @property
    def each(self) -> int:
        """Facts of one workspace."""
        return max(1, self.events // self.workspaces)

    @property
    def deliveries(self) -> int:
        return self.events * INBOX_DAYS // self.days

    @property
    def daily(self) -> int:
        """Deliveries of the last day, whose bodies are still whole."""
        return self.deliveries // INBOX_DAYS

    @property
    def minutes(self) -> int:
        """Minutes with traffic of one workspace, in all the days that are kept."""
        return min(TRAFFIC_DAYS * 1440, max(1, self.each * TRAFFIC_DAYS // self.days))

    def disk(self, one_writer: bool) -> int:
        """Bytes it takes at most, with the logs beside it and room for the upkeep; from what smaller ones took."""
        beside, fact, delivery, other = (1, 160, 1_700, 250) if one_writer else (2, 290, 1_700, 350)
        small = self.accounts + self.events // 20 + self.workspaces * self.days * 8
        return (beside << 30) + fact * self.events + delivery * self.deliveries + other * small


def year(part: int = 1) -> Shape:
    """120,000 events a day for a year, or a part of them."""
    return Shape(27, 4_000, 43_800_000 // part, 365, outgrown=365)
