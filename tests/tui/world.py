"""Invented runs, alerts, events and logs around the workspaces, and whole snapshots."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.clean import clean
from bisonwatch.domain.health import Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Outcome, Part, Run, RunState, Tally
from bisonwatch.domain.snapshot import (
    AlertRow,
    DatabaseFigures,
    EventRow,
    InboxFigures,
    JobRow,
    ListenerFigures,
    LogRow,
    Milliseconds,
    NodeFigures,
    RunRow,
    Snapshot,
)
from tests.tui.workspaces import HOSTILE, NAMES, NOW, ago, bad_rows, row, rows


def run_rows() -> tuple[RunRow, ...]:
    key = WorkspaceKey("main", 11)
    running = Run(
        UUID(int=1),
        Job.RESYNC,
        key,
        (Part.LEADS,),
        "terminal",
        RunState.RUNNING,
        ago(seconds=80),
        ago(seconds=74),
        tally=Tally(12_400, 48_000, 12_400, 310, 12_090, 0, 124, 2),
    )
    poll = Run(
        UUID(int=2),
        Job.POLL,
        WorkspaceKey("main", 10),
        (),
        "schedule",
        RunState.RUNNING,
        ago(seconds=3),
        ago(seconds=2),
        tally=Tally(done=38),
    )
    queued = Run(
        UUID(int=3), Job.ACCOUNTS, WorkspaceKey("main", 12), (), "schedule", RunState.QUEUED, ago(seconds=5)
    )
    done = Run(
        UUID(int=4),
        Job.POLL,
        WorkspaceKey("main", 14),
        (),
        "schedule",
        RunState.DONE,
        ago(seconds=50),
        ago(seconds=49),
        ago(seconds=48),
        Outcome.SUCCESS,
        Tally(1, 1, 12, 1, 11, 0, 1, 0),
    )
    failed = replace(
        done,
        id=UUID(int=5),
        job=Job.REPORTS,
        workspace=WorkspaceKey("main", 12),
        outcome=Outcome.FAILED,
        error="the provider answered 502 with HTML",
        finished_at=ago(minutes=4),
    )
    names = {10: NAMES[0], 11: NAMES[1], 12: NAMES[2], 14: NAMES[4]}
    return tuple(
        RunRow(run, names[run.workspace.id] if run.workspace else "")
        for run in (running, poll, queued, done, failed)
    )


def alert_rows() -> tuple[AlertRow, ...]:
    first, second, third, fourth = (row.key for row in bad_rows()[:4])
    return (
        AlertRow(
            "missed_events",
            first,
            NAMES[0],
            "critical",
            ago(minutes=5),
            "38 events missed by webhooks since 14:00",
            False,
        ),
        AlertRow(
            "silence",
            second,
            NAMES[1],
            "critical",
            ago(minutes=2),
            "webhooks silent for 6 min, 14 found by poll",
            True,
        ),
        AlertRow(
            "provider_failing",
            third,
            NAMES[2],
            "warning",
            ago(minutes=11),
            "502 from the provider since 13:52",
            False,
        ),
        AlertRow(
            "disconnected", fourth, NAMES[3], "warning", ago(minutes=1), "2 accounts disconnected", False
        ),
        AlertRow(
            "cache_hit_rate",
            None,
            "",
            "warning",
            ago(hours=2),
            "cache hit rate 74 % in northwind-eu, under 80 %",
            False,
        ),
    )


TYPES = (
    ("email_sent", "step 2 to jo@lumen.example"),
    ("lead_replied", "Re: quick question about the audit"),
    ("email_opened", "kim@orbit.example"),
    ("lead_interested", "ana@fjord.example"),
    ("email_bounced", "550 no such user: sam@nowhere.example"),
    ("email_account_disconnected", "mia@initech.example"),
    ("tag_attached", "warm"),
)


def event_row(number: int, at: datetime = NOW) -> EventRow:
    kind, subject = TYPES[number * 3 % len(TYPES)]
    name = NAMES[number * 5 % len(NAMES)]
    return EventRow(
        UUID(int=1_000_000 + number),
        at,
        WorkspaceKey("main", 10 + number * 5 % len(NAMES)),
        name,
        kind,
        clean(HOSTILE[number % len(HOSTILE)]) if number % 11 == 10 else subject,
        "poll" if number % 9 == 8 else "webhook",
        ("applied", "applied", "applied", "duplicate", "applied", "pending", "unknown", "dead")[number % 8],
    )


def log_rows() -> tuple[LogRow, ...]:
    texts = (
        ("info", "applied 64 events in 71 ms", NAMES[1]),
        ("warning", "429 from the provider, waiting 45 s", NAMES[0]),
        ("info", "poll finished: nothing missed", NAMES[5]),
        ("error", "the provider answered 502 with HTML", NAMES[2]),
        ("info", "subscription is in place", None),
    )
    return tuple(
        LogRow(ago(seconds=120 - 2 * i), *texts[i % len(texts)][:2], workspace=texts[i % len(texts)][2])
        for i in range(60)
    )


def snapshot(number: int = 7) -> Snapshot:
    """The whole picture at NOW."""
    return Snapshot(
        number=number,
        at=ago(seconds=0.4),
        version="0.1.0",
        node="sync-2",
        leader=True,
        started_at=ago(days=3, hours=4),
        engine_seen_at=ago(seconds=0.4),
        nodes=(
            NodeFigures("sync-2", ago(days=3, hours=4), ago(seconds=0.4), True, "http://10.0.0.2:7433"),
            NodeFigures("sync-3", ago(hours=20), ago(seconds=1), False, "http://10.0.0.3:7433"),
        ),
        score=81,
        reasons=(
            "acme-outbound is critical (-9)",
            "northwind-eu is critical (-6)",
            "globex cannot be told (-4)",
        ),
        database=DatabaseFigures("postgresql://mirror@db.internal/bison", True, 3.4),
        listener=ListenerFigures(
            "https://hooks.example.com/bison", 1_204_331, 3, 418.2, Milliseconds(0.9, 2.1, 6.4)
        ),
        inbox=InboxFigures(1204, 0, 3, 1_204_020, ago(seconds=9), -38.4),
        latency_ms=Milliseconds(84, 410, 1900),
        rate_trend=tuple(int(380 + 120 * math.sin(i / 7) + 40 * math.sin(i * 1.7)) for i in range(60)),
        workspaces=rows(),
        jobs=(
            JobRow("poll", "every 1m to 5m", ago(seconds=12), "success", 1.4, NOW + timedelta(seconds=18)),
            JobRow("accounts", "every 30m", ago(minutes=12), "success", 22.0, NOW + timedelta(minutes=18)),
            JobRow("reports", "hourly at :10", ago(minutes=53), "partial", 41.0, NOW + timedelta(minutes=7)),
            JobRow("discover", "every 10m", None, None, None, NOW + timedelta(minutes=3)),
        ),
        runs=run_rows(),
        alerts=alert_rows(),
        events=tuple(event_row(100 - i, ago(seconds=i * 0.6)) for i in range(60)),
        logs=log_rows(),
        cache=CacheCounts(hits=9_690, misses=310, refreshed=4_100, prefetched=3_990, late=10),
    )


def quiet_snapshot() -> Snapshot:
    """A night on which all is well."""
    calm = tuple(
        row(i, name, Health.IDLE if i % 4 else Health.HEALTHY, projected=70) for i, name in enumerate(NAMES)
    )
    whole = snapshot()
    return replace(
        whole,
        score=100,
        reasons=(),
        workspaces=calm,
        alerts=(),
        cache=CacheCounts(hits=9_790, misses=210, refreshed=4_100, prefetched=4_000),
        runs=whole.runs[3:4],
        inbox=replace(whole.inbox, pending=0, dead=0, slope=0.0),
        listener=replace(whole.listener, rejected=0, rate_1m=3.2),
    )


def first_snapshot() -> Snapshot:
    """What a feed answers before the engine has made one."""
    return replace(
        snapshot(0),
        at=NOW,
        score=None,
        reasons=(),
        started_at=None,
        engine_seen_at=None,
        nodes=(),
        latency_ms=None,
        rate_trend=(),
        workspaces=(),
        jobs=(),
        runs=(),
        alerts=(),
        events=(),
        logs=(),
        inbox=InboxFigures(0, 0, 0, 0, None, None),
    )
