"""One workspace's months before the world began: how much happened on which day, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from bisonwatch.domain.metric import Metric
from bisonwatch.simulator.past.fates import (
    CIRCLE,
    INTERESTED,
    REPLIED,
    STEP_OF,
    WAITS,
    Fate,
    census,
    drawn,
    fate,
    last_step,
    still_in,
)
from bisonwatch.simulator.records import Account, Campaign, Tally

PACE = 0.5
"""The share of the mailboxes' daily limits that is used on a working day."""
WEEKEND = 0.06
MOST_IN_COHORT = 1000
OPENS = time(7, 0, tzinfo=UTC)
WORKDAY = 36_000
"""Seconds in which a day's messages leave; what follows from one follows on the same day."""


@dataclass(frozen=True, slots=True)
class History:
    """How long a past to give a world, and how much of the mailboxes' usual volume it has. 0 days is none."""

    days: int = 0
    volume: float = 1.0


@dataclass(frozen=True, slots=True)
class Planned:
    """One message of a day: lead `k` of the cohort of day `born` in campaign `place`, at its step."""

    place: int
    born: int
    k: int
    step: int


@dataclass(frozen=True, slots=True)
class Heard:
    """One row of the inbox of a day: what followed `seconds` after the day's beginning from message `message`."""

    seconds: int
    message: int
    fate: Fate
    ours: bool = False

    @property
    def folder(self) -> str:
        if self.ours:
            return "Sent"
        return "Bounced" if self.fate is Fate.BOUNCED else "Inbox"


