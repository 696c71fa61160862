"""What is told of the past when a backfill is over."""

from __future__ import annotations

from bisonwatch.cli.choosing import Known
from bisonwatch.domain.backfill import Order
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import REPORTED
from bisonwatch.store import backfills, counts
from bisonwatch.store.counts import Sums
from bisonwatch.store.database import Database


async def told(database: Database, targets: Known, order: Order) -> list[str]:
    """Per workspace how far back its numbers go, both witnesses' sums over the window, and what is the provider's number alone."""
    async with database.read() as tx:
        sums = await counts.sums(tx, order.first, order.last, [key for key, _ in targets])
        reach = await backfills.known(tx)
    return [line for key, name in targets for line in _told(key, name, sums.get(key, Sums()), reach, order)]


def _told(key: WorkspaceKey, name: str, sums: Sums, reach: backfills.Known, order: Order) -> list[str]:
    mine = reach.get(key, {})
    if not mine:
        return [f"{key} {name}: its numbers do not reach back yet: days up to today are missing, or a run is"]
    words = []
    for metric in REPORTED:
        if metric not in mine:
            continue
        past, reported = mine[metric], sums.reported.get(metric, 0)
        if past.basis == "counted":
            words.append(f"{metric.value} {sums.counted.get(metric, 0):,} of {reported:,} reported")
        else:
            words.append(f"{metric.value} {reported:,} (reported only: the provider keeps no history of it)")
    since = max(past.first for past in mine.values())
    return [f"{key} {name}: since {since}; {order.first} to {order.last}: {', '.join(words)}"]
