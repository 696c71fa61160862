"""What is true of every dataset, whatever the mirror holds; a value of which it is not true is neither stored nor shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import timedelta
from decimal import Decimal

from bisonwatch.domain.clean import clean
from bisonwatch.domain.dataset import DatasetName, Made
from bisonwatch.domain.datasets.infrastructure import LISTED, Group, Infrastructure
from bisonwatch.domain.datasets.kpi import Kpi, Numbers, Span
from bisonwatch.domain.datasets.revenue import EXACT, Result, Revenue, priced
from bisonwatch.domain.datasets.volume import DAYS, Volume
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import DatasetInvalid, Flaw

Found = Iterator[tuple[str, str]]
"""Fields and reasons."""
_BELOW_ZERO = ("profit", "margin")
_OF_ONE = ("disconnect_rate",)
"""Shares of a whole that holds them. Other rates may be over 1: people answer mail of earlier days, limits fall after mail went out."""
_TOLD = 20


def checked(name: DatasetName, made: Made) -> Made:
    """The same. Raises DatasetInvalid."""
    found = flaws(name, made.value)
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        first = found[0]
        raise DatasetInvalid(
            f"{first.source}: {first.field} {first.reason}{more}: not shown to anybody", flaws=found
        )
    return made


def flaws(name: DatasetName, value: object) -> tuple[Flaw, ...]:
    """The first few of what cannot be true; none in a valid value."""
    kind, rules = _RULES[name]
    if not isinstance(value, kind):
        return (Flaw(name, "", f"is a {type(value).__name__}, not a {kind.__name__}"),)
    found = [Flaw(name, field, reason) for field, reason in (*_leaves("", value), *rules(value))]
    return tuple(found[:_TOLD])


def _leaves(path: str, value: object) -> Found:
    """Every number and every text in it, by itself."""
    if is_dataclass(value):
        for field in fields(value):
            below = getattr(value, field.name)
            yield from _leaves(f"{path}.{field.name}" if path else field.name, below)
    elif isinstance(value, tuple) and not isinstance(value, WorkspaceKey):
        for number, each in enumerate(value):
            yield from _leaves(f"{path}[{number}]", each)
    else:
        reason = _reason(path.rpartition(".")[2], value)
        if reason:
            yield path, reason


def _reason(name: str, value: object) -> str | None:
    """Why this cannot be; None where it can."""
    match value:
        case str() if clean(value) != value:
            return "holds characters that do not belong on a screen"
        case float() if not math.isfinite(value):
            return "is not a number"
        case Decimal() if not priced(value):
            return "is beyond any price"
        case int() | float() | Decimal() if value < 0 and name not in _BELOW_ZERO:
            return f"is below 0: {value}"
        case float() if name in _OF_ONE and value > 1:
            return f"is more than the whole: {value}"
    return None


def _kpi(value: object) -> Found:
    assert isinstance(value, Kpi)
    wider = [("last_7_days", value.today, value.last_7_days), ("month", value.today, value.month)]
    wider.append(("last_30_days", value.last_7_days, value.last_30_days))
    for name, part, whole in wider:
        yield from _within(name, part, whole)
    for name in ("today", "last_7_days", "last_30_days", "month", "last_month"):
        one: Span = getattr(value, name)
        if one.first > one.last or (one.known_from and not one.first <= one.known_from <= one.last):
            yield f"{name}.known_from", "is none of its days"
    if value.last_month.last + timedelta(days=1) != value.month.first:
        yield "last_month.last", "is not the day before the month"


def _within(name: str, part: Span, whole: Span) -> Found:
    """Days that are among others hold no more than they do."""
    for field in fields(Numbers):
        for witness in ("shown", "counted", "reported"):
            few, many = (getattr(getattr(one, witness), field.name) for one in (part, whole))
            if few is not None and (many is None or few > many):
                yield f"{name}.{witness}.{field.name}", f"is less than in some of its days: {many}, {few}"


def _volume(value: object) -> Found:
    assert isinstance(value, Volume)
    today = value.subject.today
    wanted = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    if [day.day for day in value.days] != wanted:
        yield "days", f"are not the {DAYS} days up to {today}"
    if value.scheduled_today.day != today or value.scheduled_tomorrow.day != today + timedelta(days=1):
        yield "scheduled_today.day", "is not today"


def _revenue(value: object) -> Found:
    assert isinstance(value, Revenue)
    if value.terms and not (len(value.terms.currency) == 3 and value.terms.currency.isalpha()):
        yield "terms.currency", "is no currency"
    for name, one in (("month", value.month), ("projected", value.projected)):
        if not _adds_up(one):
            yield f"{name}.profit", "is not revenue less cost"
        if value.terms is None and one.revenue is not None:
            yield f"{name}.revenue", "is known although nothing is agreed"
    so_far, end = value.month.leads, value.projected.leads
    if so_far is not None and (end is None or end < so_far):
        yield "projected.leads", f"is less than there are already: {end}, {so_far}"


def _adds_up(one: Result) -> bool:
    if one.profit is None or one.revenue is None or one.cost is None:
        return one.profit is None
    numbers = (one.profit, one.revenue, one.cost)
    if not all(map(priced, numbers)):
        return True  # told already
    return EXACT.subtract(one.revenue, one.cost) == one.profit


def _infrastructure(value: object) -> Found:
    assert isinstance(value, Infrastructure)
    every = value.accounts
    for name, groups in (("providers", value.providers), ("resellers", value.resellers)):
        yield from _parts(name, every, groups)
    for name, group in _named(value):
        if group.connected + group.disconnected != group.accounts:
            yield f"{name}.accounts", "is not what is connected and what is not"
    warm = value.warmup
    if warm.enabled + warm.disabled + warm.unknown != every.accounts:
        yield "warmup.enabled", "does not add up to the accounts"
    if max(warm.scored, warm.stopped_for_bouncing) > every.accounts:
        yield "warmup.scored", "is of more accounts than there are"
    if len(value.disconnected) != min(every.disconnected, LISTED):
        yield "disconnected", f"names {len(value.disconnected)} of {every.disconnected}"


def _named(value: Infrastructure) -> Iterator[tuple[str, Group]]:
    yield "accounts", value.accounts
    for name, groups in (("providers", value.providers), ("resellers", value.resellers)):
        yield from ((f"{name}[{number}]", group) for number, group in enumerate(groups))


def _parts(name: str, whole: Group, groups: Sequence[Group]) -> Found:
    for field in ("accounts", "connected", "capacity", "sent", "replied", "bounced"):
        parts: Iterable[int] = (getattr(group, field) for group in groups)
        if sum(parts) != getattr(whole, field):
            yield f"{name}.{field}", "does not add up to all accounts"
    if len({group.name for group in groups}) < len(groups):
        yield f"{name}.name", "stands there twice"


_RULES: dict[DatasetName, tuple[type, Callable[[object], Found]]] = {
    DatasetName.KPI: (Kpi, _kpi),
    DatasetName.VOLUME: (Volume, _volume),
    DatasetName.REVENUE: (Revenue, _revenue),
    DatasetName.INFRASTRUCTURE: (Infrastructure, _infrastructure),
}
