"""The mailboxes that a workspace sends from: their states, whose they are, what became of their mail, their warm-up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.clean import clean, clean_or_none
from bisonwatch.domain.dataset import Made
from bisonwatch.domain.datasets.subject import Subject, rate, rounded

LISTED = 100
"""So many disconnected mailboxes are named; how many there are is told in any case."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Mailboxes that have all this in common, as the store sums them up. Counters are the provider's lifetime counters."""

    status: AccountStatus
    provider: str
    reseller: str | None
    warmup: bool | None
    accounts: int
    daily_limit: int
    sent: int
    replied: int
    bounced: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A disconnected mailbox; `known_at`: when that was last told, in the provider's clock."""

    id: int
    email: str
    provider: str
    reseller: str | None
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Scores:
    """The warm-up of the mailboxes that are there: how many have a score, its mean, and how many it is stopped for since mail bounced."""

    scored: int = 0
    mean: float | None = None
    stopped: int = 0


@dataclass(frozen=True, slots=True)
class Inventory:
    """What was read. `walked_at`: when the last whole walk over the mailboxes began; None: there was none. `held`: kept in doubt."""

    lots: Sequence[Lot] = ()
    lost: Sequence[Lost] = ()
    scores: Scores = Scores()
    walked_at: datetime | None = None
    warmed_at: datetime | None = None
    held: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Mailboxes taken together, removed ones left out; `name` None: of no known reseller.

    `capacity` is what the connected ones may send a day. Rates are over their lives, of disconnected ones too.
    """

    name: str | None
    accounts: int
    connected: int
    disconnected: int
    capacity: int
    sent: int
    replied: int
    bounced: int
    disconnect_rate: float | None
    reply_rate: float | None
    bounce_rate: float | None


@dataclass(frozen=True, slots=True)
class Warmup:
    """Mailboxes with warm-up on, off, and those that do not tell; of how many a score is known, and the mean of it."""

    enabled: int
    disabled: int
    unknown: int
    scored: int
    mean_score: float | None
    stopped_for_bouncing: int
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """`as_of`: when the last whole walk began. `removed` are not among the accounts; `held` are, although that walk did not meet them."""

    subject: Subject
    as_of: datetime | None
    accounts: Group
    removed: int
    held: int
    providers: tuple[Group, ...]
    resellers: tuple[Group, ...]
    warmup: Warmup
    disconnected: tuple[Lost, ...]
    """By id, at most LISTED of them."""


def make(subject: Subject, found: Inventory) -> Made:
    there = [_clean(lot) for lot in found.lots if lot.status is not AccountStatus.REMOVED]
    value = Infrastructure(
        subject=subject,
        as_of=found.walked_at,
        accounts=_group(None, there),
        removed=sum(one.accounts for one in found.lots if one.status is AccountStatus.REMOVED),
        held=found.held,
        providers=_groups(there, lambda lot: lot.provider),
        resellers=_groups(there, lambda lot: lot.reseller),
        warmup=_warmup(there, found),
        disconnected=tuple(_named(lost) for lost in found.lost[:LISTED]),
    )
    told = "its mailboxes were not read to the end yet: some may be missing"
    return Made(value, () if found.walked_at else (told,))


def _clean(lot: Lot) -> Lot:
    """Names come from strangers' tags, and other programs may write the mirror."""
    provider, reseller = clean(lot.provider), clean_or_none(lot.reseller)
    return Lot(
        lot.status,
        provider,
        reseller,
        lot.warmup,
        lot.accounts,
        lot.daily_limit,
        lot.sent,
        lot.replied,
        lot.bounced,
    )


def _named(lost: Lost) -> Lost:
    return Lost(lost.id, clean(lost.email), clean(lost.provider), clean_or_none(lost.reseller), lost.known_at)


def _groups(lots: Sequence[Lot], of: Callable[[Lot], str | None]) -> tuple[Group, ...]:
    """The largest first, those without a name last."""
    names = {of(lot) for lot in lots}
    groups = [_group(name, [lot for lot in lots if of(lot) == name]) for name in names]
    return tuple(sorted(groups, key=lambda group: (group.name is None, -group.accounts, group.name or "")))


def _group(name: str | None, lots: Sequence[Lot]) -> Group:
    working = [lot for lot in lots if lot.status is AccountStatus.CONNECTED]
    accounts, connected = (sum(lot.accounts for lot in some) for some in (lots, working))
    sent, replied, bounced = (
        sum(getattr(lot, counter) for lot in lots) for counter in ("sent", "replied", "bounced")
    )
    return Group(
        name=name,
        accounts=accounts,
        connected=connected,
        disconnected=accounts - connected,
        capacity=sum(lot.daily_limit for lot in working),
        sent=sent,
        replied=replied,
        bounced=bounced,
        disconnect_rate=rate(accounts - connected, accounts),
        reply_rate=rate(replied, sent),
        bounce_rate=rate(bounced, sent),
    )


def _warmup(lots: Sequence[Lot], found: Inventory) -> Warmup:
    enabled, disabled, unknown = (
        sum(lot.accounts for lot in lots if lot.warmup is state) for state in (True, False, None)
    )
    scores = found.scores
    return Warmup(
        enabled,
        disabled,
        unknown,
        scores.scored,
        rounded(scores.mean),
        scores.stopped,
        found.warmed_at,
    )
