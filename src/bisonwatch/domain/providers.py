"""The three questions about mail providers: how each fares, where accounts lose their connection, whose reply rate drops. Pure.

The provider's counters only grow, so what happened in a period is the difference between two days of the daily series.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from bisonwatch.domain.ids import WorkspaceKey

PERIOD = timedelta(days=7)
DROP = 0.20
NEAR = timedelta(days=2)
"""Where a day has no row, since nothing ran, one so much older stands for it."""


@dataclass(frozen=True, slots=True)
class Group:
    """The accounts of one workspace at one mail provider; counters are the accounts' lifetime counters."""

    workspace: WorkspaceKey
    provider: str
    accounts: int
    connected: int
    sent: int
    replied: int
    bounced: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Accounts taken together. Rates are shares between 0 and 1; None where there is nothing to divide by."""

    accounts: int = 0
    connected: int = 0
    sent: int = 0
    replied: int = 0
    bounced: int = 0

    def plus(self, group: Group) -> Standing:
        return Standing(
            self.accounts + group.accounts,
            self.connected + group.connected,
            self.sent + group.sent,
            self.replied + group.replied,
            self.bounced + group.bounced,
        )

    @property
    def disconnected(self) -> int:
        return self.accounts - self.connected

    @property
    def disconnect_rate(self) -> float | None:
        return _share(self.disconnected, self.accounts)

    @property
    def reply_rate(self) -> float | None:
        return _share(self.replied, self.sent)

    @property
    def bounce_rate(self) -> float | None:
        return _share(self.bounced, self.sent)


@dataclass(frozen=True, slots=True)
class ProviderDay:
    """One row of the daily series: where the counters of a workspace's accounts at one provider stood that day."""

    workspace: WorkspaceKey
    day: date
    provider: str
    accounts: int
    sent: int
    replied: int


@dataclass(frozen=True, slots=True)
class Period:
    """What was sent and replied between two days, over all workspaces that tell."""

    sent: int = 0
    replied: int = 0

    @property
    def reply_rate(self) -> float | None:
        return _share(self.replied, self.sent)


@dataclass(frozen=True, slots=True)
class Trend:
    """A provider's reply rate in the last period against the one before it. `drop` is a share of the former rate; below 0 it rose."""

    provider: str
    now: Period
    before: Period

    @property
    def drop(self) -> float | None:
        exact = self._drop
        return None if exact is None else float(exact)

    def dropped(self, threshold: float = DROP) -> bool:
        """By more than the threshold; what cannot be told has not."""
        exact = self._drop
        return exact is not None and exact > Fraction(str(threshold))

    @property
    def _drop(self) -> Fraction | None:
        """Exactly: from 10 % to 8 % is a fifth, and no more than a fifth."""
        now, before = self.now, self.before
        if now.sent <= 0 or before.sent <= 0 or before.replied <= 0:
            return None
        return 1 - Fraction(now.replied * before.sent, now.sent * before.replied)


def by_provider(groups: Iterable[Group]) -> Mapping[str, Standing]:
    """Each provider over all workspaces."""
    found: dict[str, Standing] = {}
    for group in groups:
        found[group.provider] = found.get(group.provider, Standing()).plus(group)
    return dict(sorted(found.items()))


def by_workspace(groups: Iterable[Group]) -> Mapping[WorkspaceKey, Standing]:
    """Each workspace over all its providers."""
    found: dict[WorkspaceKey, Standing] = {}
    for group in groups:
        found[group.workspace] = found.get(group.workspace, Standing()).plus(group)
    return dict(sorted(found.items()))


def disconnect_rates(groups: Iterable[Group]) -> Mapping[tuple[WorkspaceKey, str], float]:
    """Of each workspace at each provider where there are accounts."""
    found: dict[tuple[WorkspaceKey, str], Standing] = {}
    for group in groups:
        key = (group.workspace, group.provider)
        found[key] = found.get(key, Standing()).plus(group)
    rates = {key: standing.disconnect_rate for key, standing in sorted(found.items())}
    return {key: rate for key, rate in rates.items() if rate is not None}


def reply_trends(
    days: Iterable[ProviderDay],
    today: date,
    period: timedelta = PERIOD,
    workspace: WorkspaceKey | None = None,
) -> tuple[Trend, ...]:
    """Each provider that has accounts now, over all workspaces or in one.

    A workspace without a row at either end of a period, or whose counters fell since accounts left it, says nothing about that period.
    """
    series: dict[tuple[str, WorkspaceKey], list[ProviderDay]] = {}
    for day in sorted(days, key=lambda row: row.day):
        if day.day <= today and workspace in (None, day.workspace):
            series.setdefault((day.provider, day.workspace), []).append(day)
    living = sorted({provider for (provider, _), rows in series.items() if _at(rows, today)})
    return tuple(
        Trend(name, _period(series, name, today, period), _period(series, name, today - period, period))
        for name in living
    )


def drops(trends: Iterable[Trend], threshold: float = DROP) -> tuple[Trend, ...]:
    """Those whose reply rate fell by more than the threshold."""
    return tuple(trend for trend in trends if trend.dropped(threshold))


def _period(
    series: Mapping[tuple[str, WorkspaceKey], Sequence[ProviderDay]],
    provider: str,
    end: date,
    period: timedelta,
) -> Period:
    sent = replied = 0
    for (name, _), rows in series.items():
        late, early = _at(rows, end), _at(rows, end - period)
        if name != provider or late is None or early is None:
            continue
        if late.sent >= early.sent and late.replied >= early.replied:
            sent += late.sent - early.sent
            replied += late.replied - early.replied
    return Period(sent, replied)


def _at(rows: Sequence[ProviderDay], day: date) -> ProviderDay | None:
    """The row of that day, else the newest of shortly before."""
    return next((row for row in reversed(rows) if day - NEAR <= row.day <= day), None)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None
