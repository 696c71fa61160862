"""The public door: raw ASGI, since this route carries everything. A 200 means that the event is durable."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

from bisonwatch.clients.bison import translate
from bisonwatch.clients.bison.canonical import SIZE, content_hash
from bisonwatch.clock import Clock
from bisonwatch.domain.clean import clean_or_none
from bisonwatch.domain.delivery import Delivery, Source
from bisonwatch.domain.ids import uuid7
from bisonwatch.errors import StoreError, UnreadableEvent
from bisonwatch.ingest import problems, signature
from bisonwatch.ingest.attempts import FailedAttempts
from bisonwatch.ingest.inbox import Inbox
from bisonwatch.ingest.problems import Refusal, Refused
from bisonwatch.metrics import Listening

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

IN_THREAD = 64 * 1024
BODY_S = 120.0
"""From a request's head to the end of its body."""
TOLD = 1000
"""So many pairs of a wrong address are told, and remembered, at most."""
_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", b"application/problem+json")
_ACCEPTED = b'{"accepted":true,"duplicate":false}'
_DUPLICATE = b'{"accepted":true,"duplicate":true}'


@dataclass(frozen=True, slots=True)
class Door:
    """One instance's entry: its secret token, and the relay's signing secret where there is a relay."""

    token: str
    signing_secret: str | None = None


@dataclass(frozen=True, slots=True)
class _Address:
    """What a request's URL says."""

    instance: str
    token: str
    workspace_id: int | None
    canary: str | None


