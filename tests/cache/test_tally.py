"""What the cache counts: by minute until it is written, and for as long as the process lives."""

from __future__ import annotations

from collections import Counter

from bisonwatch.cache.tally import Tally
from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.metrics import Caching
from tests.support.clock import ManualClock

ACME, GLOBEX = WorkspaceKey("main", 1), WorkspaceKey("main", 2)


def test_what_was_written_stays_in_the_figures_of_the_process() -> None:
    """Of all workspaces together; what could not be written and comes back is not counted twice."""
    figures = Caching()
    tally = Tally(ManualClock(), figures)
    for workspace in (ACME, GLOBEX):
        tally.count(workspace, DatasetName.KPI, "hits", "stale")
    tally.give_back(tally.take())
    tally.count(ACME, DatasetName.KPI, "misses")
    assert set(tally.take().values()) == {
        CacheCounts(hits=1, stale=1, misses=1),
        CacheCounts(hits=1, stale=1),
    }
    assert tally.waiting() == {}
    assert figures.counts == {"kpi": Counter(hits=2, stale=2, misses=1)}
