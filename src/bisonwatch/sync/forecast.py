"""What reading a workspace anew would cost, from the mirror's own books; the provider is not asked."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Part
from bisonwatch.store import accounts, campaigns, counts, leads
from bisonwatch.store.counts import Sums
from bisonwatch.store.tx import Tx
from bisonwatch.sync.replies import FOLDERS
from bisonwatch.sync.reports import months, window
from bisonwatch.sync.sends import MARGIN

PER_PAGE = 15
_COUNTED = {Part.ACCOUNTS: accounts.count, Part.LEADS: leads.count, Part.CAMPAIGNS: campaigns.count}
_INBOX = (Metric.REPLIED, Metric.BOUNCED, Metric.UNTRACKED, Metric.MANUAL_SENT)
_MORE = {Part.REPLIES: len(FOLDERS)}
"""Lists beside the long one, each at least a page: the other folders, and what was marked."""
_TWICE = (Part.ACCOUNTS,)
"""Their warm-up is a list of its own."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Rows by part, of those that have rows, and requests in all."""

    rows: dict[Part, int]
    requests: int


async def forecast(
    tx: Tx, workspace: WorkspaceKey, parts: Collection[Part], depth: timedelta, now: datetime
) -> Forecast:
    """Mail and replies of so many days, as many as either witness knows of; of everything else all."""
    rows = {part: await _COUNTED[part](tx, workspace) for part in parts if part in _COUNTED}
    if Part.SENDS in parts:
        rows[Part.SENDS] = _most(await _sums(tx, workspace, now - depth - MARGIN, now), (Metric.SENT,))
    if Part.REPLIES in parts:
        rows[Part.REPLIES] = _most(await _sums(tx, workspace, now - depth, now), _INBOX)
    requests = sum(_pages(part, n) for part, n in rows.items())
    if Part.METRICS in parts:
        requests += 1 + len(months(*window(now.astimezone(UTC).date())))
    return Forecast(rows, requests)


def _pages(part: Part, rows: int) -> int:
    pages = max(1, math.ceil(rows / PER_PAGE)) + _MORE.get(part, 0)
    return pages * 2 if part in _TWICE else pages


async def _sums(tx: Tx, workspace: WorkspaceKey, since: datetime, until: datetime) -> Sums:
    first, last = (at.astimezone(UTC).date() for at in (since, until))
    return (await counts.sums(tx, first, last, [workspace])).get(workspace, Sums())


def _most(sums: Sums, metrics: Iterable[Metric]) -> int:
    return sum(max(sums.counted.get(m, 0), sums.reported.get(m, 0)) for m in metrics)
