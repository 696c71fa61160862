from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import reduce
from operator import getitem

from bisonwatch.domain.backfill import History
from bisonwatch.domain.health import Health
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.snapshot import (
    AccountFigures,
    AlertRow,
    DatabaseFigures,
    Figures,
    InboxFigures,
    JobRow,
    ListenerFigures,
    Milliseconds,
    Snapshot,
    WorkspaceRow,
    numbered,
)
from bisonwatch.domain.status import instant, lag_seconds, status_json
from tests.support.news import NOON, NORTHWIND, at

FIGURES = {"sent", "opened", "replied", "replied_automated", "interested", "bounced", "unsubscribed"}
PERCENTILES = {"p50": {}, "p95": {}, "p99": {}}
CONTRACT: dict[str, object] = {
    "version": {},
    "at": {},
    "uptime_s": {},
    "node": {},
    "leader": {},
    "score": {},
    "reasons": {},
    "database": {"url": {}, "ok": {}, "write_ms_p95": {}},
    "listener": {"url": {}, "acked": {}, "rejected": {}, "rate_1m": {}, "ack_ms": PERCENTILES},
    "inbox": {"pending": {}, "spooled": {}, "dead": {}, "processed": {}, "oldest_pending_s": {}},
    "latency_ms": PERCENTILES,
    "workspaces": {
        **{
            key: {}
            for key in ("instance", "url", "id", "name", "health", "since", "reason", "verified_at", "lag_s")
        },
        **{
            key: {}
            for key in ("last_webhook_at", "last_poll_at", "webhooks_24h", "polls_24h", "delivery_rate_24h")
        },
        **{
            key: {}
            for key in ("delivery_rate_provider_24h", "success_rate_24h", "cache_hit_rate_1h", "drift")
        },
        "accounts": {"total": {}, "connected": {}},
        "month": {key: {} for key in {*FIGURES, "target", "projected"}},
        "month_counted": {key: {} for key in FIGURES},
        "month_reported": {key: {} for key in {*FIGURES, "as_of"}},
    },
    "jobs": {"name": {}, "schedule": {}, "last": {"at": {}, "outcome": {}, "took_s": {}}, "next_at": {}},
    "alerts": {key: {} for key in ("rule", "instance", "workspace", "severity", "since", "acknowledged")},
}
"""The keys that the contract names, written by hand."""
ADDED = {
    "": {"engine_seen_at"},
    "workspaces": {"caught_24h", "late_provider_24h", "history"},
    "workspaces/accounts": {"held"},
    "inbox": {"refused", "refused_reason", "foreign"},
    "alerts": {"reason"},
}
"""What is told beyond the contract."""

ROW = WorkspaceRow(
    key=NORTHWIND,
    name="Northwind Desk",
    url="https://send.example",
    health=Health.HEALTHY,
    since=at(-60),
    reason="all is well",
    verified_at=at(-1),
    lag_from=None,
    lag_known=True,
    last_webhook_at=at(-2),
    last_poll_at=at(-1),
    last_event_at=at(-2),
    webhooks_24h=4120,
    polls_24h=288,
    per_minute=2.5,
    trend=(1,) * 12,
    delivery_rate_24h=0.998,
    delivery_rate_provider_24h=None,
    success_rate_24h=1.0,
    cache_hit_rate_1h=None,
    drift=0.0004,
    accounts=AccountFigures(433, 431),
    month=Figures(20480, 0, 256, 12, 31, 192, 4),
    month_counted=Figures(sent=20478),
    month_reported=Figures(sent=20480),
    reported_as_of=at(-3),
    target=40,
    projected=44,
    doing=None,
    as_of=NOON,
    history=History(date(2025, 11, 22), (Metric.OPENED, Metric.UNSUBSCRIBED)),
)
SNAPSHOT = Snapshot(
    number=1,
    at=NOON,
    version="1.0.0",
    node="host-a",
    leader=True,
    started_at=at(-10),
    engine_seen_at=at(0),
    nodes=(),
    score=97,
    reasons=("2 workspaces polled instead of pushed",),
    database=DatabaseFigures("sqlite:///mirror.db", True, 4.1),
    listener=ListenerFigures("http://127.0.0.1:8787", 51234, 3, 41.2, Milliseconds(2.1, 7.9, 15.0)),
    inbox=InboxFigures(0, 0, 1, 51233, at(-0.5), None),
    latency_ms=Milliseconds(90, 310, 700),
    rate_trend=(),
    workspaces=(ROW,),
    jobs=(JobRow("poll", "every 5m", at(-5), "success", 1.2, at(0)),),
    runs=(),
    alerts=(AlertRow("webhook_silence", NORTHWIND, "Northwind Desk", "critical", at(-9), "quiet", False),),
    events=(),
    logs=(),
)


