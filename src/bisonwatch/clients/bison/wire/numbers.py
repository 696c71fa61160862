"""The provider's own numbers: daily series, and summaries of a range of days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bisonwatch.clients.bison.fields import Raw, block, count, day, number, rows, text, word
from bisonwatch.clients.bison.rows import Rejected, each, needed, row_id, shown
from bisonwatch.domain.metric import Metric

SERIES = {
    "sent": Metric.SENT,
    "replied": Metric.REPLIED,
    "total opens": Metric.OPENED,
    "unsubscribed": Metric.UNSUBSCRIBED,
    "bounced": Metric.BOUNCED,
    "interested": Metric.INTERESTED,
}
"""The provider's series labels, folded, that have a metric; `Unique Opens` has none."""


@dataclass(frozen=True, slots=True)
class Series:
    """The provider's daily series: per metric and UTC day, true as of `known_at` in the provider's clock."""

    days: dict[Metric, dict[date, int]]
    known_at: datetime
    rejected: tuple[Rejected, ...]


def series(found: Iterable[object]) -> tuple[dict[Metric, dict[date, int]], tuple[Rejected, ...]]:
    """The daily series, one per metric; labels without a metric are passed over, broken pairs rejected."""
    told: dict[Metric, dict[date, int]] = {}
    bad: list[Rejected] = []
    for place, entry in enumerate(found):
        raw = block(entry)
        metric = SERIES.get(word(raw.get("label")) or "")
        if metric is None:
            continue
        days = told.setdefault(metric, {})
        for index, pair in enumerate(rows(raw.get("dates"))):
            first, second = pair if isinstance(pair, list) and len(pair) == 2 else (None, None)
            at, number = day(first), count(second)
            if at is None or number is None:
                found_there = f"{shown(first)}, {shown(second)}" if isinstance(pair, list) else shown(pair)
                bad.append(Rejected(f"data[{place}].dates[{index}]", f"cannot be read: {found_there}"))
            else:
                days[at] = number
    return told, tuple(bad)


def dated_series(found: Iterable[object], known_at: datetime) -> Series:
    """The daily series as of `known_at`."""
    days, rejected = series(found)
    return Series(days, known_at, rejected)


@dataclass(frozen=True, slots=True)
class StepNumbers:
    """One sequence step's share of a campaign's summary."""

    step_id: int
    subject: str | None
    sent: int
    leads_contacted: int
    unique_opens: int
    unique_replies: int
    unsubscribed: int
    bounced: int
    interested: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Numbers over a range of days, and percentages whose base the provider does not tell; None where a value is null.

    `opened` counts opens, `unique_opens` and `unique_replies` count leads, so that summaries cannot be added up.
    """

    sent: int
    leads_contacted: int | None
    opened: int | None
    unique_opens: int | None
    unique_replies: int | None
    bounced: int | None
    unsubscribed: int | None
    interested: int | None
    opened_percent: float | None
    unique_opens_percent: float | None
    unique_replies_percent: float | None
    bounced_percent: float | None
    unsubscribed_percent: float | None
    interested_percent: float | None
    steps: tuple[StepNumbers, ...]
    known_at: datetime
    rejected: tuple[Rejected, ...]


def summary(raw: Raw, known_at: datetime) -> Summary:
    """Numbers or text, both are published. A step that cannot be read is rejected alone."""
    steps, bad = each(rows(raw.get("sequence_step_stats")), _step)
    return Summary(
        sent=needed(count(raw.get("emails_sent")), "emails_sent", raw.get("emails_sent")),
        leads_contacted=count(raw.get("total_leads_contacted")),
        opened=count(raw.get("opened")),
        unique_opens=count(raw.get("unique_opens_per_contact")),
        unique_replies=count(raw.get("unique_replies_per_contact")),
        bounced=count(raw.get("bounced")),
        unsubscribed=count(raw.get("unsubscribed")),
        interested=count(raw.get("interested")),
        opened_percent=number(raw.get("opened_percentage")),
        unique_opens_percent=number(raw.get("unique_opens_per_contact_percentage")),
        unique_replies_percent=number(raw.get("unique_replies_per_contact_percentage")),
        bounced_percent=number(raw.get("bounced_percentage")),
        unsubscribed_percent=number(raw.get("unsubscribed_percentage")),
        interested_percent=number(raw.get("interested_percentage")),
        steps=steps,
        known_at=known_at,
        rejected=bad,
    )


def _step(raw: Raw) -> StepNumbers:
    return StepNumbers(
        step_id=row_id(raw, "sequence_step_id"),
        subject=text(raw.get("email_subject")),
        sent=count(raw.get("sent")) or 0,
        leads_contacted=count(raw.get("leads_contacted")) or 0,
        unique_opens=count(raw.get("unique_opens")) or 0,
        unique_replies=count(raw.get("unique_replies")) or 0,
        unsubscribed=count(raw.get("unsubscribed")) or 0,
        bounced=count(raw.get("bounced")) or 0,
        interested=count(raw.get("interested")) or 0,
    )
