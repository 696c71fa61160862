"""The one seam where an HTTP answer, or the lack of one, becomes a body or an error of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import orjson

from bisonwatch.clients.bison.fields import NOTHING, Raw, block, ident, text
from bisonwatch.errors import (
    KeyRejected,
    ProviderBusy,
    ProviderError,
    ProviderUnreachable,
    RecordElsewhere,
    RecordMissing,
    RequestRefused,
    RouteMissing,
)
from bisonwatch.logs import MASK, redact

LONGEST_WAIT = 300.0
_ELSEWHERE = "match the workspace the record is on"


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer. `body` is empty where the provider sent none; `known_at` is the moment before the request."""

    body: Raw
    known_at: datetime

    @property
    def data(self) -> object:
        return self.body.get("data")


def read(response: httpx.Response, where: str, key: str, now: datetime) -> Raw:
    """The body of a good answer. Raises the ProviderError that any other one means; `where` is host and route."""
    body = _json(response)
    status = response.status_code
    said = _said(body, key)
    if status == 429:
        raise ProviderBusy(
            f"{where}: too many requests{said}", retry_after=retry_after(response.headers, body, now)
        )
    if status >= 500 or status == 408:
        raise ProviderUnreachable(f"{where}: answered {status}{said}")
    if status >= 300:
        raise _refusal(status, body, where, said)
    if body is None:
        raise ProviderUnreachable(f"{where}: answered {status} with something that is not JSON")
    if block(body.get("data")).get("success") is False:
        raise RequestRefused(f"{where}: refused{said}", status=status)
    return body


def unreachable(problem: Exception, where: str, timeout_s: float) -> ProviderUnreachable:
    """A failed exchange. The text of the foreign error is left out: it may hold a header, and so the key."""
    match problem:
        case httpx.ConnectTimeout() | httpx.ConnectError():
            hint = "is its url under instances: right, and can this machine reach it?"
            return ProviderUnreachable(f"{where}: cannot connect", hint=hint)
        case httpx.PoolTimeout():
            reason = "no free connection"
        case httpx.TimeoutException() | TimeoutError():
            reason = f"no answer within {timeout_s:g} s"
        case _:
            reason = f"the connection broke ({type(problem).__name__})"
    return ProviderUnreachable(f"{where}: {reason}")


def retry_after(headers: Mapping[str, str], body: Raw | None, now: datetime) -> float | None:
    """Seconds the provider asks us to wait, from the header (seconds or a date) or the body; at most five minutes."""
    told = headers.get("retry-after", "").strip()
    seconds = _seconds(told)
    if seconds is None and told:
        try:
            seconds = (parsedate_to_datetime(told).astimezone(UTC) - now).total_seconds()
        except (ValueError, TypeError, IndexError, OverflowError):
            seconds = None
    if seconds is None and body is not None:
        seconds = _seconds(text(body.get("retry_after")) or "")
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT)


def _seconds(told: str) -> float | None:
    try:
        seconds = float(told)
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _json(response: httpx.Response) -> Raw | None:
    """The answer's object; empty for an empty body, None for anything that is not an object."""
    content = response.content.strip()
    if not content:
        return NOTHING
    try:
        body: object = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    return body if isinstance(body, dict) else None


def _said(body: Raw | None, key: str) -> str:
    """The provider's own words, clean, without the key or anything else that opens a door, ready to follow ours."""
    if body is None:
        return ""
    inner = block(body.get("data"))
    words = text(inner.get("message")) or text(body.get("message")) or text(body.get("error"))
    return f": {redact(words.replace(key, MASK) if key else words)}" if words else ""


def _refusal(status: int, body: Raw | None, where: str, said: str) -> ProviderError:
    if status == 403 and _ELSEWHERE in said.casefold():
        return RecordElsewhere(f"{where}: 403{said}")
    if status in (401, 403):
        return KeyRejected(
            f"{where}: {status}{said}",
            hint="is this key of this host, and of this workspace? see instances: in the file",
        )
    if status == 404:
        missing = RecordMissing if _record_missing(body or NOTHING) else RouteMissing
        return missing(f"{where}: 404{said}")
    if status < 400:
        return RequestRefused(
            f"{where}: {status}, redirects elsewhere", hint="is the base URL right?", status=status
        )
    return RequestRefused(f"{where}: {status}{said}", status=status)


def _record_missing(body: Raw) -> bool:
    """A record 404 names the model and the key asked for; a mistyped path looks like one, with a path word as the key."""
    inner = block(body.get("data")) or body
    named = block(inner.get("record_not_found"))
    if named:
        return all(
            ident(value) is not None or (isinstance(value, str) and "@" in value) for value in named.values()
        )
    words = (text(inner.get("message")) or "").casefold()
    return words.startswith(("record not found", "no query results"))
