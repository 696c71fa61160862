"""What the daemon of this machine says of itself while the mirror cannot be read."""

from __future__ import annotations

import json

from bisonwatch.clients import daemon
from bisonwatch.clients.trust import Trust
from bisonwatch.config.doors import Api
from bisonwatch.domain.clean import clean_or_none
from bisonwatch.domain.status import Json
from bisonwatch.domain.stuck import Stuck
from bisonwatch.errors import CallError, ConfigError

ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}


async def told(api: Api, *, as_json: bool) -> str | None:
    """None without a daemon here whose API takes one of the configured tokens."""
    if not api.tokens or not api.port:
        return None
    try:
        token = api.tokens[0].token.resolve()
        trust = Trust.pinned(api.tls.files[0]) if api.tls else None
    except (ConfigError, CallError):
        return None
    host = ANY.get(api.host, api.host)
    where = f"{f'[{host}]' if ':' in host else host}:{api.port}"
    found = await daemon.status(f"{'https' if trust else 'http'}://{where}", token, trust)
    if found is None:
        return None
    return json.dumps(found, ensure_ascii=False) if as_json else "\n".join(_lines(found))


def _lines(found: dict[str, Json]) -> list[str]:
    """The figures that need no database; the rest would be as old as the outage."""
    listener, inbox, reasons = found.get("listener"), found.get("inbox"), found.get("reasons")
    if not (isinstance(listener, dict) and isinstance(inbox, dict) and isinstance(reasons, list)):
        return [json.dumps(found, ensure_ascii=False)]
    return [
        f"bisonwatch {found.get('version')} on {found.get('node')} goes on without its database",
        f"score {found.get('score')}/100 ({'; '.join(str(reason) for reason in reasons)})",
        f"webhooks {listener.get('rate_1m')}/s, {listener.get('acked')} acked, {listener.get('rejected')} rejected; "
        f"{inbox.get('spooled')} spooled",
        *_stuck(inbox),
    ]


def _stuck(inbox: dict[str, Json]) -> tuple[str, ...]:
    """A daemon of another version may not say it."""
    refused, reason, foreign = inbox.get("refused"), inbox.get("refused_reason"), inbox.get("foreign")
    return Stuck(
        refused if isinstance(refused, int) else 0,
        clean_or_none(reason),
        foreign if isinstance(foreign, int) else 0,
    ).told
