"""Is there an engine on this database already? Then `bisonwatch` attaches to it, or says what it would take."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from bisonwatch.cli.attached import remote
from bisonwatch.cli.looking import opened
from bisonwatch.clients.address import Address, address
from bisonwatch.clients.daemon import Daemon
from bisonwatch.clients.remote import RemoteFeed
from bisonwatch.clients.trust import Trust
from bisonwatch.clock import AgreedClock
from bisonwatch.config.doors import Api, Token
from bisonwatch.config.settings import Settings
from bisonwatch.errors import (
    BisonwatchError,
    CallError,
    ConfigError,
    DaemonUnreachable,
    StartError,
    StoreError,
)
from bisonwatch.store import nodes
from bisonwatch.store.nodes import Node

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
SECOND = "`bisonwatch --daemon` runs another engine beside it"


def living(settings: Settings) -> list[Node]:
    """The engines on this database that show a sign of life, those of this machine first, then who leads.

    A database that is not there, or not ours, is for the engine to complain of.
    """
    try:
        found = asyncio.run(_living(settings))
    except StoreError:
        return []
    here = socket.gethostname()
    return sorted(found, key=lambda node: (node.name != here, not node.leader))


async def _living(settings: Settings) -> list[Node]:
    async with opened(settings) as database:
        async with database.read() as tx:
            found = await nodes.recent(tx)
        return [node for node in found if node.alive(database.clock.now()) and node.api_url]


def attached(settings: Settings, clock: AgreedClock) -> RemoteFeed | None:
    """The feed of an engine that lives; None where there is none. Raises StartError where there is one, and it cannot be asked."""
    found = living(settings)
    if not found:
        return None
    token = _token(settings.api.tokens, found[0])
    troubles = []
    for node in found:
        try:
            where = _where(node)
            trust = _trust(settings.api, where)
            asyncio.run(_greet(where, token, trust))
        except DaemonUnreachable as error:
            if where.near or node.name == socket.gethostname():
                continue  # it has died, and its last heartbeat is not old yet
            troubles.append(error.message)
        except BisonwatchError as error:
            troubles.append(error.message)
        else:
            return remote(where, token, trust, clock)
    if troubles:
        raise StartError(f"{_keeps(found[0])}, and cannot be asked: {troubles[0]}", hint=SECOND)
    return None


def _where(node: Node) -> Address:
    """Raises CallError."""
    parts = urlsplit(node.api_url or "")
    host, ours = parts.hostname or "", node.name == socket.gethostname()
    if ours and host in ANYWHERE:
        new = ANYWHERE[host]
        shown = f"[{new}]" if ":" in new else new
        parts = parts._replace(netloc=f"{shown}:{parts.port}")
    where = address(urlunsplit(parts))
    if not ours and (where.near or host in ANYWHERE):
        raise CallError(f"its API listens on {host}, which only its own machine reaches")
    return where


def _trust(api: Api, where: Address) -> Trust | None:
    """On this machine it is the certificate of the configuration, whatever name stands in it. Raises CallError."""
    return Trust.pinned(api.tls.files[0]) if where.near and where.secure and api.tls else None


def _token(tokens: Sequence[Token], node: Node) -> str:
    """The first operator's, else the first there is. Raises StartError."""
    chosen = next((token for token in tokens if token.role == "operator"), tokens[0] if tokens else None)
    if chosen is None:
        raise StartError(
            f"{_keeps(node)}; to look at it, its API needs a token",
            hint=f"add one under api: tokens: and start it anew; {SECOND}",
        )
    try:
        return chosen.token.resolve()
    except ConfigError as error:
        raise StartError(
            f"{_keeps(node)}, and the token {chosen.name} is not known: {error.message}"
        ) from error


def _keeps(node: Node) -> str:
    return f"an engine on {node.name} (process {node.pid}) keeps this mirror already"


async def _greet(where: Address, token: str, trust: Trust | None) -> None:
    daemon = Daemon(where, token, trust)
    try:
        await daemon.me()
    finally:
        await daemon.close()
