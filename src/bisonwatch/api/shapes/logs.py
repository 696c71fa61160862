"""Requests to the provider, and what was wrong with its answers."""

from __future__ import annotations

from pydantic import Field

from bisonwatch.api.shapes.base import Count, Instance, Moment, Shape, Share
from bisonwatch.domain.span import Span


class EndpointCalls(Shape):
    """`endings` has only what happened; figures of time are in milliseconds, null without a call. `trend` counts calls by step."""

    instance: Instance
    endpoint: str
    calls: Count
    errors: Count
    error_share: Share | None
    endings: dict[str, Count]
    retries: Count
    unsent: Count
    mean_ms: Share | None
    p50_ms: Share | None
    p95_ms: Share | None
    max_ms: Share | None
    trend: list[Count]


class ApiLog(Shape):
    span: Span
    since: Moment
    until: Moment
    trend_step_s: Share
    items: list[EndpointCalls]


class Hour(Shape):
    hour: Moment
    calls: Count
    errors: Count
    throttled: Count
    p50_ms: Share
    p95_ms: Share


class EndpointHours(Shape):
    """The newest last; hours without a call are left out."""

    instance: Instance
    endpoint: str
    hours: list[Hour] = Field(min_length=1)


class Flaw(Shape):
    """`example` is the shape of such a value, never the value; `workspace` is null where it is of none."""

    instance: Instance
    workspace: Count | None
    name: str | None
    source: str
    field: str
    reason: str
    count: Count
    first_at: Moment
    last_at: Moment
    example: str | None


class ValidationLog(Shape):
    """`more`: there are others, met before those."""

    span: Span
    since: Moment
    until: Moment
    more: bool
    items: list[Flaw]
