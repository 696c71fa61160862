"""Readings made by hand: only what a test is about is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bisonwatch.cache.figures import Figures, to_json
from bisonwatch.cache.picture import Readings, Self
from bisonwatch.cache.readings import Quick, Slow
from bisonwatch.domain.health import Health, Standing
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job
from bisonwatch.domain.workspace import Workspace
from bisonwatch.store.deliveries import Backlog
from bisonwatch.store.nodes import Node
from bisonwatch.store.watch import Watch

NOW = datetime(2026, 9, 14, 12, 2, 30, tzinfo=UTC)
KEY, OTHER = WorkspaceKey("main", 12), WorkspaceKey("main", 13)
NODE = UUID(int=7)
SCHEDULES = {Job.POLL: ("every 5m", NOW + timedelta(minutes=1))}
ENGINE = Self(NODE, "host-a", "1.0.0", "sqlite:///m.db", 10_000, SCHEDULES)
LOOKER = Self(None, "host-b", "1.0.0", "sqlite:///m.db", 10_000, SCHEDULES)
OWN = Figures("http://a", 10, 1, 0.5, None, None, 2.0)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def workspace(key: WorkspaceKey = KEY, name: str = "Northwind Desk", target: int | None = None) -> Workspace:
    return Workspace(key, name, name, "https://send.example", True, target, NOW)


def node(number: UUID = NODE, seen: float = 1, **changes: Any) -> Node:
    """A node seen so many seconds ago."""
    values = {
        "id": number, "name": f"host-{number.int}", "version": "1.0.0", "pid": 1, "started_at": ago(hours=1),
        "seen_at": ago(seconds=seen), "stopped_at": None, "leader": True, "api_url": None, "figures": to_json(OWN),
    }  # fmt: skip
    return Node(**{**values, **changes})


def quick(**changes: Any) -> Quick:
    """One verified, healthy workspace and one living node."""
    watches = {
        KEY: Watch(
            KEY, ago(minutes=1), ago(minutes=1), ago(minutes=2), ago(minutes=2), subscribed_at=ago(days=1)
        )
    }
    values: dict[str, Any] = {
        "workspaces": (workspace(),),
        "watches": watches,
        "standing": {KEY: Standing(Health.HEALTHY, "webhooks arrive", ago(hours=2))},
        "backlog": Backlog(0, 0, None),
        "newest": (),
        "open_runs": (),
        "finished_runs": (),
        "nodes": (node(),),
    }  # fmt: skip
    return Quick(**{**values, **changes})


def slow(**changes: Any) -> Slow:
    values: dict[str, Any] = {
        "months": {}, "day": {}, "minutes": {}, "dead": {}, "waiting": {}, "accounts": {}, "processed": 0, "last_of": {},
    }  # fmt: skip
    return Slow(**{**values, **changes})


def readings(now: Quick | None = None, sums: Slow | None = None, **changes: Any) -> Readings:
    values: dict[str, Any] = {"arrivals": {}, "own": OWN, "rate_trend": (), "slope": None, "logs": ()}
    return Readings(now or quick(), sums or slow(), **{**values, **changes})
