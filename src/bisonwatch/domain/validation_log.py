"""What was wrong with answers of the provider, and with what was made of them: counted, never kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.domain.span import Span
from bisonwatch.domain.status import Json, instant


@dataclass(frozen=True, slots=True)
class Flawed:
    """One flaw as often as it was met since `since`. `workspace` is None where it is of none. `source` is an endpoint, or a dataset.

    `example` says what such a value looks like (letters are `a`, digits `9`); it is no one's data.
    """

    instance: str
    workspace: int | None
    name: str | None
    source: str
    field: str
    reason: str
    count: int
    first_at: datetime
    last_at: datetime
    example: str | None


@dataclass(frozen=True, slots=True)
class ValidationLog:
    """The flaws since `since`, the last met first. `more`: there are others, met before those."""

    span: Span
    since: datetime
    until: datetime
    flaws: tuple[Flawed, ...] = ()
    more: bool = False


def validation_log_json(log: ValidationLog) -> dict[str, Json]:
    """`/api/v1/validation-log`."""
    return {
        "span": log.span.value,
        "since": instant(log.since),
        "until": instant(log.until),
        "more": log.more,
        "items": [flawed_json(flaw) for flaw in log.flaws],
    }


def flawed_json(flaw: Flawed) -> dict[str, Json]:
    """One entry of `items`."""
    return {
        "instance": flaw.instance,
        "workspace": flaw.workspace,
        "name": flaw.name,
        "source": flaw.source,
        "field": flaw.field,
        "reason": flaw.reason,
        "count": flaw.count,
        "first_at": instant(flaw.first_at),
        "last_at": instant(flaw.last_at),
        "example": flaw.example,
    }
