"""Summaries and daily series over campaigns' days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bisonwatch.simulator.records import Campaign, Tally

Row = dict[str, object]

SERIES = (
    ("Replied", "#f54842", "replied"),
    ("Total Opens", "#00E396", "opened"),
    ("Sent", "#3B82F6", "sent"),
    ("Unsubscribed", "#fffff2", "unsubscribed"),
    ("Bounced", "#fffff1", "bounced"),
    ("Interested", "#fffff3", "interested"),
    ("Unique Opens", "#00d0ff", "unique_opens"),
)


def days_between(first: date, last: date) -> list[date]:
    """Inclusive."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


LATE = ("bounced", "replied", "unique_replies", "interested")
"""What a day goes on gaining after it is over."""

Days = list[tuple[date, Tally]]


@dataclass(frozen=True, slots=True)
class Asking:
    """When somebody asks, and for how many seconds after its end a day is revised."""

    now: datetime
    revision: float = 0.0

    def known(self, day: date) -> float:
        """The share of the day's late numbers that is told by now: none at its beginning, all at last."""
        if not self.revision:
            return 1.0
        age = (self.now - datetime.combine(day, time(), UTC)).total_seconds()
        return min(1.0, max(0.0, age / (86_400 + self.revision)))


def days_of(campaigns: Iterable[Campaign], first: date, last: date, asking: Asking) -> Days:
    """One tally per day for all of them together."""
    members = list(campaigns)
    return [(day, _of_day(members, day, asking)) for day in days_between(first, last)]


def series(days: Days) -> list[Row]:
    """Seven zero-filled series; several campaigns give one combined series."""
    return [
        {"label": label, "color": color, "dates": [[day.isoformat(), tally[word]] for day, tally in days]}
        for label, color, word in SERIES
    ]


def _of_day(campaigns: Iterable[Campaign], day: date, asking: Asking) -> Tally:
    total: Tally = Counter()
    for campaign in campaigns:
        if day in campaign.days:
            total.update(campaign.days[day])
    known = asking.known(day)
    if known < 1:
        total.update({word: int(total[word] * known) - total[word] for word in LATE})
    return total


def share_of(days: Days, places: set[int], members: int) -> Days:
    """The days of some mailboxes out of `members`: there is no daily book per mailbox, but the shares of all add up to the whole."""

    def share(total: int, day: date) -> int:
        turned = ((place + day.toordinal()) % members for place in places)
        return sum((total * (place + 1)) // members - (total * place) // members for place in turned)

    return [(day, Counter({word: share(total, day) for word, total in tally.items()})) for day, tally in days]


def summary(days: Days) -> Row:
    """Numbers, in the live form; percentages per contact, interested per unique reply."""
    total: Tally = Counter()
    for _, tally in days:
        total.update(tally)
    contacted = total["contacted"]
    return {
        "emails_sent": total["sent"],
        "total_leads_contacted": contacted,
        "opened": total["opened"],
        "opened_percentage": _percent(total["opened"], total["sent"]),
        "unique_opens_per_contact": total["unique_opens"],
        "unique_opens_per_contact_percentage": _percent(total["unique_opens"], contacted),
        "unique_replies_per_contact": total["unique_replies"],
        "unique_replies_per_contact_percentage": _percent(total["unique_replies"], contacted),
        "bounced": total["bounced"],
        "bounced_percentage": _percent(total["bounced"], contacted),
        "unsubscribed": total["unsubscribed"],
        "unsubscribed_percentage": _percent(total["unsubscribed"], contacted),
        "interested": total["interested"],
        "interested_percentage": _percent(total["interested"], total["unique_replies"]),
        "sequence_step_stats": [],
    }


def step_rows(campaign: Campaign, row: Row) -> list[Row]:
    """The summary shared among the campaign's steps: the first takes what does not divide."""
    words = {
        "sent": "emails_sent",
        "leads_contacted": "total_leads_contacted",
        "unique_opens": "unique_opens_per_contact",
        "unique_replies": "unique_replies_per_contact",
        "unsubscribed": "unsubscribed",
        "bounced": "bounced",
        "interested": "interested",
    }
    rows = []
    for index, step in enumerate(campaign.steps):
        counts = {word: _share(row[source], index, len(campaign.steps)) for word, source in words.items()}
        rows.append({"sequence_step_id": step.id, "email_subject": step.subject, **counts})
    return rows


def _share(total: object, index: int, parts: int) -> int:
    assert isinstance(total, int)
    each, rest = divmod(total, parts)
    return each + (rest if index == 0 else 0)


def _percent(part: int, whole: int) -> float:
    return round(part / whole * 100, 2) if whole else 0
