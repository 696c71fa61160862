"""Summaries and daily series over campaigns' days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

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


def series(campaigns: Iterable[Campaign], first: date, last: date) -> list[Row]:
    """Seven zero-filled series; several campaigns give one combined series."""
    members = list(campaigns)
    days = [(day, _of_day(members, day)) for day in days_between(first, last)]
    return [
        {"label": label, "color": color, "dates": [[day.isoformat(), tally[word]] for day, tally in days]}
        for label, color, word in SERIES
    ]


def _of_day(campaigns: Iterable[Campaign], day: date) -> Tally:
    total: Tally = Counter()
    for campaign in campaigns:
        if day in campaign.days:
            total.update(campaign.days[day])
    return total


def summary(campaigns: Iterable[Campaign], first: date, last: date) -> Row:
    """Numbers, in the live form; percentages per contact, interested per unique reply."""
    members = list(campaigns)
    total: Tally = Counter()
    for day in days_between(first, last):
        total.update(_of_day(members, day))
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
