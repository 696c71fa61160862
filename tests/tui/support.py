"""A feed of invented but realistic facts: 27 workspaces of one instance and two of another, hostile names among them."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import cast
from uuid import UUID

from textual.pilot import Pilot

from bisonwatch.domain.clean import clean
from bisonwatch.domain.feed import Preview
from bisonwatch.domain.health import Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Outcome, Part, Run, RunState, Tally
from bisonwatch.domain.snapshot import (
    AccountFigures,
    AlertRow,
    DatabaseFigures,
    EventRow,
    Figures,
    InboxFigures,
    JobRow,
    ListenerFigures,
    LogRow,
    Milliseconds,
    NodeFigures,
    RunRow,
    Snapshot,
    WorkspaceRow,
)
from bisonwatch.errors import BisonwatchError
from bisonwatch.tui.app import BisonwatchApp
from bisonwatch.tui.options import TerminalOptions
from bisonwatch.tui.screens.main import MainScreen

NOW = datetime(2026, 11, 22, 14, 3, 22, tzinfo=UTC)

HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x1b]0;PWNED\x07title",
    "\x1b]52;c;cm0gLXJmIC8=\x07",
    "\x9b2J\x9d0;x\x9c",
    "[bold]markup[/bold] [/x] [@click=app.quit]go[/]",
    "\u202eevil\u202c \u2066iso\u2069",
    "nul\x00bel\x07del\x7f",
    "a\r\nb\tc\x0bd",
    "中文工作区 🦬 e\u0301",
    "[link=http://evil.example]x[/link]",
)
NAMES = (
    "acme-outbound",
    "northwind-eu",
    "globex",
    "initech-sales",
    "umbrella-na",
    "hooli-growth",
    "soylent",
    "stark-industries",
    "wayne-enterprises",
    "wonka-labs",
    "cyberdyne",
    "tyrell",
    "aperture",
    "black-mesa",
    "vandelay",
    "dunder-mifflin",
    "pied-piper",
    "bluth-company",
    "sterling-cooper",
    "oscorp",
    "massive-dynamic",
    "monsters-inc",
    "gringotts",
    "oceanic",
    "nakatomi",
)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


class HandClock:
    """A clock moved by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now, self._passed = now, 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("the terminal does not sleep")

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._passed += seconds


def row(number: int, name: str, health: Health = Health.HEALTHY, **more: object) -> WorkspaceRow:
    """One workspace with figures that depend on its number only."""
    busy = 0.2 + (number * 37 % 100) / 50
    trend = tuple(int(40 * busy * (1 + math.sin(number + i / 2))) for i in range(12))
    sent = 9000 + number * 1731
    figures = Figures(
        sent=sent,
        opened=sent * 4 // 10,
        replied=sent // 40,
        replied_automated=sent // 90,
        interested=12 + number * 7 % 50,
        bounced=sent // 110,
        unsubscribed=sent // 300,
    )
    counted = replace(figures, sent=sent - number % 4)
    values: dict[str, object] = {
        "key": WorkspaceKey("main", 10 + number),
        "name": clean(name),
        "url": f"https://send.example.com/workspaces/{10 + number}",
        "health": health,
        "since": ago(hours=1 + number),
        "reason": "",
        "verified_at": ago(seconds=40 + number * 5),
        "lag_from": None,
        "lag_known": True,
        "last_webhook_at": ago(seconds=1 + number % 9),
        "last_poll_at": ago(seconds=40 + number * 5),
        "last_event_at": ago(seconds=1 + number % 9),
        "webhooks_24h": 4000 + number * 311,
        "polls_24h": 0,
        "per_minute": round(4 + busy * 10, 1),
        "trend": trend,
        "delivery_rate_24h": 0.9991 - number % 7 / 2000,
        "delivery_rate_provider_24h": 0.9998 - number % 5 / 2000,
        "success_rate_24h": 1.0,
        "cache_hit_rate_1h": 0.991 - number % 6 / 200,
        "drift": 0.0004 * (number % 5),
        "accounts": AccountFigures(30 + number, 30 + number - (number % 5 == 4)),
        "month": figures,
        "month_counted": counted,
        "month_reported": figures,
        "reported_as_of": ago(minutes=9),
        "target": 40 + number % 3 * 10,
        "projected": 36 + number * 7 % 40,
        "doing": None,
        "as_of": ago(seconds=1),
        "version": 1,
    }
    return WorkspaceRow(**{**values, **more})  # type: ignore[arg-type]


def bad_rows() -> list[WorkspaceRow]:
    """The ones that need a look, each for its own reason."""
    return [
        row(
            0,
            NAMES[0],
            Health.CRITICAL,
            since=ago(minutes=5),
            reason="38 events missed by webhooks, the oldest from 14:00; attempts at the provider end in 503",
            lag_from=ago(minutes=3, seconds=12),
            doing="polling every minute; 31 of 38 applied",
            delivery_rate_24h=0.914,
            delivery_rate_provider_24h=0.921,
            caught_24h=412,
            accounts=AccountFigures(44, 41),
            trend=(80, 82, 79, 85, 90, 70, 44, 20, 9, 4, 2, 1),
            drift=0.031,
        ),
        row(
            1,
            NAMES[1],
            Health.CRITICAL,
            since=ago(minutes=2),
            reason="webhooks silent for 6 min, 14 events found by poll",
            lag_from=ago(minutes=1, seconds=48),
            doing="resync of leads, 26 % done",
            delivery_rate_24h=0.958,
            caught_24h=96,
            cache_hit_rate_1h=0.74,
        ),
        row(
            2,
            NAMES[2],
            Health.UNKNOWN,
            since=ago(minutes=11),
            reason="the provider does not answer for this key (502 since 13:52)",
            lag_known=False,
            verified_at=ago(minutes=12),
            doing="asking again in 20s",
            per_minute=0.0,
            trend=(12, 14, 11, 13, 12, 15, 11, 9, 3, 0, 0, 0),
            delivery_rate_24h=None,
            delivery_rate_provider_24h=None,
            drift=None,
            cache_hit_rate_1h=None,
            accounts=None,
        ),
        row(
            3,
            NAMES[3],
            Health.WARNING,
            since=ago(minutes=1),
            reason="2 accounts disconnected: mia@initech.example, tom@initech.example",
            accounts=AccountFigures(61, 59),
        ),
        row(
            4,
            NAMES[4],
            Health.WARNING,
            since=ago(minutes=9),
            reason="1 event missed by webhooks",
            lag_from=ago(seconds=14.2),
            doing="applying 1 event",
        ),
    ]


