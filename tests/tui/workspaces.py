"""Invented but realistic workspaces: 25 of one instance and two of another, hostile names among them."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bisonwatch.domain.clean import clean
from bisonwatch.domain.health import Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import AccountFigures, Figures, WorkspaceRow

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
    return [*behind_rows(), *other_bad_rows()]


def behind_rows() -> list[WorkspaceRow]:
    """Two whose webhooks were lost."""
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
    ]


def other_bad_rows() -> list[WorkspaceRow]:
    """One that cannot be told, two with a lesser trouble."""
    return [
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
