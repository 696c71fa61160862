"""The event log, which knows every event and what became of its deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.clients.bison.fields import URL_LIMIT, Raw, block, count, ident, instant, rows, text, word
from bisonwatch.clients.bison.rows import Broken, needed, row_id


@dataclass(frozen=True, slots=True)
class Delivery:
    """The provider's own record of one event for one URL; `answers` are the status codes it got, None for no answer."""

    url: str
    status: str
    attempts: int
    answers: tuple[int | None, ...]
    last_attempt_at: datetime | None
    attempt_ids: tuple[int, ...]
    """What may be asked to be tried again, in the order of the answer."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of the event log; `payload` is exactly the webhook's body."""

    id: int
    uuid: str
    created_at: datetime
    payload: dict[str, object]
    deliveries: tuple[Delivery, ...]


def log_row(raw: Raw) -> LogRow:
    number, payload = row_id(raw), raw.get("payload")
    if not isinstance(payload, dict):
        raise Broken("payload", f"expected an object, found {type(payload).__name__}")
    return LogRow(
        number,
        text(raw.get("uuid")) or f"id:{number}",
        needed(instant(raw.get("created_at")), "created_at", raw.get("created_at")),
        payload,
        tuple(_delivery(entry) for entry in rows(raw.get("webhook_deliveries")) if isinstance(entry, dict)),
    )


def _delivery(raw: Raw) -> Delivery:
    attempts = [block(entry) for entry in rows(raw.get("webhook_attempts"))]
    told = count(raw.get("attempt_count"))
    return Delivery(
        text(raw.get("webhook_url"), URL_LIMIT) or "",
        word(raw.get("status")) or "",
        len(attempts) if told is None else told,
        tuple(count(attempt.get("response_code")) for attempt in attempts),
        instant(raw.get("last_attempt_at")),
        tuple(number for attempt in attempts if (number := ident(attempt.get("id"))) is not None),
    )
