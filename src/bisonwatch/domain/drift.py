"""How far two witnesses of a number are apart, and why: our facts against the provider's own series. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from bisonwatch.domain.metric import Metric

ALARMED = (Metric.SENT, Metric.REPLIED, Metric.BOUNCED, Metric.UNSUBSCRIBED)
"""Opened and interested are shown only: tracking may be off, and the provider counts interested per step."""
HISTORIC = (Metric.SENT, Metric.REPLIED, Metric.BOUNCED)
"""What has a history at the provider, so that a backfill can complete it."""
HEALED = ("accounts", "leads")
"""Lists whose rows a resync brings; of the others numbers are shown only."""
SETTLE = timedelta(minutes=2)
"""How long after a report it is compared: what was under way to us then has arrived."""
DAYS = 3
SHIFTS = tuple(hours for size in range(1, 15) for hours in (-size, size) if hours <= 12)
"""By how many hours a zone's day may begin before (negative) or after the UTC day, the nearest first."""


def drift(counted: int, reported: int, tolerance: int) -> float:
    """The gap as a share of what is reported; none within the tolerance."""
    gap = abs(counted - reported)
    return 0.0 if gap <= tolerance else gap / max(reported, 1)


def span(as_of: datetime) -> tuple[date, ...]:
    """The days that are looked at: that of the report and those before it, the oldest first."""
    today = as_of.astimezone(UTC).date()
    return tuple(today - timedelta(days=back) for back in reversed(range(DAYS)))


@dataclass(frozen=True, slots=True)
class Missed:
    """Facts of a day that no webhook brought (`by_poll`), or not in time (`late`): the first and the last of them."""

    by_poll: int
    late: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Compared:
    """One day's number by both witnesses, as of the report."""

    day: date
    metric: Metric
    counted: int
    reported: int
    missed: Missed | None = None

    @property
    def gap(self) -> int:
        return self.counted - self.reported


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows of a list are here, and how many there are by the provider."""

    name: str
    here: int
    there: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """`drift` of the metric that drifts most, over the days together; None where that cannot be told. `gaps` are what alarms, by name.

    `shift` is by how many hours the provider's days begin later than ours (before: negative), where that explains the gaps.
    """

    drift: float | None
    metric: Metric | None = None
    reason: str | None = None
    gaps: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    shift: int | None = None


def verdict(compared: Iterable[Compared], tolerance: int, threshold: float) -> Verdict:
    """Of the days from which on each metric's counts are complete; the caller leaves the others out."""
    sums: dict[Metric, tuple[int, int]] = {}
    for row in compared:
        if row.metric in ALARMED:
            counted, reported = sums.get(row.metric, (0, 0))
            sums[row.metric] = counted + row.counted, reported + row.reported
    if not sums:
        return Verdict(None, reason="there is no day yet that was counted and reported whole")
    drifts = {metric: drift(*pair, tolerance) for metric, pair in sums.items()}
    worst = max(drifts, key=lambda metric: (drifts[metric], metric is Metric.SENT))
    gaps = {m.value: sums[m][0] - sums[m][1] for m in sorted(drifts) if drifts[m] > threshold}
    reason = gap_words(worst, sums[worst][0] - sums[worst][1]) if drifts[worst] else None
    return Verdict(drifts[worst], worst, reason, MappingProxyType(gaps))


def shift_of(
    compared: Sequence[Compared],
    moments: Mapping[Metric, Sequence[datetime]],
    as_of: datetime,
    tolerance: int,
    known: int | None = None,
) -> int | None:
    """The hours by which the provider's days lie beside ours, if that explains every number; `moments` are sorted.

    Only where a day that is over needs it: today's gap alone would also be closed by whatever came late yesterday. Such a gap is
    explained by the zone that was `known` before, and by no other.
    """
    rows = [row for row in compared if row.metric in ALARMED]
    days = {row.day for row in rows}
    whole = [row for row in rows if row.day < max(days, default=row.day)]
    if len(days) < DAYS:
        return None
    proof = any(abs(row.gap) > tolerance for row in whole)
    candidates = SHIFTS if proof else () if known is None else (known,)

    def explains(hours: int) -> bool:
        return all(
            abs(_between(moments.get(row.metric, ()), row.day, hours, as_of) - row.reported) <= tolerance
            for row in rows
        )

    return next((hours for hours in candidates if explains(hours)), None)


