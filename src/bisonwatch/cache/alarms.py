"""What is wrong beside the freshness of a workspace, as it is shown: in its row, as alerts, and what is being done about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from bisonwatch.domain import absence, drift, subscription
from bisonwatch.domain import snapshot as s
from bisonwatch.domain.health import Health, Standing
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.consistency import Standing as Drifting
from bisonwatch.store.transitions import RULE

UNVERIFIED = "the first walk at the provider is not finished"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A rule that is broken, since when and why."""

    rule: str
    standing: Standing


Alarms = Mapping[WorkspaceKey, Sequence[Alarm]]


def by_workspace(standing: Mapping[tuple[str, WorkspaceKey], Standing]) -> Alarms:
    """The worst first, the oldest of the equally bad; rules that are kept are left out."""
    found: dict[WorkspaceKey, list[Alarm]] = {}
    for (rule, key), told in standing.items():
        if told.health.alarming:
            found.setdefault(key, []).append(Alarm(rule, told))
    return {key: sorted(alarms, key=_rank) for key, alarms in found.items()}


def _rank(alarm: Alarm) -> tuple[int, datetime, str]:
    return alarm.standing.health.severity, alarm.standing.since, alarm.rule


def shown(fresh: Standing | None, alarms: Sequence[Alarm]) -> Standing | None:
    """A workspace's health is the worst that is known of it; the reason says all that is wrong, the worst first.

    None: nobody has judged it yet. What is not watched has no alarms.
    """
    if not alarms or (fresh is not None and fresh.health is Health.PAUSED):
        return fresh
    first = [fresh] if fresh is not None else []
    worst, *others = sorted(
        [*first, *(alarm.standing for alarm in alarms)], key=attrgetter("health.severity")
    )
    told = [worst.reason, *(other.reason for other in others), *([] if first else [UNVERIFIED])]
    return Standing(worst.health, "; ".join(told), worst.since)


def alerts(row: s.WorkspaceRow, fresh: Standing | None, alarms: Sequence[Alarm]) -> Iterable[s.AlertRow]:
    """One for each rule that is broken; none where nobody can tell."""
    if not row.health.alarming:
        return ()
    mine = [Alarm(RULE, fresh)] if fresh is not None and fresh.health.alarming else []
    return tuple(
        s.AlertRow(
            alarm.rule,
            row.key,
            row.name,
            alarm.standing.health.value,
            alarm.standing.since,
            alarm.standing.reason,
            acknowledged=False,
        )
        for alarm in (*mine, *alarms)
    )


@dataclass(frozen=True, slots=True)
class Deeds:
    """What goes on for a workspace: how its events come meanwhile, and its last resync because of a drift."""

    asks: str
    """`the provider is asked every 5m, what is missing is filled in`."""
    drifting: Drifting | None = None


def doing(fresh: Standing | None, alarms: Sequence[Alarm], deeds: Deeds) -> str | None:
    """About the worst; None for a workspace that is well."""
    if fresh is not None and (fresh.health.alarming or fresh.health is Health.UNKNOWN):
        worst = min(alarms, key=_rank, default=None)
        if worst is None or worst.standing.health.severity >= fresh.health.severity:
            return deeds.asks
    return _deed(alarms[0].rule, deeds) if alarms else None


def _deed(rule: str, deeds: Deeds) -> str:
    if rule == absence.RULE:
        return "the accounts are kept until the next complete walk agrees, or `bisonwatch accounts confirm` says so"
    if rule == drift.RULE:
        return _healing(deeds.drifting)
    if rule in (subscription.RULE, subscription.CANARY_RULE):
        return deeds.asks
    return "it is looked at again and again"


def _healing(known: Drifting | None) -> str:
    if known is None or known.resync_at is None:
        return "both witnesses are compared again within the hour"
    return f"resynced by itself at {known.resync_at:%d %b %H:%M}; compared again within the hour"
