"""What is kept of comparisons with the provider, as a face shows it. Read on demand: few ever look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from bisonwatch.clock import Clock
from bisonwatch.domain.comparison import Books, History, Judged, Leeway, Lone, Standing
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import REPORTED
from bisonwatch.domain.run import Run
from bisonwatch.store import consistency, runs, witness
from bisonwatch.store.database import Database

DAYS = 30
"""So many days of reports are shown, today among them."""


class Comparisons:
    """`leeway` are what the engine judges by."""

    def __init__(self, database: Database, clock: Clock, leeway: Leeway) -> None:
        self._database = database
        self._clock = clock
        self._leeway = leeway

    async def books(self) -> Books:
        """Every verdict. Raises StoreError."""
        async with self._database.read() as tx:
            found = await consistency.standing(tx)
            kept = await runs.several(tx, (s.resync_id for s in found.values() if s.resync_id))
        judged = {workspace: _judged(workspace, standing, kept) for workspace, standing in found.items()}
        return Books(self._leeway, judged)

    async def history(self, workspace: WorkspaceKey) -> History:
        """One workspace's reports, with what the provider alone tells of the same days. Raises StoreError."""
        since = self._clock.now().date() - timedelta(days=DAYS - 1)
        async with self._database.read() as tx:
            standing = await consistency.standing_of(tx, workspace)
            reports = tuple(await consistency.of(tx, workspace, since))
            as_of, series = await witness.series(tx, workspace, since)
            whole = await witness.first_days(tx, workspace)
            named = [report.resync_id for report in reports] + [standing.resync_id if standing else None]
            kept = await runs.several(tx, (run for run in named if run is not None))
        lone = tuple(
            Lone(day, metric, n, as_of, whole.get(metric))
            for (day, metric), n in sorted(series.items(), reverse=True)
            if as_of is not None and metric in REPORTED and day < whole.get(metric, date.max)
        )
        return History(self._leeway, _judged(workspace, standing, kept), reports, lone, kept, since)


def _judged(workspace: WorkspaceKey, standing: Standing | None, kept: Mapping[UUID, Run]) -> Judged:
    resync = standing.resync_id if standing else None
    return Judged(workspace, standing, kept.get(resync) if resync else None)
