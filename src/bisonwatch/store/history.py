"""Finished runs, page by page, the last asked for first. What the database cannot tell cheaply is sifted here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, not_, select, tuple_
from sqlalchemy.sql import ColumnCollection

from bisonwatch.domain.history import Place, RunPage, Wish, named
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import SCHEDULE, Outcome, Run
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.store.runs import DONE, run_of
from bisonwatch.store.tables import runs
from bisonwatch.store.tx import AnyRow, Tx

CHUNK = 200
CHUNKS = 10
"""So many times a page is filled from the database at most."""
WINDOW = 5_000
"""And so far it looks for what is rare: who wants more goes on from where it ended."""

c = runs.c
_NEWEST = (c.queued_at.desc(), c.id.desc())


async def page(
    tx: Tx, wish: Wish, names: Mapping[WorkspaceKey, str], limit: int, after: Place | None = None
) -> RunPage:
    """At most `limit` of those after `after`; fewer, with a `next`, when they are rare."""
    kept: list[RunRow] = []
    for _ in range(CHUNKS):
        rows = await tx.rows(_some(wish, after))
        for row in rows:
            found = named(run_of(row), names)
            if wish.keeps(found):
                kept.append(found)
            if len(kept) >= limit:
                return RunPage(tuple(kept), _place(row))
        if len(rows) < CHUNK:  # of a window, or of all there are
            end = await tx.row(_window(wish, after, c.queued_at, c.id).offset(WINDOW - 1).limit(1))
            return RunPage(tuple(kept), _place(end) if end else None)
        after = _place(rows[-1])
    return RunPage(tuple(kept), after)


async def beginning(tx: Tx, lowest: UUID, highest: UUID, limit: int) -> list[Run]:
    """Runs with ids in a range, in order, whatever their state."""
    rows = await tx.rows(select(*c).where(c.id.between(lowest, highest)).order_by(c.id).limit(limit))
    return [run_of(row) for row in rows]


def _some(wish: Wish, after: Place | None) -> Select[Any]:
    """The next that may be meant, out of a window: a planner that thinks them rare would else read and sort all there are."""
    window = _window(wish, after, *c)
    if not _sifted(wish, c):
        return window.limit(CHUNK)
    w = window.limit(WINDOW).subquery("some").c
    return select(*w).where(*_sifted(wish, w)).order_by(w.queued_at.desc(), w.id.desc()).limit(CHUNK)


def _window(wish: Wish, after: Place | None, *columns: ColumnElement[Any]) -> Select[Any]:
    """What an index finds."""
    meant = [DONE, *_beyond(after)]
    if wish.jobs is not None:
        meant.append(c.job.in_(sorted(job.value for job in wish.jobs)))
    if wish.workspace is not None:
        meant += [c.instance == wish.workspace.instance, c.workspace_id == wish.workspace.id]
    if wish.since is not None:
        meant.append(c.queued_at >= wish.since)
    return select(*columns).where(*meant).order_by(*_NEWEST)


def _sifted(wish: Wish, w: ColumnCollection[str, Any]) -> list[ColumnElement[bool]]:
    """What no index knows; as `Wish.keeps`, but for what only it can tell."""
    tests: list[ColumnElement[bool]] = []
    if wish.folds:
        tests.append(not_(and_(w.asked_by == SCHEDULE, w.outcome == Outcome.SUCCESS.value)))
    if wish.outcomes is not None:
        tests.append(w.outcome.in_(sorted(outcome.value for outcome in wish.outcomes)))
    return tests


def _beyond(after: Place | None) -> list[ColumnElement[bool]]:
    if after is None:
        return []
    at, number = literal(after[0], c.queued_at.type), literal(after[1], c.id.type)
    return [tuple_(c.queued_at, c.id) < tuple_(at, number)]


def _place(row: AnyRow) -> Place:
    return row.queued_at, row.id