def keys(value: object) -> object:
    """The tree of keys; a list has those of its first entry."""
    if isinstance(value, Mapping):
        return {name: keys(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return keys(value[0]) if value else {}
    return {}


def test_the_keys_are_the_contracts() -> None:
    """`status --json` says every key of the contract, and beyond them only what is listed here."""
    told = keys(status_json(SNAPSHOT, at(1)))
    assert isinstance(told, dict)
    for place, names in ADDED.items():
        holder = reduce(getitem, filter(None, place.split("/")), told)
        for name in names:
            del holder[name]
    assert told == CONTRACT


def test_values_are_plain_json() -> None:
    """Moments as ISO text in UTC, ages in seconds to the moment of asking, words as words."""
    told = json.loads(json.dumps(status_json(SNAPSHOT, at(1))))
    (row,) = told["workspaces"]
    assert (told["at"], told["uptime_s"], told["inbox"]["oldest_pending_s"]) == (
        "2026-11-20T12:00:00.000Z",
        660.0,
        90.0,
    )
    assert (row["health"], row["since"], row["lag_s"]) == ("healthy", "2026-11-20T11:00:00.000Z", 0.0)
    assert row["month"] == {**dict.fromkeys(FIGURES), "target": 40, "projected": 44} | {
        "sent": 20480,
        "opened": 0,
        "replied": 256,
        "replied_automated": 12,
        "interested": 31,
        "bounced": 192,
        "unsubscribed": 4,
    }
    assert row["month_reported"] == {
        **dict.fromkeys(FIGURES),
        "sent": 20480,
        "as_of": "2026-11-20T11:57:00.000Z",
    }
    assert row["history"] == {"from": "2025-11-22", "reported_only": ["opened", "unsubscribed"]}
    assert told["jobs"][0]["last"] == {"at": "2026-11-20T11:55:00.000Z", "outcome": "success", "took_s": 1.2}


def test_unknown_is_null() -> None:
    """Never 0, never 100 %: no engine, no report, no figures, no lag known."""
    row = replace(
        ROW,
        month_reported=None,
        accounts=None,
        delivery_rate_24h=None,
        lag_known=False,
        verified_at=None,
        history=None,
    )
    bare = replace(
        SNAPSHOT,
        workspaces=(row,),
        latency_ms=None,
        started_at=None,
        score=None,
        engine_seen_at=None,
        jobs=(JobRow("poll", "every 5m", None, None, None, None),),
        alerts=(AlertRow("leader_lost", None, "", "critical", at(0), "", True),),
    )
    told = json.loads(json.dumps(status_json(bare, at(1))))
    (shown,) = told["workspaces"]
    nulls = ("month_reported", "accounts", "delivery_rate_24h", "lag_s", "verified_at", "history")
    assert [shown[name] for name in nulls] == [None] * 6
    assert (told["uptime_s"], told["score"], told["engine_seen_at"]) == (None, None, None)
    assert told["latency_ms"] == {"p50": None, "p95": None, "p99": None}
    assert told["jobs"][0]["last"] is None
    assert (told["alerts"][0]["instance"], told["alerts"][0]["workspace"]) == (None, None)


def test_lag() -> None:
    """The age of the oldest event that is missing, never below 0; 0 when verified; unknown when nobody could ask."""
    assert lag_seconds(replace(ROW, lag_from=at(-2)), NOON) == 120.0
    assert lag_seconds(replace(ROW, lag_from=at(2)), NOON) == 0.0
    assert lag_seconds(ROW, NOON) == 0.0
    assert lag_seconds(replace(ROW, lag_from=at(-2), lag_known=False), NOON) is None


def test_a_moment_as_text() -> None:
    assert (instant(None), instant(at(0.001))) == (None, "2026-11-20T12:00:00.060Z")


def test_a_version_grows_with_what_is_shown() -> None:
    """A row that says the same keeps its version, though it was read later; a changed one gets the next; a new one 1."""
    (first,) = numbered([ROW], {})
    before = {NORTHWIND: first}
    (same,) = numbered([replace(ROW, as_of=at(5))], before)
    (changed,) = numbered([replace(ROW, webhooks_24h=4121, as_of=at(5))], before)
    (again,) = numbered([replace(changed, version=0)], {NORTHWIND: changed})
    assert [row.version for row in (first, same, changed, again)] == [1, 1, 2, 2]
    assert same.as_of == at(5)


def test_a_row_is_found_by_its_key() -> None:
    assert SNAPSHOT.workspace(NORTHWIND) is ROW
    assert SNAPSHOT.workspace(NORTHWIND._replace(id=13)) is None


def test_figures_of_metrics() -> None:
    """Shown metrics by name; the others have no place."""
    assert Figures.of(
        {Metric.SENT: 5, Metric.OPENED: 0, Metric.UNTRACKED: 7, Metric.BOUNCED: None}
    ) == Figures(sent=5, opened=0)
