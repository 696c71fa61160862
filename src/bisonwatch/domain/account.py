"""A sender account (mailbox). It is (instance, provider id) and may move between workspaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bisonwatch.domain.ids import WorkspaceKey

OTHER = "other"
"""The provider of an account of which neither tag nor type tells it."""


class AccountStatus(StrEnum):
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Account:
    """One sender account as REST told it. Counters are the provider's lifetime counters.

    `known_at` is the moment before the request, in the provider's clock.
    """

    workspace: WorkspaceKey
    id: int
    email: str
    name: str | None
    status: AccountStatus
    type: str
    tags: tuple[str, ...]
    daily_limit: int
    warmup_enabled: bool | None
    sent: int
    replied: int
    bounced: int
    known_at: datetime
    opened: int = 0
    unsubscribed: int = 0
    interested: int = 0
    contacted: int = 0
    """Leads that it wrote to."""
    unique_replied: int = 0
    unique_opened: int = 0


@dataclass(frozen=True, slots=True)
class Warmup:
    """An account's warm-up over the days up to `known_at`, as REST told it. A score that is not there is unknown."""

    workspace: WorkspaceKey
    id: int
    score: float | None
    sent: int
    replied: int
    saved_from_spam: int
    bounces_received: int
    bounces_caused: int
    disabled_for_bouncing: int
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """The state of an account as an event tells it, dated by the provider. It stands until the account is read again."""

    workspace: WorkspaceKey
    id: int
    status: AccountStatus
    known_at: datetime


def status_of(word: str | None) -> AccountStatus:
    """Anything that is not "connected", whatever its case, is broken (the provider's exact word is not published)."""
    connected = isinstance(word, str) and word.strip().casefold() == "connected"
    return AccountStatus.CONNECTED if connected else AccountStatus.DISCONNECTED


def provider_of(account_type: str, tags: Sequence[str], provider_tags: Mapping[str, Sequence[str]]) -> str:
    """`google`, `microsoft` or `other`: a configured tag decides, else the account's type."""
    folded = {tag.casefold() for tag in tags}
    for provider, words in provider_tags.items():
        if any(word.casefold() in folded for word in words):
            return provider
    return next((name for name in provider_tags if name.casefold() in account_type.casefold()), OTHER)


def reseller_of(tags: Sequence[str], reseller_tags: Sequence[str]) -> str | None:
    """The first configured reseller whose tag the account carries."""
    folded = {tag.casefold() for tag in tags}
    return next((word for word in reseller_tags if word.casefold() in folded), None)


def kept(
    provider: str, reseller: str | None, tags: Sequence[str], before: tuple[str, str | None]
) -> tuple[str, str | None]:
    """Provider and reseller of an account that was known as `before`: a reconnection may wipe all its tags, which says nothing."""
    if tags:
        return provider, reseller
    return (before[0] if provider == OTHER else provider), before[1]


def reply_rate(sent: int, replied: int) -> float | None:
    """Replies per sent message; unknown, not 0, while nothing was sent."""
    return replied / sent if sent > 0 else None