class Chronicle:
    """Days count from the oldest, 0, to yesterday. Campaigns and mailboxes are those of the world's beginning."""

    def __init__(
        self,
        seed: int,
        workspace_id: int,
        campaigns: list[Campaign],
        accounts: list[Account],
        end: date,
        history: History,
        busy: bool,
    ) -> None:
        self.campaigns = tuple(campaigns)
        self.accounts = tuple(accounts)
        self.days = history.days
        self.first = end - timedelta(days=history.days)
        self._seed = f"{seed} {workspace_id}"
        capacity = sum(account.daily_limit for account in accounts) * history.volume * PACE if busy else 0.0
        self._cohort = capacity / len(WAITS) / max(1, len(campaigns))
        self._sizes = [
            [self._size(place, day) for day in range(self.days)] for place in range(len(self.campaigns))
        ]
        self._turns = [
            [drawn(self._seed, "turn", place, day) % CIRCLE for day in range(self.days)]
            for place in range(len(self.campaigns))
        ]
        everywhere = range(len(self.campaigns))
        self._sent = [[self._messages(place, day) for day in range(self.days)] for place in everywhere]
        self._letters = [[self._rows_heard(place, day) for day in range(self.days)] for place in everywhere]
        self.plan = lru_cache(maxsize=4)(self._plan)
        self.heard = lru_cache(maxsize=4)(self._heard)

    def date_of(self, day: int) -> date:
        return self.first + timedelta(days=day)

    def beginning(self, day: int) -> datetime:
        return datetime.combine(self.date_of(day), OPENS)

    # how many

    def _size(self, place: int, day: int) -> int:
        """Weekdays are alike but not equal; what is less than one lead comes on some days only."""
        luck = drawn(self._seed, "size", place, day)
        share = WEEKEND if self.date_of(day).weekday() >= 5 else 0.85 + luck % 1000 / 1000 * 0.25
        wanted = self._cohort * share
        extra = (luck >> 16) % 1000 / 1000 < wanted % 1
        return min(MOST_IN_COHORT, int(wanted) + extra)

    def cohort(self, place: int, day: int) -> int:
        """Leads first written to on that day; none before the past begins."""
        return self._sizes[place][day] if 0 <= day < self.days else 0

    def turn(self, place: int, day: int) -> int:
        return self._turns[place][day]

    def sent(self, place: int, day: int) -> int:
        return self._sent[place][day]

    def _messages(self, place: int, day: int) -> int:
        return sum(
            still_in(self._sizes[place][born], self._turns[place][born], step)
            for step, born in self._due(day)
        )

    def _due(self, day: int) -> Iterator[tuple[int, int]]:
        """Step and day of birth of the cohorts that get a message that day."""
        return ((step, day - wait) for step, wait in enumerate(WAITS, 1) if day >= wait)

    def outcomes(self, place: int, day: int) -> Counter[Fate]:
        """What showed on that day, whichever message it followed."""
        found: Counter[Fate] = Counter()
        for step, born in self._due(day):
            counts = census(self._sizes[place][born], self._turns[place][born])
            for one, shown in STEP_OF.items():
                if shown == step:
                    found[one] += counts[one]
        return found

    def tally(self, place: int, day: int) -> Tally:
        """The day's numbers, as the daily series has them."""
        campaign, found = self.campaigns[place], self.outcomes(place, day)
        sent = self.sent(place, day)
        replied = sum(found[one] for one in REPLIED)
        if campaign.counts_auto_replies:
            replied += found[Fate.AWAY]
        opened = sent * 2 // 5 if campaign.open_tracking else 0
        return Counter(
            sent=sent,
            contacted=self.cohort(place, day),
            opened=opened,
            unique_opens=opened * 2 // 3,
            replied=replied,
            unique_replies=replied,
            bounced=found[Fate.BOUNCED],
            unsubscribed=found[Fate.LEFT],
            interested=sum(found[one] for one in INTERESTED),
        )

    def sent_as(self, place: int, day: int, status: str | None) -> int:
        """Messages that ended in that status; None: all."""
        sent = self._sent[place][day]
        if status is None:
            return sent
        found = self.outcomes(place, day)
        gone = {"bounced": found[Fate.BOUNCED], "unsubscribed": found[Fate.LEFT]}
        return sent - sum(gone.values()) if status == "sent" else gone.get(status, 0)

    def letters(self, place: int, day: int, folder: str | None) -> int:
        """Rows of the inbox: what came, and our answers to who was interested. None: of every folder."""
        if folder is None:
            return self._letters[place][day]
        found = self.outcomes(place, day)
        ours = sum(found[one] for one in INTERESTED)
        known = {"bounced": found[Fate.BOUNCED], "sent": ours}
        known["inbox"] = self._letters[place][day] - sum(known.values())
        return known.get(folder, 0)

    def _rows_heard(self, place: int, day: int) -> int:
        found = self.outcomes(place, day)
        came = sum(count for one, count in found.items() if one is not Fate.LEFT)
        return came + sum(found[one] for one in INTERESTED)

    def truth(self) -> dict[tuple[date, Metric], int]:
        """The oracle of the past: what a complete backfill counts per day. Opens have no rows, so none are here."""
        days: Counter[tuple[date, Metric]] = Counter()
        for day in range(self.days):
            on = self.date_of(day)
            for place, campaign in enumerate(self.campaigns):
                tally, found = self.tally(place, day), self.outcomes(place, day)
                days[on, Metric.SENT] += tally["sent"]
                for metric in (Metric.REPLIED, Metric.BOUNCED, Metric.INTERESTED, Metric.UNSUBSCRIBED):
                    days[on, metric] += tally[metric.value]
                days[on, Metric.MANUAL_SENT] += tally["interested"]
                if campaign.counts_auto_replies:
                    days[on, Metric.REPLIED_AUTOMATED] += found[Fate.AWAY]
        return {slot: count for slot, count in days.items() if count}

    # in which order

    def _plan(self, day: int) -> list[Planned]:
        """The day's messages in the order in which they leave."""
        return [
            Planned(place, born, k, step)
            for place in range(len(self.campaigns))
            for step, born in self._due(day)
            for k in range(self._sizes[place][born])
            if self.goes_on(place, born, k, step)
        ]

    def goes_on(self, place: int, born: int, k: int, step: int) -> bool:
        return step <= last_step(fate(k, self._turns[place][born]))

    def _heard(self, day: int) -> list[Heard]:
        """The day's rows of the inbox in the order in which they came."""
        plan = self.plan(day)
        found: list[Heard] = []
        for number, message in enumerate(plan):
            one = fate(message.k, self._turns[message.place][message.born])
            if STEP_OF.get(one) != message.step or one is Fate.LEFT:
                continue
            at = self.second(day, number) + 300 + message.k * 7919 % 16_000
            found.append(Heard(at, number, one))
            if one in INTERESTED:
                found.append(Heard(at + 1200, number, one, ours=True))
        return sorted(found, key=lambda row: (row.seconds, row.message))

    def second(self, day: int, message: int) -> int:
        """When in the day a message leaves."""
        return (2 * message + 1) * WORKDAY // (2 * len(self.plan(day)))
