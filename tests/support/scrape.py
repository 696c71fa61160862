"""What `/metrics` answers, without an engine: a picture of invented workspaces and a process that measured everything."""

from __future__ import annotations

import re
from datetime import timedelta

from bisonwatch.api.exposition import Exposition
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.metrics import Disk, Durations, Ending, Endpoint, FlawKey, Metrics, Route
from tests.support.clock import ManualClock
from tests.tui.workspaces import NOW
from tests.tui.world import snapshot

NAME = re.compile(r"\b(?:bisonwatch|process)_[a-z0-9_]+")


def measured() -> Metrics:
    """Every figure of a process is known."""
    metrics = Metrics()
    metrics.listening.acked = 51_234_567
    metrics.listening.refused.update([401, 401, 503])
    metrics.processing.processed, metrics.processing.dead = 51_234_000, 3
    metrics.writing = Durations()
    for durations in (metrics.listening.ack_ms, metrics.processing.latency_ms, metrics.writing):
        for milliseconds in (0.5, 2.5, 7.0, 700_000.0):
            durations.add(milliseconds)
    metrics.running.add("poll", "success", 1.25, NOW - timedelta(seconds=4))
    metrics.running.add("poll", "failed", 0.5, NOW)
    metrics.log_bytes = 4 << 20
    metrics.spooling.size, metrics.spooling.max_size = 8 << 20, 2 << 30
    metrics.disks = {"database": Disk(40 << 30, 100 << 30), "spool": Disk(4 << 30, 100 << 30)}
    asked(metrics)
    metrics.caching.counts["kpi"].update(
        hits=90, stale=5, misses=10, prefetched=19, late=1, refreshed=30, failed=2
    )
    metrics.answering.add(Route("GET", "/api/v1/status"), 200, 12.0)
    metrics.answering.add(Route("other", "other"), 404, 0.5)
    metrics.answering.wrong_tokens = 7
    metrics.certificates["api"] = NOW + timedelta(days=60)
    return metrics


def asked(metrics: Metrics) -> None:
    """Three requests to the provider, one of them twice, and one that was held back."""
    leads = Endpoint("main", "GET /api/leads/{id}")
    metrics.calls.add(NOW, leads, Ending.OK, "200", 40.0)
    metrics.calls.add(NOW, leads, Ending.THROTTLED, "429", 100.0)
    metrics.calls.again(NOW, leads)
    metrics.calls.add(NOW, leads, Ending.FAILED, "599", 30_000.0)
    metrics.calls.unsent(NOW, leads)
    metrics.validation.add(NOW, FlawKey("main", 12, "GET /api/leads", "status", "is no text"))


def text(metrics: Metrics | None = None, picture: Snapshot | None = None) -> str:
    clock = ManualClock(NOW)
    return Exposition(metrics or measured(), lambda: picture or snapshot(), clock).text()


def families(scraped: str) -> dict[str, str]:
    """Each metric's kind by its name."""
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", scraped, re.MULTILINE))


def series(scraped: str) -> set[str]:
    """What a query may name: a histogram's parts instead of itself."""
    found = set()
    for name, kind in families(scraped).items():
        parts = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        found |= {name + part for part in parts}
    return found
