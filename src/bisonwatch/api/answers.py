"""How an answer is sent: as JSON, small over the wire, and not at all where the asker has it already."""

from __future__ import annotations

import asyncio
import gzip
import json
from hashlib import blake2b

import orjson
from starlette.requests import Request
from starlette.responses import Response

from bisonwatch.domain.status import Json

PACKED_FROM = 1024
LEVEL = 5
IN_THREAD = 32 * 1024
"""Packing so much or more would hold up everything else this process does."""
KIND = "application/json"


async def told(request: Request, value: Json, same: Json = None) -> Response:
    """200 with the value; 304 where the asker's `If-None-Match` names it already. `same`: what that looks at, where it is not all of it."""
    body = encoded(value)
    tag = etag(body if same is None else encoded(same))
    headers = {"etag": tag, "cache-control": "private, no-cache", "vary": "accept-encoding"}
    if _has_it(request.headers.get("if-none-match", ""), headers["etag"]):
        return Response(status_code=304, headers=headers)
    if len(body) >= PACKED_FROM and _takes_gzip(request.headers.get("accept-encoding", "")):
        body = await (asyncio.to_thread(_packed, body) if len(body) >= IN_THREAD else _at_once(body))
        headers["content-encoding"] = "gzip"
    return Response(body, headers=headers, media_type=KIND)


def done(value: Json, status: int = 200) -> Response:
    """The answer to a write."""
    return Response(encoded(value), status, {"cache-control": "no-store"}, KIND)


def encoded(value: Json) -> bytes:
    """Half characters, which are no Unicode, as JSON's escapes."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()


def etag(body: bytes) -> str:
    """Weak: the same whether packed or not."""
    return f'W/"{blake2b(body, digest_size=12).hexdigest()}"'


def _has_it(offered: str, tag: str) -> bool:
    names = [name.strip().removeprefix("W/") for name in offered.split(",")]
    return "*" in names or tag.removeprefix("W/") in names


def _takes_gzip(accepted: str) -> bool:
    """Whether gzip, or anything, is named, and not with a weight of 0."""
    for one in accepted.split(","):
        name, _, weight = one.partition(";")
        if name.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "").rstrip("0.") != "q="
    return False


def _packed(body: bytes) -> bytes:
    return gzip.compress(body, LEVEL, mtime=0)


async def _at_once(body: bytes) -> bytes:
    return _packed(body)
