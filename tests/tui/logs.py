"""An invented API log and validation log."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle

from bisonwatch.domain.api_log import ApiLog, EndpointCalls, EndpointHours, HourCalls, Times
from bisonwatch.domain.span import Span
from bisonwatch.domain.validation_log import Flawed, ValidationLog
from tests.tui.workspaces import HOSTILE, NOW, ago

HOUR = NOW.replace(minute=0, second=0, microsecond=0)


def api_log(span: Span = Span.HOUR) -> ApiLog:
    """A busy endpoint, a slow one with 429s, one that only held back, and one of another instance."""
    trend = tuple(n % 7 for n in range(span.steps))
    every = (
        EndpointCalls(
            "main", "GET /api/events", 12_403, {"ok": 12_403}, 0, 0, Times(61.2, 48, 140, 900), trend
        ),
        EndpointCalls(
            "main",
            "GET /api/leads/{id}",
            400,
            {"ok": 340, "missing": 40, "throttled": 12, "timeout": 8},
            20,
            3,
            Times(880, 700, 2400, 45_000),
            trend,
        ),
        EndpointCalls("main", "GET /api/users", 0, {}, 0, 5, None, (0,) * span.steps),
        EndpointCalls(
            "second", "GET /api/events", 120, {"ok": 119, "failed": 1}, 1, 0, Times(50, 45, 90, 95)
        ),
    )
    return ApiLog(span, span.since(NOW), NOW, span.step, every)


def api_hours(instance: str, endpoint: str) -> EndpointHours:
    """Two days, of which one hour is missing."""
    hours = [HourCalls(HOUR - timedelta(hours=n), 100 + n, n % 3, n % 2, 48, 140 + n) for n in range(48)]
    return EndpointHours(instance, endpoint, tuple(reversed([*hours[:5], *hours[6:]])))


def validation_log(span: Span = Span.HOUR) -> ValidationLog:
    """A field that is dropped, an answer as a whole, and a dataset."""
    flaws = (
        Flawed(
            "main",
            10,
            "acme-outbound",
            "GET /api/sender-emails",
            "daily_limit",
            "cannot be read",
            4120,
            ago(minutes=50),
            ago(minutes=3),
            '"-9 a aaa"',
        ),
        Flawed(
            "main",
            None,
            None,
            "GET /api/users",
            "answer",
            "answered N with something that is not JSON",
            2,
            ago(minutes=30),
            ago(minutes=29),
            "answered 200 with something that is not JSON",
        ),
        Flawed("second", 3, None, "kpi", "sent", "is negative", 1, ago(minutes=40), ago(minutes=40), None),
    )
    return ValidationLog(span, span.since(NOW), NOW, flaws)


def hostile_api_log() -> ApiLog:
    names = cycle(HOSTILE)
    every = tuple(
        EndpointCalls(next(names), next(names), 9, {"ok": 3, "broken": 6}, 1, 1, Times(1, 1, 1, 1), (1, 2, 3))
        for _ in range(20)
    )
    return ApiLog(Span.HOUR, NOW, NOW, Span.HOUR.step, every)


def hostile_validation_log() -> ValidationLog:
    names = cycle(HOSTILE)
    flaws = tuple(
        Flawed(
            next(names),
            n or None,
            next(names),
            next(names),
            next(names),
            next(names),
            n + 1,
            NOW,
            NOW,
            next(names),
        )
        for n in range(20)
    )
    return ValidationLog(Span.HOUR, NOW, NOW, flaws)
