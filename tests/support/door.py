"""The listener driven as an ASGI server drives it, with no socket."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bisonwatch.ingest.listener import Listener

TOKEN = "tok-4f1c9a77e2"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    json: Any


async def post(
    listener: Listener,
    body: bytes | dict[str, object] = b"{}",
    path: str = f"/webhooks/main/{TOKEN}",
    *,
    query: str = "",
    method: str = "POST",
    headers: dict[str, str] | None = None,
    chunks: Sequence[bytes] | None = None,
    client: str = "203.0.113.7",
    ends: bool = True,
) -> Answer:
    """One request and its whole answer. `chunks` sends the body in pieces, `headers` replaces the usual length.

    A body that never `ends` has one more piece, which does not come.
    """
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    pieces = list(chunks if chunks is not None else [content])
    told = headers if headers is not None else {"content-length": str(len(content))}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in told.items()],
        "client": (client, 41000),
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        if not pieces:
            await asyncio.Event().wait()
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces) or not ends}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await listener(scope, receive, send)
    start, end = sent
    names = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], names, orjson.loads(end["body"]))