def _between(moments: Sequence[datetime], day: date, hours: int, as_of: datetime) -> int:
    """How many of them lie in a day that begins so many hours later, and not after the report."""
    start = datetime.combine(day, time(), UTC) + timedelta(hours=hours)
    end = bisect_left(moments, start + timedelta(days=1))
    return max(0, min(end, bisect_right(moments, as_of)) - bisect_left(moments, start))


def shifted(found: Verdict, hours: int) -> Verdict:
    """A verdict that a zone explains: nothing drifts, nothing alarms."""
    return Verdict(0.0, found.metric, shift_words(hours), shift=hours)


@dataclass(frozen=True, slots=True)
class Healing:
    """The last resync that started because of a drift; `healed` since: the drift was gone in between."""

    at: datetime
    gaps: Mapping[str, int]
    healed: bool


AGAIN_AFTER = timedelta(days=1)


def wants_resync(gaps: Mapping[str, int], last: Healing | None, now: datetime) -> bool:
    """Once per drift, and not again for the same numbers within a day; one that lasts is tried again after a day."""
    if not gaps:
        return False
    if last is None or now - last.at >= AGAIN_AFTER:
        return True
    return last.healed and dict(gaps) != dict(last.gaps)


def short(totals: Iterable[Total], tolerance: int, threshold: float) -> dict[str, int]:
    """Lists of which too many rows are not here. Rows too many are left alone: what the provider forgot is no loss."""
    return {
        total.name: total.here - total.there
        for total in totals
        if total.here < total.there and drift(total.here, total.there, tolerance) > threshold
    }


_NOUNS = {
    Metric.SENT: ("sent mail", "sent mails"),
    Metric.OPENED: ("open", "opens"),
    Metric.REPLIED: ("reply", "replies"),
    Metric.INTERESTED: ("interested lead", "interested leads"),
    Metric.BOUNCED: ("bounce", "bounces"),
    Metric.UNSUBSCRIBED: ("unsubscribe", "unsubscribes"),
}


def _some(metric: Metric, count: int) -> str:
    one, many = _NOUNS.get(metric, (metric.value, metric.value))
    return f"{count:,} {one if count == 1 else many}"


def gap_words(metric: Metric, gap: int) -> str:
    side = "more" if gap > 0 else "fewer"
    return f"{_some(metric, abs(gap))} {side} than the provider reports"


def shift_words(hours: int) -> str:
    side = "earlier" if hours < 0 else "later"
    return (
        f"the provider's days begin {abs(hours)} h {side} than in UTC, which explains it: nothing is missing"
    )


def total_words(total: Total) -> str | None:
    if total.here == total.there:
        return None
    side = "more" if total.here > total.there else "fewer"
    return f"{abs(total.here - total.there):,} {side} here than at the provider"


def reason(row: Compared, tolerance: int, shift: int | None = None) -> str | None:
    """What happened to a day's number, in a sentence; None when nothing did."""
    told = []
    if row.missed is not None:
        told.append(_missed_words(row.metric, row.missed))
    if abs(row.gap) > tolerance:
        told.append(gap_words(row.metric, row.gap) if shift is None else shift_words(shift))
    return "; ".join(told) or None


def _missed_words(metric: Metric, missed: Missed) -> str:
    first, last = (f"{at.astimezone(UTC):%H:%M}" for at in (missed.first, missed.last))
    when = f"at {first}" if first == last else f"between {first} and {last}"
    if not missed.by_poll:
        return f"webhooks brought {_some(metric, missed.late)} late, {when}"
    late = f"; {missed.late:,} more came late" if missed.late else ""
    return f"webhooks missed {_some(metric, missed.by_poll)} {when}, filled by poll{late}"
