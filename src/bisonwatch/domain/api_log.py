"""Requests to the provider, summed by endpoint: how many, how they ended, how long they took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bisonwatch.domain.span import Span
from bisonwatch.domain.status import Json, instant
from bisonwatch.metrics import CALL_BOUNDS_MS, Ending


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds, of calls that were answered or given up; the percentiles lie within their bucket's bounds."""

    mean: float
    p50: float
    p95: float
    max: float


@dataclass(frozen=True, slots=True)
class EndpointCalls:
    """One endpoint of one instance. `endings` has what happened at all (see `metrics.Ending`); `retries` are those of the calls that asked
    again; `unsent` were held back here, and are no calls. `trend` counts calls by step, the newest last.
    """

    instance: str
    endpoint: str
    calls: int
    endings: Mapping[str, int]
    retries: int
    unsent: int
    times: Times | None
    trend: tuple[int, ...] = ()

    @property
    def errors(self) -> int:
        return self.calls - self.endings.get(Ending.OK.value, 0)

    @property
    def throttled(self) -> int:
        return self.endings.get(Ending.THROTTLED.value, 0)

    @property
    def error_share(self) -> float | None:
        """None without a call: an unknown figure is unknown, not 0."""
        return self.errors / self.calls if self.calls else None


@dataclass(frozen=True, slots=True)
class ApiLog:
    """Every endpoint that was called since `since`, the most called first. A step of a trend is `step` long."""

    span: Span
    since: datetime
    until: datetime
    step: timedelta
    endpoints: tuple[EndpointCalls, ...] = ()


@dataclass(frozen=True, slots=True)
class HourCalls:
    """One hour of one endpoint."""

    hour: datetime
    calls: int
    errors: int
    throttled: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class EndpointHours:
    """One endpoint by the hour, as long as it is kept, the newest last; hours without a call are left out."""

    instance: str
    endpoint: str
    hours: tuple[HourCalls, ...] = ()


def percentile(buckets: Sequence[int], share: float, most: float) -> float | None:
    """Milliseconds below which that share of the calls took; evenly between a bucket's bounds, of which `most` is the last. None without calls."""
    total = sum(buckets)
    if not total:
        return None
    wanted, before = share * total, 0
    for index, count in enumerate(buckets):
        if count and before + count >= wanted:
            low = CALL_BOUNDS_MS[index - 1] if index else 0.0
            high = max(low, min(CALL_BOUNDS_MS[index], most) if index < len(CALL_BOUNDS_MS) else most)
            return round(low + (high - low) * (wanted - before) / count, 1)
        before += count
    return round(most, 1)


def times(buckets: Sequence[int], total_ms: float, max_ms: float) -> Times | None:
    """None without calls."""
    p50, p95 = percentile(buckets, 0.50, max_ms), percentile(buckets, 0.95, max_ms)
    if p50 is None or p95 is None:
        return None
    return Times(round(total_ms / sum(buckets), 1), p50, p95, round(max_ms, 1))


def api_log_json(log: ApiLog) -> dict[str, Json]:
    """`/api/v1/api-log`."""
    return {
        "span": log.span.value,
        "since": instant(log.since),
        "until": instant(log.until),
        "trend_step_s": log.step.total_seconds(),
        "items": [endpoint_json(one) for one in log.endpoints],
    }


def endpoint_json(one: EndpointCalls) -> dict[str, Json]:
    """One entry of `items`; a figure that is not known is null."""
    took = one.times
    return {
        "instance": one.instance,
        "endpoint": one.endpoint,
        "calls": one.calls,
        "errors": one.errors,
        "error_share": None if one.error_share is None else round(one.error_share, 4),
        "endings": dict(one.endings),
        "retries": one.retries,
        "unsent": one.unsent,
        "mean_ms": took.mean if took else None,
        "p50_ms": took.p50 if took else None,
        "p95_ms": took.p95 if took else None,
        "max_ms": took.max if took else None,
        "trend": list(one.trend),
    }


def endpoint_hours_json(found: EndpointHours) -> dict[str, Json]:
    """One endpoint by the hour."""
    return {
        "instance": found.instance,
        "endpoint": found.endpoint,
        "hours": [
            {
                "hour": instant(hour.hour),
                "calls": hour.calls,
                "errors": hour.errors,
                "throttled": hour.throttled,
                "p50_ms": hour.p50,
                "p95_ms": hour.p95,
            }
            for hour in found.hours
        ],
    }
