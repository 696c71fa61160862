"""The columns of one workspace's comparisons: a day's number by both witnesses, as one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from uuid import UUID

from bisonwatch.domain.comparison import History, Lone, Report
from bisonwatch.domain.drift import ALARMED, HEALED, HISTORIC
from bisonwatch.domain.health import Health
from bisonwatch.domain.metric import Metric
from bisonwatch.tui.columns import Column
from bisonwatch.tui.format import NONE, calm_age, percent, thousands
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, calm, outside


class Weight(Enum):
    """What a number's drift leads to."""

    ALARMED = "alarmed"
    """Over the threshold a resync starts."""
    SHOWN = "shown"
    """Only shown: it may differ for good reasons."""
    ALONE = "alone"
    """Reported only: there is nothing of ours to compare it with."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `over`: the drift is over the threshold; `resync_id`: what started because of it."""

    day: date
    metric: str
    counted: int | None
    reported: int
    drift: float | None
    weight: Weight
    why: str
    as_of: datetime
    checked_at: datetime | None = None
    healed_at: datetime | None = None
    over: bool = False
    resync_id: UUID | None = None

    @property
    def key(self) -> tuple[date, str]:
        return self.day, self.metric

    @property
    def telling(self) -> bool:
        """Whether something was wrong with it, now or before."""
        return self.weight is not Weight.ALONE and (bool(self.drift) or bool(self.why))


_ORDER = [metric.value for metric in (*ALARMED, Metric.INTERESTED, Metric.OPENED)] + [*HEALED, "campaigns"]
_JUDGED = {metric.value for metric in ALARMED} | set(HEALED)


def entries(history: History) -> list[Entry]:
    """Newest day first; in a day what may alarm comes first."""
    found = [_of(report, history.leeway.threshold) for report in history.reports]
    found += [_alone(lone) for lone in history.lone]
    return sorted(found, key=lambda entry: (-entry.day.toordinal(), _place(entry.metric), entry.metric))


def _place(metric: str) -> int:
    return _ORDER.index(metric) if metric in _ORDER else len(_ORDER)


def _of(report: Report, threshold: float) -> Entry:
    weight = Weight.ALARMED if report.metric in _JUDGED else Weight.SHOWN
    return Entry(
        report.day,
        report.metric,
        report.counted,
        report.reported,
        report.drift,
        weight,
        report.reason or "",
        report.as_of,
        report.checked_at,
        report.healed_at,
        weight is Weight.ALARMED and report.drift > threshold,
        report.resync_id,
    )


def _alone(lone: Lone) -> Entry:
    begins = f"counted here whole from {lone.since:%d %b} on" if lone.since else "not counted here yet"
    rest = (
        "a backfill completes it" if lone.metric in HISTORIC else "no list at the provider tells more of it"
    )
    return Entry(
        lone.day,
        lone.metric.value,
        None,
        lone.reported,
        None,
        Weight.ALONE,
        f"reported only: {begins}; {rest}",
        lone.as_of,
    )


def state_piece(entry: Entry, frame: Frame) -> Piece:
    """Glyph and word."""
    if entry.weight is Weight.ALONE:
        health, word, role = Health.PAUSED, "reported", "soft"
    elif entry.over:
        health, word, role = Health.CRITICAL, "over", "crit"
    elif not entry.drift:
        health, word, role = Health.HEALTHY, "healed" if entry.healed_at else "ok", "ok"
    elif entry.weight is Weight.SHOWN:
        health, word, role = Health.IDLE, "shown", "soft"
    else:
        health, word, role = Health.WARNING, "drifts", "warn"
    return Piece(f"{frame.glyphs.of(health)} {word}", role)


def state_cell(entry: Entry, frame: Frame, width: int) -> Piece | Line:
    return calm(state_piece(entry, frame), width)


def day_words(day: date, now: datetime) -> str:
    return "today" if day == now.date() else f"{day:%d %b}"


def gap_words(entry: Entry) -> str:
    """`+3`, `-14`, `0`."""
    if entry.counted is None:
        return NONE
    gap = entry.counted - entry.reported
    return f"{gap:+,}" if gap else "0"


def _drift(entry: Entry, frame: Frame, width: int) -> Piece:
    if entry.drift is None:
        return Piece(NONE, "faint")
    told = percent(entry.drift) if entry.drift < 10 else ">999"
    if not entry.drift or entry.weight is Weight.SHOWN:
        return Piece(told, "faint")
    return Piece(told, "hot" if entry.over else "warm")


def _why(entry: Entry, frame: Frame, width: int) -> Piece:
    return Piece(outside(entry.why, 500), "ink" if entry.drift and entry.weight is Weight.ALARMED else "soft")


COLUMNS: tuple[Column[Entry], ...] = (
    Column("state", "STATE", (8, 8, 10), 0, state_cell),
    Column(
        "day",
        "DAY",
        (6, 6, 6),
        0,
        lambda entry, frame, width: Piece(day_words(entry.day, frame.now), "soft"),
        help="UTC day",
    ),
    Column(
        "metric", "NUMBER", (6, 12, 12), 0, lambda entry, frame, width: Piece(outside(entry.metric), "strong")
    ),
    Column(
        "counted",
        "COUNTED",
        (7, 7, 9),
        2,
        lambda entry, frame, width: Piece(
            thousands(entry.counted), "faint" if entry.counted is None else "ink"
        ),
        right=True,
        help="what we counted up to the provider's report",
    ),
    Column(
        "reported",
        "REPORTED",
        (8, 8, 9),
        3,
        lambda entry, frame, width: Piece(thousands(entry.reported)),
        right=True,
        help="what the provider reports",
    ),
    Column(
        "gap",
        "DIFF",
        (5, 6, 7),
        1,
        lambda entry, frame, width: Piece(gap_words(entry), "ink" if entry.drift else "faint"),
        right=True,
    ),
    Column("drift", "DRIFT%", (6, 6, 6), 0, _drift, right=True),
    Column("why", "WHY", (6, 12, 40), 0, _why, flex=True),
    Column(
        "healed",
        "HEALED",
        (6, 6, 6),
        7,
        lambda entry, frame, width: Piece(calm_age(entry.healed_at, frame.now), "soft"),
        right=True,
        help="age of the comparison that first found nothing wrong any more",
    ),
    Column(
        "as_of",
        "AS OF",
        (5, 5, 5),
        6,
        lambda entry, frame, width: Piece(calm_age(entry.as_of, frame.now), "faint"),
        right=True,
        help="age of the provider's report",
    ),
    Column(
        "checked",
        "CHECKED",
        (7, 7, 7),
        5,
        lambda entry, frame, width: Piece(calm_age(entry.checked_at, frame.now), "faint"),
        right=True,
        help="age of the comparison",
    ),
)
