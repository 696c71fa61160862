"""How our webhook subscription of a workspace stands at the provider, and when it last proved itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bisonwatch.domain.ids import WorkspaceKey


class SubscriptionState(StrEnum):
    """NONE: never made, the workspace is only polled. MISSING: somebody deleted it. DRIFTED: `register` repairs it."""

    FINE = "fine"
    DRIFTED = "drifted"
    MISSING = "missing"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the provider found. `number` is our subscription's id there; `wrong` says what is wrong, in one line."""

    state: SubscriptionState
    number: int | None = None
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is stored of one workspace. `since`: since when it stands so; `canary_failed_since`: None once one arrived again."""

    workspace: WorkspaceKey
    look: Look | None = None
    since: datetime | None = None
    checked_at: datetime | None = None
    canary_sent_at: datetime | None = None
    canary_arrived_at: datetime | None = None
    canary_failed_since: datetime | None = None
    canary_error: str | None = None

    @property
    def remark(self) -> str | None:
        """What a person should know of it, in one line."""
        if self.look is not None and self.look.wrong is not None:
            return self.look.wrong
        if self.canary_failed_since is not None:
            return f"no test event arrives since {self.canary_failed_since:%d %b %H:%M}: {self.canary_error}"
        return None


@dataclass(frozen=True, slots=True)
class Around:
    """How many subscriptions there were at a look: those of others, which are never touched, and ours (more than one bring events twice)."""

    others: int
    ours: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Hook:
    """All that is known of one workspace's subscription. `around` is None until this engine has looked; `trouble` says why it cannot."""

    standing: Standing
    around: Around | None = None
    trouble: str | None = None


class Change(StrEnum):
    """What registering did."""

    CREATED = "created"
    REPAIRED = "repaired"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Mended:
    """Our subscription after registering: its number there, how many event types it has, further ones with our address."""

    change: Change
    number: int
    types: int
    spare: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Landing:
    """How a test event ended. `took` is from asking to arrival; None with the `error` that says why it did not arrive."""

    workspace: WorkspaceKey
    took: timedelta | None = None
    error: str | None = None


def judged(number: int, url: str, events: Collection[str], wanted_url: str, wanted: Collection[str]) -> Look:
    """Of our subscription as it stands there, against what it should be."""
    lacking = [kind for kind in wanted if kind not in events]
    wrong = []
    if url != wanted_url:
        wrong.append("leads to an old address")
    if lacking:
        more = f" and {len(lacking) - 2} more" if len(lacking) > 2 else ""
        wrong.append(f"lacks {', '.join(lacking[:2])}{more}")
    if not wrong:
        return Look(SubscriptionState.FINE, number)
    sentence = f"our webhook subscription {' and '.join(wrong)}; `bisonwatch webhooks register` repairs it"
    return Look(SubscriptionState.DRIFTED, number, sentence)


def absent(known: SubscriptionState | None) -> Look:
    """None of ours is there. Only one that was there can be missing."""
    if known in (None, SubscriptionState.NONE):
        return Look(SubscriptionState.NONE)
    sentence = (
        "our webhook subscription is gone from the provider; `bisonwatch webhooks register` makes it anew"
    )
    return Look(SubscriptionState.MISSING, None, sentence)
