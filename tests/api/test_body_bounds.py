"""Bodies at the API: whoever sends too much, too slowly or too often hears so, and nothing of it is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from fastapi import Body, FastAPI
from starlette.exceptions import HTTPException

from bisonwatch.api import bounds
from bisonwatch.api.bounds import Bounds
from bisonwatch.api.problems import on_http


def door() -> Bounds:
    """In front of a route that answers how much it was told."""
    app = FastAPI(exception_handlers={HTTPException: on_http})

    @app.post("/ids")
    async def ids(wanted: list[int] = Body()) -> int:  # noqa: B008  (as FastAPI reads it)
        return len(wanted)

    return Bounds(app)


async def post(
    app: Bounds, pieces: Sequence[bytes], length: int | None = None, *, stops: bool = False
) -> tuple[int, Any, dict[str, str]]:
    """Status, body and headers. `stops`: nothing comes after the pieces, nor does the sender leave."""
    coming = list(pieces)
    heard: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not coming:
            await asyncio.Event().wait()
        piece = coming.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(coming) or stops}

    async def send(message: Any) -> None:
        heard.append(message)

    headers = [(b"content-type", b"application/json")]
    how = (b"transfer-encoding", b"chunked") if length is None else (b"content-length", str(length).encode())
    scope = {
        "type": "http", "method": "POST", "path": "/ids", "query_string": b"", "headers": [*headers, how],
        "http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }  # fmt: skip
    await app(scope, receive, send)
    told = {name.decode(): value.decode() for name, value in heard[0]["headers"]}
    return heard[0]["status"], json.loads(b"".join(part.get("body", b"") for part in heard[1:])), told


async def test_a_body_within_bounds_is_read() -> None:
    """In one piece or many, up to the last byte; nothing is counted afterwards."""
    app = door()
    for pieces in ([b"[1,2,3]"], [b"[1,", b"2,", b"3]"], [b"[1,2,3]" + b" " * (bounds.MOST - 7)]):
        assert (await post(app, pieces))[:2] == (200, 3)
        assert (await post(app, pieces, sum(map(len, pieces))))[:2] == (200, 3)
    assert app._here == 0


@pytest.mark.parametrize("length", [bounds.MOST + 1, 100 << 20, 10**60])
async def test_a_body_that_says_it_is_too_large_is_not_read(length: int) -> None:
    """413 before its first byte, and the connection ends."""
    status, told, headers = await post(door(), [], length)
    assert (status, told["title"], headers["connection"]) == (413, "the body is larger than 1 MiB", "close")


async def test_a_body_that_grows_too_large_is_left() -> None:
    """413 as soon as it is; what came is forgotten."""
    app = door()
    status, told, headers = await post(app, [bytes(1 << 18)] * 1000)
    assert (status, told["status"], headers["connection"], app._here) == (413, 413, "close", 0)


async def test_a_body_that_stops_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """408 when its time is over, however it trickled before."""
    monkeypatch.setattr(bounds, "BODY_S", 0.01)
    app = door()
    status, told, _ = await post(app, [b"[1,"], stops=True)
    assert (status, told["title"], app._here) == (408, "the body did not come to its end in time", 0)


async def test_bodies_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of forty that each hold a megabyte back, those that do not fit hear 503 and when to try again; then all is free."""
    monkeypatch.setattr(bounds, "BODY_S", 0.5)
    app, piece = door(), bytes(bounds.MOST - 1)
    heard = await asyncio.gather(*(post(app, [piece], stops=True) for _ in range(40)))
    refused = [headers for status, _, headers in heard if status == 503]
    assert {headers["retry-after"] for headers in refused} == {"5"}
    assert (len(refused), app._here) == (40 - (bounds.TOGETHER // len(piece)), 0)
    assert (await post(app, [b"[1]"]))[:2] == (200, 1)