def rows() -> tuple[WorkspaceRow, ...]:
    found = bad_rows()
    for number in range(5, 25):
        quiet = number % 6 == 0
        found.append(
            row(
                number,
                NAMES[number],
                Health.IDLE if quiet else Health.HEALTHY,
                **({"per_minute": 0.0, "trend": (0,) * 12, "last_event_at": ago(hours=7)} if quiet else {}),
            )
        )
    found.append(row(25, HOSTILE[4], key=WorkspaceKey("eu", 12), target=None, projected=None))
    found.append(
        row(26, HOSTILE[8], Health.PAUSED, key=WorkspaceKey("eu", 13), lag_known=False, trend=(0,) * 12)
    )
    return tuple(found)


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


@dataclass
class FakeFeed:
    """A Feed over a snapshot that tests replace; remembers what was asked of it."""

    shown: Snapshot = field(default_factory=snapshot)
    title: str = "demo"
    asked: list[tuple[object, ...]] = field(default_factory=list)
    trouble: BisonwatchError | None = None
    cost: Preview = field(
        default_factory=lambda: Preview(1, 48_201, 484, 494.0, ago(hours=11, minutes=52), 1)
    )

    def snapshot(self) -> Snapshot:
        return self.shown

    async def preview(self, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...]) -> Preview:
        self.asked.append(("preview", workspaces, parts))
        self._raise()
        return replace(self.cost, workspaces=len(workspaces))

    async def resync(self, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...]) -> tuple[UUID, ...]:
        self.asked.append(("resync", workspaces, parts))
        self._raise()
        return tuple(UUID(int=900 + i) for i, _ in enumerate(workspaces))

    async def poll(self, workspaces: tuple[WorkspaceKey, ...]) -> tuple[UUID, ...]:
        self.asked.append(("poll", workspaces))
        self._raise()
        return (UUID(int=800),)

    async def cancel(self, run: UUID) -> bool:
        self.asked.append(("cancel", run))
        self._raise()
        return True

    def _raise(self) -> None:
        if self.trouble is not None:
            raise self.trouble


def hostile_feed() -> FakeFeed:
    """The corpus, uncleaned, in every field that holds text: the domain's cleaning is not relied upon."""
    base = snapshot()
    names = cycle(HOSTILE)
    rows = tuple(
        replace(item, name=next(names), reason=next(names), doing=next(names), url=next(names))
        for item in (row(i, "x") for i in range(20))
    )
    return FakeFeed(
        replace(
            base,
            workspaces=(*rows, *(replace(item, reason=next(names)) for item in base.workspaces[:2])),
            events=tuple(
                replace(item, workspace_name=next(names), type=next(names), subject=next(names))
                for item in base.events
            ),
            logs=tuple(replace(item, text=next(names), workspace=next(names)) for item in base.logs),
            alerts=tuple(
                replace(item, workspace_name=next(names), rule=next(names), reason=next(names))
                for item in base.alerts
            ),
            runs=tuple(
                replace(item, workspace_name=next(names), run=replace(item.run, error=next(names)))
                for item in base.runs
            ),
            jobs=tuple(replace(item, name=next(names), schedule=next(names)) for item in base.jobs),
            nodes=tuple(replace(item, name=next(names), api_url=next(names)) for item in base.nodes),
            node=next(names),
            reasons=HOSTILE,
        ),
        title=HOSTILE[0],
    )


@asynccontextmanager
async def running(
    feed: FakeFeed | None = None, size: tuple[int, int] = (120, 36), **options: object
) -> AsyncIterator[tuple[BisonwatchApp, Pilot[None]]]:
    """The app over a feed, drawn once; its timer stands still, `tick` is the hand that moves it."""
    chosen = TerminalOptions(**{"refresh_s": 1e6, "ask_before_quit": False, **options})  # type: ignore[arg-type]
    app = BisonwatchApp(feed or FakeFeed(), chosen, HandClock())
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield app, pilot


async def tick(app: BisonwatchApp, pilot: Pilot[None], seconds: float = 0.5, **changes: object) -> None:
    """So much later, with a newer snapshot on the screen."""
    feed, clock = cast(FakeFeed, app.feed), cast(HandClock, app.clock)
    clock.move(seconds)
    feed.shown = replace(feed.shown, number=feed.shown.number + 1, at=clock.now(), **changes)  # type: ignore[arg-type]
    app.pull()
    main(app).overview.show_rest()
    await pilot.pause()


def main(app: BisonwatchApp) -> MainScreen:
    return next(screen for screen in app.screen_stack if isinstance(screen, MainScreen))


def drawn(app: BisonwatchApp) -> str:
    """Every line on the screen, as text."""
    lines = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in lines)


def toasts(app: BisonwatchApp) -> list[str]:
    return [note.message for note in app._notifications]
