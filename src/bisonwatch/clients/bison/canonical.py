"""One fingerprint for one piece of news, whichever door it came through."""

from __future__ import annotations

import hashlib

import orjson

from bisonwatch.clients.bison.fields import Raw
from bisonwatch.clients.bison.translate import unwrap
from bisonwatch.errors import UnreadableEvent

SIZE = 16


def content_hash(raw: Raw, bare: Raw | None = None) -> bytes:
    """16 bytes of BLAKE2b over `{event, data}`, unwrapped, keys sorted: the same for a webhook and its event-log row.

    `bare` is `unwrap(raw)`, where that is known already. Raises UnreadableEvent for a body that cannot be written as JSON again (nested over 254 deep).
    """
    body: Raw = bare or unwrap(raw)
    if body["event"] is None and body["data"] is None:
        body = raw
    try:
        canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except TypeError as problem:
        raise UnreadableEvent(f"the body has no canonical form: {problem}") from problem
    return hashlib.blake2b(canonical, digest_size=SIZE).digest()
