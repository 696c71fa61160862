"""What is left of a delivery's body once it was processed: no raw mail, no HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from bisonwatch.clients.bison.translate import parse
from bisonwatch.errors import UnreadableEvent

MAIL = ("raw_body", "headers", "html_body", "email_body")
"""Where the provider puts raw mail and HTML: in `reply` and `scheduled_email`, however deep a body wraps them."""
TRIMMED = "trimmed"
"""Stands as `true` in an object that was trimmed."""

_SIGNS = tuple(f'"{name}"'.encode() for name in MAIL)


def trim(body: bytes) -> bytes | None:
    """The body without raw mail and HTML; None where there is none, which is mostly seen without parsing.

    What has no canonical form (no JSON, or nested too deep) is left as it is: it is a dead letter and never trimmed.
    """
    if not any(sign in body for sign in _SIGNS):
        return None
    try:
        raw = parse(body)
        return orjson.dumps(raw) if _trimmed(raw) else None
    except (UnreadableEvent, TypeError):
        return None


def _trimmed(raw: object) -> bool:
    """Whether anything was taken out of this value, which is changed in place."""
    found = False
    for block in _objects(raw):
        gone = [name for name in MAIL if block.get(name)]
        for name in gone:
            del block[name]
        if gone:
            block[TRIMMED] = True
            found = True
    return found


def _objects(raw: object) -> Iterator[dict[str, object]]:
    waiting = [raw]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
