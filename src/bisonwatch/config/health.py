"""When health is looked at, and from where on a figure is a warning."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bisonwatch.config.section import Section
from bisonwatch.config.values import Interval, Share


class Thresholds(Section):
    """Shares are fractions of one; a rate under its threshold, or a duration over it, is reported."""

    lag_warning: Interval = timedelta(minutes=5)
    lag_critical: Interval = timedelta(minutes=10)
    delivery_rate: Share = 0.95
    success_rate: Share = 0.95
    drift_warning: Share = 0.05
    drift_critical: Share = 0.10
    api_latency: Interval = timedelta(seconds=2)
    account_sync_late: Interval = timedelta(minutes=60)
    disconnect_rate: Share = 0.05
    dead_letters: int = Field(default=10, ge=0)
    backlog: int = Field(default=10_000, ge=0)
    cache_hit_rate: Share = 0.80
    prefetch_rate: Share = 0.95
    database_latency: Interval = timedelta(milliseconds=500)
    accounts_drop: Share = 0.10
    reply_rate_drop: Share = 0.20
    disk_free: Share = 0.05


class Health(Section):
    """`tolerance` is how many events the two witnesses of a number may differ by before it is drift."""

    every: Interval = timedelta(minutes=5)
    consistency_every: Interval = timedelta(hours=1)
    tolerance: int = Field(default=5, ge=0)
    thresholds: Thresholds = Thresholds()
