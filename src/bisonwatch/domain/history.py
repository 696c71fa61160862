"""The history of runs: which are meant, a page of them, and a run as programs read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import SCHEDULE, Job, Outcome, Run, RunState
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.domain.status import Json, instant

Place = tuple[datetime, UUID]
"""Where a page ended: the last run's queueing and id."""
Standing = Outcome | RunState
"""How a run ended, or, of one that is not over, what it is now."""


def standing(run: Run) -> Standing:
    return run.outcome or run.state


def routine(run: Run) -> bool:
    """Whether it says nothing new: the schedule asked, and all went well. There are thousands a day."""
    return run.asked_by == SCHEDULE and run.outcome is Outcome.SUCCESS


@dataclass(frozen=True, slots=True)
class Wish:
    """Which runs are meant; all that is given must hold, and None is any.

    Routine is left out unless it is asked for, by `everything` or by naming jobs or outcomes.
    """

    jobs: frozenset[Job] | None = None
    standings: frozenset[Standing] | None = None
    workspace: WorkspaceKey | None = None
    instance: str | None = None
    """How the instance's name begins."""
    since: datetime | None = None
    words: tuple[str, ...] = ()
    """Each is somewhere in what a run says."""
    without: tuple[str, ...] = ()
    everything: bool = False

    @property
    def folds(self) -> bool:
        return not self.everything and self.jobs is None and self.standings is None

    @property
    def outcomes(self) -> frozenset[Outcome] | None:
        """Of runs that are over."""
        if self.standings is None:
            return None
        return frozenset(one for one in self.standings if isinstance(one, Outcome))

    def keeps(self, row: RunRow) -> bool:
        run = row.run
        return (
            not (self.folds and routine(run))
            and (self.jobs is None or run.job in self.jobs)
            and (self.standings is None or standing(run) in self.standings)
            and (self.workspace is None or run.workspace == self.workspace)
            and (self.since is None or run.queued_at >= self.since)
            and self._of_instance(run)
            and self._says(row)
        )

    def _of_instance(self, run: Run) -> bool:
        if self.instance is None:
            return True
        return run.workspace is not None and run.workspace.instance.casefold().startswith(
            self.instance.casefold()
        )

    def _says(self, row: RunRow) -> bool:
        if not self.words and not self.without:
            return True
        text = said(row)
        return all(word.casefold() in text for word in self.words) and not any(
            word.casefold() in text for word in self.without
        )


def said(row: RunRow) -> str:
    """What words are looked for in."""
    run = row.run
    parts = " ".join(part.value for part in run.parts)
    return (
        f"{row.workspace_name} {run.workspace or ''} {run.job.value} {parts} {standing(run).value} "
        f"{run.asked_by} {run.error or ''} {run.id}"
    ).casefold()


@dataclass(frozen=True, slots=True)
class RunPage:
    """Finished runs, the last asked for first. `next`: where to go on; None: that was the end of history."""

    rows: tuple[RunRow, ...]
    next: Place | None


def named(run: Run, names: Mapping[WorkspaceKey, str]) -> RunRow:
    """With the name of its workspace; where nodes share a job out, each leaves a run."""
    if run.workspace is not None:
        return RunRow(run, names.get(run.workspace, ""))
    share = run.share
    return RunRow(run, "all workspaces" if share.whole else f"all, {share.number + 1} of {share.of}")


def took_s(run: Run) -> float | None:
    """Of a finished run."""
    if run.started_at is None or run.finished_at is None:
        return None
    return max(0.0, (run.finished_at - run.started_at).total_seconds())


def run_json(row: RunRow) -> dict[str, Json]:
    """A run as programs read it: `runs list --json`, `runs show --json`."""
    run, tally, took = row.run, row.run.tally, took_s(row.run)
    totals = tally.totals
    return {
        "id": str(run.id),
        "job": run.job.value,
        "instance": run.workspace.instance if run.workspace else None,
        "workspace": run.workspace.id if run.workspace else None,
        "name": row.workspace_name if run.workspace else None,
        "parts": [part.value for part in run.parts],
        "share": None if run.share.whole else f"{run.share.number + 1}/{run.share.of}",
        "asked_by": run.asked_by,
        "state": run.state.value,
        "outcome": run.outcome.value if run.outcome else None,
        "queued_at": instant(run.queued_at),
        "started_at": instant(run.started_at),
        "finished_at": instant(run.finished_at),
        "from": run.order.first.isoformat() if run.order else None,
        "to": run.order.last.isoformat() if run.order else None,
        "took_s": None if took is None else round(took, 3),
        "done": tally.done,
        "total": tally.total,
        "rows": {
            "read": tally.rows_read,
            "written": tally.rows_written,
            "unchanged": tally.rows_unchanged,
            "removed": tally.rows_removed,
        },
        "requests": tally.requests,
        "retries": tally.retries,
        "workspaces": tally.workspaces,
        "workspaces_failed": tally.workspaces_failed,
        "totals": {"instances": dict(totals.instances), "workspaces": dict(totals.top)} if totals else None,
        "cancel_asked": run.cancel_asked,
        "error": run.error,
    }
