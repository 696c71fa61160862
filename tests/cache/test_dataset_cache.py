"""The datasets as readers get them, fresh or not, and what is told of that."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.freshness import Freshness, Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import (
    DatasetInvalid,
    Flaw,
    StoreBarred,
    StoreConflict,
    StoreUnavailable,
    UnknownWorkspace,
)
from tests.cache.pantry import INFRASTRUCTURE, KPI, REVENUE, VOLUME, Pantry
from tests.support.clock import ManualClock, settle

ACME, GLOBEX = WorkspaceKey("main", 1), WorkspaceKey("main", 2)


def pantry(*, auto: bool = False, **more: timedelta) -> Pantry:
    return Pantry(ManualClock(auto=auto), (ACME, GLOBEX), **more)


async def test_the_first_reader_waits_and_the_next_do_not() -> None:
    """A hit is a reading answered without waiting; makings are counted apart."""
    one = pantry()
    first = await one.cache.read(ACME, KPI)
    again = await one.cache.read(ACME, KPI)
    assert (first.value, first.source, first.freshness) == ({"made": 1}, Source.MADE, Freshness.FRESH)
    assert (again.value, again.source, again.made_at) == ({"made": 1}, Source.CACHE, first.made_at)
    assert one.counts() == CacheCounts(hits=1, misses=1, refreshed=1)
    assert one.counts().hit_rate == 0.5


async def test_five_readers_of_all_cause_one_making_of_each() -> None:
    """Of the four."""
    one = pantry()
    found = await asyncio.gather(*(one.cache.read_all(ACME) for _ in range(5)))
    assert one.maker.made == 4
    assert [envelope.name for envelope in found[4].datasets] == [KPI, VOLUME, REVENUE, INFRASTRUCTURE]


async def test_what_is_given_while_nothing_can_be_made() -> None:
    """Fresh, then marked stale, then very stale, then an error that says when it is tried again; each with the reason."""
    one = pantry()
    await one.cache.read(ACME, KPI)
    one.maker.faults[ACME] = StoreBarred("the password is wrong")
    seen = []
    for seconds in (0, 70, 49, 1, 479, 1, 2999, 1):
        await one.clock.advance(seconds)
        told = await one.cache.read(ACME, KPI)
        await settle()
        seen.append((told.freshness.value, told.value is not None))
    assert seen == [
        ("fresh", True),
        ("fresh", True),
        ("warning", True),
        ("stale", True),
        ("stale", True),
        ("very_stale", True),
        ("very_stale", True),
        ("error", False),
    ]
    assert (told.error, told.source) == ("the password is wrong", Source.NONE)
    assert told.retry_at is not None
    assert one.clock.now() < told.retry_at <= one.clock.now() + timedelta(seconds=75)
    assert one.counts().stale == 6


async def test_what_may_live_longer_is_fresh_for_longer() -> None:
    """Or a dataset that is made every ten minutes would be stale most of the time."""
    one = pantry()
    await one.cache.read(ACME, INFRASTRUCTURE)
    await one.clock.advance(595)
    assert (await one.cache.read(ACME, INFRASTRUCTURE)).freshness is Freshness.FRESH


async def test_what_is_suspicious_is_a_warning() -> None:
    """It is given with the sentences."""
    one = pantry()
    one.maker.warnings = ("no KPI target",)
    told = await one.cache.read(ACME, KPI)
    assert (told.freshness, told.warnings, told.error) == (Freshness.WARNING, ("no KPI target",), None)


async def test_a_reading_that_wants_a_new_one() -> None:
    """Gets it, and counts neither as hit nor as miss; where it cannot be made, what is kept with the reason."""
    one = pantry()
    await one.cache.read(ACME, KPI)
    fresh = await one.cache.anew(ACME, KPI)
    assert (fresh.value, fresh.source) == ({"made": 2}, Source.MADE)
    one.maker.faults[ACME] = StoreBarred("the password is wrong")
    kept = await one.cache.anew(ACME, KPI)
    assert (kept.value, kept.source, kept.error) == ({"made": 2}, Source.CACHE, "the password is wrong")
    assert one.counts() == CacheCounts(misses=1, refreshed=2, failed=1)


@pytest.mark.parametrize("fault", [StoreUnavailable("it is away"), StoreConflict("two met")])
async def test_a_database_that_does_not_answer_is_asked_three_times(fault: Exception) -> None:
    """A second and two later, give or take a quarter."""
    one = pantry(auto=True)
    one.maker.faults[ACME] = fault
    assert (await one.cache.read(ACME, KPI)).error == str(fault)
    waits = [wait for wait in one.clock.slept if wait]
    assert (one.maker.made, len(waits)) == (3, 2)
    assert 0.75 <= waits[0] <= 1.25
    assert 1.5 <= waits[1] <= 2.5


async def test_what_takes_too_long_is_given_up() -> None:
    """And told as that."""
    one = pantry(auto=True, timeout=timedelta(milliseconds=1))
    one.maker.hanging.add(ACME)
    told = await one.cache.read(ACME, KPI)
    assert told.error == "kpi of main/1 was not made within 0.001 s"
    assert (await one.cache.read(GLOBEX, KPI)).value is not None


async def test_what_is_not_valid_is_never_given() -> None:
    """Its flaws are told; it is not tried again at once, since nothing changed."""
    one = pantry()
    flaw = Flaw("kpi", "today.sent", "is negative")
    one.maker.faults[ACME] = DatasetInvalid("kpi cannot be true: today.sent is negative", flaws=(flaw,))
    told = await one.cache.read(ACME, KPI)
    assert (told.value, told.freshness) == (None, Freshness.ERROR)
    assert "today.sent is negative" in (told.error or "")
    assert one.flaws == [(ACME, KPI, (flaw,))]
    assert one.maker.made == 1


async def test_nobody_answers_to_that_name() -> None:
    """Nothing is kept of it, so that wrong names push nothing out."""
    one = pantry()
    one.maker.faults[ACME] = UnknownWorkspace("no workspace is main/1")
    for reading in (one.cache.read, one.cache.anew):
        with pytest.raises(UnknownWorkspace):
            await reading(ACME, KPI)
    with pytest.raises(UnknownWorkspace):
        await one.cache.read_all(ACME)
    await settle()
    assert list(one.cache.memo) == []


async def test_one_that_hangs_never_stops_the_others() -> None:
    """Five at a time; how many could be made is told."""
    clock = ManualClock(auto=True)
    many = tuple(WorkspaceKey("main", n) for n in range(20))
    one = Pantry(clock, many, timeout=timedelta(milliseconds=5))
    one.maker.took = 0.1
    one.maker.hanging.add(many[3])
    one.maker.faults[many[4]] = StoreBarred("not to us")
    assert await one.cache.refresh(many, (KPI, VOLUME)) == 36
    assert one.maker.most == 5


async def test_failures_are_logged_at_the_turn(caplog: pytest.LogCaptureFixture) -> None:
    """Once when they begin, however many datasets fail, and once when none does any more."""
    one = pantry()
    one.maker.faults = dict.fromkeys((ACME, GLOBEX), StoreBarred("not to us"))
    with caplog.at_level(logging.INFO):
        await one.cache.refresh((ACME, GLOBEX), (KPI, VOLUME))
        one.maker.faults = {}
        await one.clock.advance(7)
        await one.cache.refresh((ACME, GLOBEX), (KPI, VOLUME))
    assert [record.message for record in caplog.records] == [
        "datasets cannot be made, kpi of main/1 first: not to us",
        "all datasets are made again, after 7.0 s",
    ]


async def test_a_cleared_cache_makes_everything_anew() -> None:
    """How many values it held is told."""
    one = pantry()
    await one.cache.refresh((ACME, GLOBEX), (KPI, VOLUME))
    assert one.cache.clear((ACME,)) == 2
    assert (await one.cache.read(ACME, KPI)).source is Source.MADE
    assert (await one.cache.read(GLOBEX, KPI)).source is Source.CACHE
