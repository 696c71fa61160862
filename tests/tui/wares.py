"""Invented datasets, and a cache that holds them."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle

from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.cached import CacheEntry, CacheStats, DatasetsOf, Envelope
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.freshness import Freshness, Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.status import Json
from tests.tui.workspaces import HOSTILE, NOW, ago

ACME = WorkspaceKey("main", 10)
KPI, VOLUME, REVENUE, INFRASTRUCTURE = DatasetName
HOUR = CacheCounts(hits=1_203, misses=1, stale=2, refreshed=61, prefetched=58, late=1)
DAY = CacheCounts(hits=24_100, misses=9, stale=40, refreshed=1_460, failed=3, prefetched=1_420, late=12)


def entry(
    workspace: WorkspaceKey, name: DatasetName, freshness: Freshness = Freshness.FRESH, **more: object
) -> CacheEntry:
    told = {"made_at": ago(seconds=12), "hour": HOUR, "day": DAY} | more
    return CacheEntry(workspace, name, freshness=freshness, **told)  # type: ignore[arg-type]


def stats(workspaces: int = 26) -> CacheStats:
    """All fresh but two of acme's."""
    keys = [WorkspaceKey("main", 10 + n) for n in range(workspaces)]
    every = {(key, name): entry(key, name) for key in keys for name in DatasetName}
    every[ACME, VOLUME] = entry(
        ACME,
        VOLUME,
        Freshness.STALE,
        made_at=ago(minutes=4),
        error="the database does not answer",
        failures=3,
    )
    every[ACME, REVENUE] = entry(
        ACME, REVENUE, Freshness.ERROR, made_at=None, hour=CacheCounts(), error="a fault", failures=1
    )
    return CacheStats(NOW, tuple(every.values()), 1_000)


def numbers(*five: int | None) -> dict[str, Json]:
    return dict(zip(("sent", "replied", "interested", "bounced", "unsubscribed"), five, strict=True))


def span(*five: int | None) -> dict[str, Json]:
    return {"shown": numbers(*five), "rates": {"reply": 0.0101, "bounce": 0.002}}


def group(name: str | None, accounts: int, lost: int) -> dict[str, Json]:
    counts = {"accounts": accounts, "connected": accounts - lost, "disconnected": lost, "capacity": 1_500}
    return {"name": name, **counts, "reply_rate": 0.0083, "bounce_rate": 0.0064}


def values() -> dict[DatasetName, dict[str, Json]]:
    spans = {
        "today": span(10, 0, None, 0, 0),
        "last_7_days": span(9_920, 100, 7, 0, 5),
        "last_30_days": span(41_682, 420, 31, 2, 21),
        "month": span(29_845, 300, 22, 2, 15),
        "last_month": span(43_647, 440, 33, 0, 22),
    }
    goal = {
        "target": 40,
        "interested": 22,
        "progress": 0.55,
        "per_day": 1.07,
        "needed_per_day": 1.89,
        "projected": 32,
    }
    days: list[Json] = [
        {"day": f"2026-11-{day:02}", "sent": 1_900 + day, "capacity": 2_500, "utilisation": 0.79}
        for day in range(1, 23)
    ]
    result = {"leads": 22, "revenue": "3275.00", "cost": "900", "profit": "-12.50", "margin": "-0.0038"}
    return {
        KPI: {**spans, "goal": goal},
        VOLUME: {
            "capacity": 2_500,
            "utilisation": 0.59,
            "scheduled_today": {"n": 12},
            "scheduled_tomorrow": {"n": None},
            "days": days,
        },
        REVENUE: {"terms": {"currency": "USD"}, "month": result, "projected": result},
        INFRASTRUCTURE: {
            "accounts": group(None, 102, 14),
            "held": 1,
            "removed": 5,
            "providers": [group("google", 62, 14), group("microsoft", 40, 0)],
            "resellers": [group("Mailforge", 62, 14), group(None, 40, 0)],
            "warmup": {"enabled": 100, "disabled": 2},
            "disconnected": [{"email": f"desk{n}@northwind.example"} for n in range(14)],
        },
    }


def wares(workspace: WorkspaceKey = ACME) -> DatasetsOf:
    """KPI warns, volume is stale, revenue cannot be given, infrastructure is fresh."""
    of = values()
    return DatasetsOf(
        workspace,
        NOW,
        (
            Envelope(
                KPI, of[KPI], ago(seconds=12), Freshness.WARNING, Source.CACHE, ("more leads than likely",)
            ),
            Envelope(
                VOLUME,
                of[VOLUME],
                ago(minutes=4),
                Freshness.STALE,
                Source.STORED,
                error="the database does not answer",
                retry_at=NOW + timedelta(seconds=30),
            ),
            Envelope(REVENUE, of[REVENUE], ago(seconds=40), Freshness.FRESH, Source.CACHE),
            Envelope(INFRASTRUCTURE, of[INFRASTRUCTURE], ago(minutes=1), Freshness.FRESH, Source.CACHE),
        ),
    )


def hostile_wares() -> DatasetsOf:
    """The corpus wherever text may stand, and values of the wrong kind."""
    names = cycle(HOSTILE)
    of = values()
    of[REVENUE] |= {
        "terms": {"currency": next(names)},
        "month": {"revenue": next(names), "margin": next(names)},
    }
    of[INFRASTRUCTURE] |= {
        "providers": [group(next(names), 1, 0) for _ in range(30)],
        "disconnected": [{"email": next(names)} for _ in range(30)],
        "warmup": next(names),
    }
    of[VOLUME] |= {"days": [{"day": next(names), "sent": next(names)}, 7], "capacity": next(names)}
    return DatasetsOf(
        ACME,
        NOW,
        tuple(
            Envelope(name, of[name], NOW, Freshness.WARNING, Source.CACHE, (next(names),), next(names))
            for name in DatasetName
        ),
    )


def hostile_stats() -> CacheStats:
    names = cycle(HOSTILE)
    keys = [WorkspaceKey("main", n) for n in range(20)]
    entries = tuple(entry(key, name, error=next(names)) for key in keys for name in DatasetName)
    return CacheStats(NOW, entries, 1_000)
