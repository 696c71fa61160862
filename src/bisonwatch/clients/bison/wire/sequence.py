"""A campaign's sequence, and when it may send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from bisonwatch.clients.bison.fields import Raw, clock_time, count, flag, ident, instant, text, word
from bisonwatch.clients.bison.rows import Broken, needed, row_id

_TEMPLATE_LIMIT = 100_000
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step, or a variant of the step `variant_of`. Subject and body are templates; `order` is None on most variants."""

    id: int
    order: int | None
    subject: str
    body: str
    wait_days: int | None
    active: bool | None
    variant: bool
    variant_of: int | None
    thread_reply: bool
    updated_at: datetime | None


def step_row(raw: Raw) -> StepRow:
    """Both versions of the route: v1 says `variant_from_step`, v1.1 `variant_from_step_id`."""
    parent = ident(raw.get("variant_from_step_id")) or ident(raw.get("variant_from_step"))
    told = flag(raw.get("variant"))
    return StepRow(
        row_id(raw),
        count(raw.get("order")),
        text(raw.get("email_subject"), _TEMPLATE_LIMIT) or "",
        text(raw.get("email_body"), _TEMPLATE_LIMIT) or "",
        count(raw.get("wait_in_days")),
        flag(raw.get("active")),
        parent is not None if told is None else told,
        parent,
        flag(raw.get("thread_reply")) or False,
        instant(raw.get("updated_at")),
    )


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """When a campaign may send: weekdays (0 is Monday) from `start` to `end`, on the clocks of `timezone`."""

    id: int
    type: str | None
    days: frozenset[int]
    start: time
    end: time
    timezone: str
    updated_at: datetime | None


def schedule_row(raw: Raw) -> ScheduleRow:
    if not any(name in raw for name in WEEK):
        raise Broken("monday", "no weekday is there")
    return ScheduleRow(
        row_id(raw),
        word(raw.get("type")),
        frozenset(number for number, name in enumerate(WEEK) if flag(raw.get(name))),
        needed(clock_time(raw.get("start_time")), "start_time", raw.get("start_time")),
        needed(clock_time(raw.get("end_time")), "end_time", raw.get("end_time")),
        needed(text(raw.get("timezone")), "timezone", raw.get("timezone")),
        instant(raw.get("updated_at")),
    )


def timezone_name(raw: Raw) -> str:
    """One entry of the list of time zones: its IANA name."""
    return needed(text(raw.get("id")), "id", raw.get("id"))
