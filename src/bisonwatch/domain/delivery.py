"""A webhook delivery or a polled log row on its way through the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Source(StrEnum):
    """What brought something first."""

    WEBHOOK = "webhook"
    POLL = "poll"
    READ = "read"
    """A list of the provider's, read for its history or to mend something: it says nothing about how webhooks arrive."""


class DeliveryState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"
    DISCARDED = "discarded"
    """A dead letter that a person put away."""


class Effect(StrEnum):
    """What a processed delivery changed."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"
    CANARY = "canary"


class Bodies(StrEnum):
    """How much of a delivery's body is kept once it was processed."""

    NONE = "none"
    TEXT = "text"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the inbox. `body` is the bytes as they came; `content_hash` is that of the canonical JSON.

    `workspace_id` and `type` are what the door could read for routing; the processor reads the body itself.
    `logged_at` is the event log's `created_at`, known for polled rows only.
    """

    id: UUID
    instance: str
    workspace_id: int | None
    type: str | None
    source: Source
    received_at: datetime
    body: bytes
    content_hash: bytes
    logged_at: datetime | None = None
    canary: str | None = None
    attempts: int = 0
