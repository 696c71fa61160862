"""Webhook bodies in the shapes of the fixtures, each about a lead and a send of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures" / "webhooks"
WORKSPACES = 27
FIRST = 1_000_000_000
"""Numbers begin here, so that all of them are as long."""
INSTANCE, TOKEN = "main", "benchmark-token"
PROBED = 9
"""A workspace of which only probes tell."""
PATH = f"/webhooks/{INSTANCE}/{TOKEN}"

_IDS = (b"55210417", b"870052", b"99181201", b"99181310", b"3400175")
_ADDRESS = b"palle.stenmark@brightmolar.example"
_MIXTURE = {
    "email_sent": 800,
    "lead_first_contacted": 60,
    "email_opened": 60,
    "lead_replied": 40,
    "email_bounced": 20,
    "lead_interested": 10,
    "lead_unsubscribed": 5,
    "email_account_disconnected": 3,
    "tag_attached": 2,
}
Maker = Callable[[int], bytes]


def _compact(name: str, slim: bool) -> bytes:
    raw = json.loads((FIXTURES / f"{name}.json").read_text())
    if slim:
        account = raw["data"]["sender_email"]
        raw["data"]["sender_email"] = {key: account[key] for key in ("id", "name", "email", "status", "type")}
    now = datetime.now(UTC)
    return _moved(json.dumps(raw, separators=(",", ":")), now).encode()


def _moved(text: str, now: datetime) -> str:
    """The fixture's day becomes today: facts of today are what every reader of the mirror looks at."""
    day = (now - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S")
    for old in ("2026-09-14T16:24:20", "2026-09-14T17:02:11", "2026-09-14T16:24:21"):
        text = text.replace(old, day)
    return text


def maker(name: str, prefix: str = "lead", *, slim: bool = False, workspace: int | None = None) -> Maker:
    """A function from a number to a body about that lead, send, reply and campaign event; else the number says the workspace."""
    template = _compact(name, slim)
    for number in _IDS:
        template = template.replace(number, b"\0N")
    template = template.replace(_ADDRESS, b"\0A").replace(b'"workspace_id":12', b'"workspace_id":\0W')
    template = template.replace(b"Northwind Desk", b"Client \0W")
    parts = template.replace(b"%", b"%%")
    parts = parts.replace(b"\0N", b"%(n)d").replace(b"\0A", b"%(a)b").replace(b"\0W", b"%(w)d")

    def make(number: int) -> bytes:
        values = {
            b"n": FIRST + number,
            b"a": b"%s%d@leads.example" % (prefix.encode(), FIRST + number),
            b"w": workspace or 10 + number % WORKSPACES,
        }
        return parts % values

    return make


def sent(prefix: str = "lead", workspace: int | None = None) -> Maker:
    """`email_sent`, 1.5 kB."""
    return maker("email_sent", prefix, slim=True, workspace=workspace)


def mixture(seed: int = 7) -> Maker:
    """Mostly `email_sent`, and a little of what else a day brings."""
    makers = {name: maker(name) for name in _MIXTURE}
    names = Random(seed).choices(list(_MIXTURE), list(_MIXTURE.values()), k=10_007)
    return lambda number: makers[names[number % len(names)]](number)


def address(number: int, prefix: str) -> str:
    """The lead a body of `sent` is about."""
    return f"{prefix}{FIRST + number}@leads.example"