class Listener:
    """`POST /webhooks/{instance}/{token}?workspace=ID` as an ASGI application."""

    def __init__(
        self,
        doors: Mapping[str, Door],
        inbox: Inbox,
        clock: Clock,
        figures: Listening,
        *,
        max_body: int,
        max_coming: int = 1 << 30,
        missed: Callable[[str], None],
    ) -> None:
        """`max_coming` bounds the bytes of bodies that are half here, together. `missed` is told an instance's name when one of its deliveries was too large to take: its logs want polling."""
        self._doors = doors
        self._inbox = inbox
        self._clock = clock
        self._figures = figures
        self._max_body = max_body
        self._max_coming = max_coming
        self._coming = 0
        self._missed = missed
        self._failures = FailedAttempts()
        self._told: set[tuple[str, int, int]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = self._clock.monotonic()
        try:
            duplicate = await self._take(scope, receive)
        except Refused as refused:
            refusal = refused.refusal
            self._figures.refused[refusal.status] += 1
            await _answer(send, refusal.status, refusal.body, _PROBLEM, refusal.headers, close=refusal.close)
            return
        self._figures.acked += 1
        now = self._clock.monotonic()
        self._figures.rate.add(now)
        self._figures.ack_ms.add((now - started) * 1000)
        await _answer(send, 200, _DUPLICATE if duplicate else _ACCEPTED, _JSON)

    async def _take(self, scope: Scope, receive: Receive) -> bool:
        address = _address(scope)
        headers: dict[bytes, bytes] = dict(scope["headers"])
        door = self._authenticated(address, scope)
        body = await self._body(address.instance, headers, receive)
        now = self._clock.now()
        if door.signing_secret and not signature.verified(
            door.signing_secret, headers, body, now.timestamp()
        ):
            raise Refused(problems.UNAUTHORIZED)
        try:
            route, digest = await _understood(body)
        except UnreadableEvent as error:
            raise Refused(Refusal(400, str(error))) from error
        if address.workspace_id and route.workspace_id and route.workspace_id != address.workspace_id:
            self._tell_misaddressed(address.instance, address.workspace_id, route.workspace_id)
        delivery = Delivery(
            id=uuid7(now),
            instance=address.instance,
            workspace_id=route.workspace_id or address.workspace_id,
            type=route.type,
            source=Source.WEBHOOK,
            received_at=now,
            body=body,
            content_hash=digest,
            canary=address.canary,
        )
        try:
            return await self._inbox.put(delivery)
        except StoreError as error:
            raise Refused(problems.NOT_DURABLE) from error

    def _authenticated(self, address: _Address, scope: Scope) -> Door:
        door = self._doors.get(address.instance)
        if (
            door is not None
            and door.token
            and hmac.compare_digest(door.token.encode(), address.token.encode())
        ):
            return door
        client = scope.get("client")
        if self._failures.too_many(client[0] if client else "?", self._clock.monotonic()):
            raise Refused(problems.TOO_MANY)
        raise Refused(problems.UNAUTHORIZED)

    async def _body(self, instance: str, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        length = headers.get(b"content-length")
        if length is None and b"transfer-encoding" not in headers:
            raise Refused(problems.NO_LENGTH)
        if length is not None and length.isdigit() and int(length) > self._max_body:
            self._too_large(instance, int(length))
        first, more = await _chunk(receive)
        if not more and len(first) <= self._max_body:
            return first
        body = bytearray(first)
        self._coming += len(body)
        try:
            async with asyncio.timeout(BODY_S):
                await self._rest(instance, body, more, receive)
        except TimeoutError:
            raise Refused(problems.TOO_SLOW) from None
        finally:
            self._coming -= len(body)
        return bytes(body)

    async def _rest(self, instance: str, body: bytearray, more: bool, receive: Receive) -> None:
        """All that is half here is bounded together: it waits in memory for its senders."""
        while True:
            if len(body) > self._max_body:
                self._too_large(instance, len(body))
            if not more:
                return
            if self._coming > self._max_coming:
                raise Refused(problems.TOO_MUCH)
            chunk, more = await _chunk(receive)
            body += chunk
            self._coming += len(chunk)

    def _tell_misaddressed(self, instance: str, address: int, body: int) -> None:
        """Once for each pair: a subscription with a wrong address sends all its deliveries so."""
        pair = (instance, address, body)
        if pair in self._told or len(self._told) >= TOLD:
            return
        self._told.add(pair)
        log.warning("%s: a body for workspace %s came to the address of %s", instance, body, address)

    def _too_large(self, instance: str, size: int) -> None:
        log.error(
            "a delivery of %d bytes or more for %s is over listener.max_body; its event logs are polled now",
            size,
            instance,
        )
        self._missed(instance)
        raise Refused(problems.TOO_LARGE)


async def _chunk(receive: Receive) -> tuple[bytes, bool]:
    """A piece of the body, and whether more comes."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Refused(problems.NOT_JSON)
    return message.get("body", b""), message.get("more_body", False)


def _address(scope: Scope) -> _Address:
    address = _parsed(scope["path"], scope.get("query_string", b""))
    if address is None:
        raise Refused(problems.NOT_FOUND)
    if scope["method"] != "POST":
        raise Refused(problems.NOT_POST)
    return address


@lru_cache(maxsize=1024)  # each workspace has one address, and uses it for ever
def _parsed(path: str, query_string: bytes) -> _Address | None:
    parts = path.split("/")
    if len(parts) not in (3, 4) or parts[0] or parts[1] != "webhooks" or not parts[2]:
        return None
    query = parse_qs(query_string.decode("latin-1"))
    token = "".join(parts[3:]) or query.get("secret", [""])[0]
    workspace = query.get("workspace", [""])[0]
    digits = workspace.isascii() and workspace.isdigit() and len(workspace) < 19
    number = int(workspace) or None if digits else None
    return _Address(parts[2], token, number, clean_or_none(query.get("canary", [None])[0], 80))


def _read(body: bytes) -> tuple[translate.Route, bytes]:
    raw = translate.parse(body)
    bare = translate.unwrap(raw)
    route = translate.route_of(bare)
    try:
        return route, content_hash(raw, bare)
    except (
        UnreadableEvent
    ):  # JSON, but too deep to be written again: kept all the same, by the hash of its bytes
        return route, hashlib.blake2b(body, digest_size=SIZE).digest()


async def _understood(body: bytes) -> tuple[translate.Route, bytes]:
    if len(body) > IN_THREAD:
        return await asyncio.to_thread(_read, body)
    return _read(body)


async def _answer(
    send: Send,
    status: int,
    body: bytes,
    kind: tuple[bytes, bytes],
    headers: tuple[tuple[bytes, bytes], ...] = (),
    *,
    close: bool = False,
) -> None:
    length = (b"content-length", str(len(body)).encode())
    more = (*headers, (b"connection", b"close")) if close else headers
    await send({"type": "http.response.start", "status": status, "headers": [kind, length, *more]})
    await send({"type": "http.response.body", "body": body})
