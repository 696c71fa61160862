"""The picture is a pure function of readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bisonwatch.cache.picture import draw
from bisonwatch.cache.shown import Month
from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.delivery import DeliveryState, Effect, Source
from bisonwatch.domain.health import Health, Standing
from bisonwatch.domain.promptness import Due
from bisonwatch.domain.record import Record
from bisonwatch.domain.run import SCHEDULE, Job, Outcome, Run, RunState, Tally
from bisonwatch.domain.share import Share
from bisonwatch.domain.snapshot import TREND_BUCKETS, AccountFigures, Figures
from bisonwatch.store.deliveries import Backlog, LogEntry
from bisonwatch.store.traffic import Day
from bisonwatch.store.watch import Watch
from tests.cache.readings import (
    ENGINE,
    KEY,
    LOOKER,
    NOW,
    OTHER,
    OWN,
    ago,
    node,
    quick,
    readings,
    slow,
    workspace,
)


def run(job: Job = Job.RESYNC, **changes: object) -> Run:
    queued = Run(UUID(int=1), job, KEY, (), "a person", RunState.QUEUED, ago(seconds=30))
    return replace(queued, **changes)  # type: ignore[arg-type]


def test_a_row_says_what_was_read() -> None:
    """Each figure in its place."""
    month = Month(Figures(sent=100, interested=7), Figures(sent=99), Figures(sent=98), ago(minutes=3))
    sums = slow(
        months={KEY: month},
        day={KEY: Day(webhooks=380, polled=20, walks=288, missed=15, record=Record(380, 20, 7))},
        accounts={KEY: (433, 431)},
        dead={KEY: 4},
        waiting={KEY: ago(seconds=9)},
    )
    picture = draw(
        ENGINE,
        readings(quick(workspaces=(workspace(target=40),)), sums, arrivals={KEY: Due(400, 390)}),
        None,
        NOW,
    )
    [row] = picture.workspaces
    assert (row.key, row.name, row.health, row.since) == (KEY, "Northwind Desk", Health.HEALTHY, ago(hours=2))
    assert (row.webhooks_24h, row.polls_24h, row.caught_24h) == (380, 288, 15)
    assert (row.delivery_rate_24h, row.success_rate_24h) == (390 / 400, 400 / 404)
    assert (row.delivery_rate_provider_24h, row.late_provider_24h) == (0.95, 7)
    assert row.accounts == AccountFigures(433, 431)
    assert (row.month.sent, row.month_counted.sent, row.month_reported) == (100, 99, Figures(sent=98))
    assert (row.target, row.projected) == (40, 16)
    assert (row.lag_from, row.lag_known, row.version) == (ago(seconds=9), True, 1)


def test_what_is_not_known_is_none_and_the_workspace_is_unknown() -> None:
    """Never 0, never 100 %, never green."""
    bare = quick(watches={}, standing={})
    [row] = draw(ENGINE, readings(bare), None, NOW).workspaces
    assert (row.health, row.reason, row.since) == (
        Health.UNKNOWN,
        "the first walk at the provider is not finished",
        None,
    )
    rates = (row.delivery_rate_24h, row.delivery_rate_provider_24h, row.success_rate_24h)
    assert (*rates, row.accounts, row.drift) == (None,) * 5
    assert (row.month, row.month_reported, row.projected, row.lag_known) == (Figures(), None, None, False)


def test_a_version_moves_only_when_the_row_changed() -> None:
    """The number of the picture grows each time; `as_of` alone is no change."""
    first = draw(ENGINE, readings(), None, NOW)
    second = draw(ENGINE, readings(), first, NOW)
    assert (second.number, second.workspaces[0].version) == (2, 1)
    changed = quick(standing={KEY: Standing(Health.IDLE, "silent", NOW)})
    third = draw(ENGINE, readings(changed), second, NOW)
    fourth = draw(ENGINE, readings(changed), third, NOW + timedelta(seconds=1))
    assert [p.workspaces[0].version for p in (third, fourth)] == [2, 2]


def test_a_new_workspace_begins_at_one_and_the_others_keep_theirs() -> None:
    """Whatever their order."""
    first = draw(ENGINE, readings(), None, NOW)
    both = quick(workspaces=(workspace(OTHER, "Another"), workspace()))
    second = draw(ENGINE, readings(both), first, NOW)
    assert {row.name: row.version for row in second.workspaces} == {"Another": 1, "Northwind Desk": 1}


def test_nodes_that_live_are_added_up_and_the_dead_keep_what_they_counted() -> None:
    """This process's own figures are fresher than its heartbeat; rates are of the living alone."""
    nodes = (node(), node(UUID(int=8)), node(UUID(int=9), seen=11), node(UUID(int=10), stopped_at=NOW))
    picture = draw(ENGINE, readings(quick(nodes=nodes), own=replace(OWN, acked=100)), None, NOW)
    assert (picture.listener.acked, picture.listener.rate_1m) == (130, 2 * OWN.rate)
    assert [shown.name for shown in picture.nodes] == ["host-7", "host-8"]
    assert (picture.node, picture.leader, picture.started_at) == ("host-7", True, ago(hours=1))


def test_counters_begin_again_when_nobody_was_left() -> None:
    """A node counts on while one that lived beside it, or beside such a one, lives: a death never takes anything back."""
    living = node(started_at=ago(minutes=10))
    beside = node(UUID(int=8), seen=300, started_at=ago(minutes=30))
    beside_that = node(UUID(int=9), seen=1500, started_at=ago(minutes=40))
    long_ago = node(UUID(int=10), seen=3000)
    nodes = (living, beside, beside_that, long_ago)
    assert draw(ENGINE, readings(quick(nodes=nodes), own=OWN), None, NOW).listener.acked == 30


def test_a_share_of_a_job_is_told_as_one() -> None:
    """Two nodes, two runs of one job."""
    shares = tuple(
        Run(UUID(int=n), Job.POLL, None, (), SCHEDULE, RunState.QUEUED, NOW, share=Share(n, 2))
        for n in range(2)
    )
    picture = draw(ENGINE, readings(quick(open_runs=shares)), None, NOW)
    assert [row.workspace_name for row in picture.runs] == ["all, 1 of 2", "all, 2 of 2"]


def test_without_an_engine_nothing_is_green_and_no_job_comes() -> None:
    """Who only looks says since when nobody watches, and what was known last."""
    gone = readings(quick(nodes=(node(seen=600),)), own=None)
    picture = draw(LOOKER, gone, None, NOW)
    [row] = picture.workspaces
    assert (picture.started_at, picture.engine_seen_at, picture.node) == (None, ago(seconds=600), "host-b")
    assert (row.health, row.reason) == (
        Health.UNKNOWN,
        "no engine since 11:52; last known: healthy, webhooks arrive",
    )
    assert "no engine is running" in picture.reasons
    assert [job.next_at for job in picture.jobs] == [None]


def test_a_critical_workspace_is_an_alert_and_costs_points() -> None:
    """With its reason and since when."""
    bad = quick(standing={KEY: Standing(Health.CRITICAL, "webhooks missed 3 events", ago(minutes=9))})
    picture = draw(ENGINE, readings(bad), None, NOW)
    [alert] = picture.alerts
    assert (alert.workspace, alert.severity, alert.since) == (KEY, "critical", ago(minutes=9))
    assert (picture.score, picture.reasons) == (80, ("1 workspace is critical",))


def test_polled_only_and_dead_letters_and_a_backlog_cost_points() -> None:
    """A paused workspace needs no subscription."""
    now = quick(
        workspaces=(workspace(), workspace(OTHER, "Paused")),
        watches={KEY: Watch(KEY, verified_at=NOW)},
        standing={
            KEY: Standing(Health.IDLE, "silent", NOW),
            OTHER: Standing(Health.PAUSED, "not watched", NOW),
        },
        backlog=Backlog(10_001, 2, ago(seconds=40)),
    )
    picture = draw(ENGINE, readings(now), None, NOW)
    assert picture.reasons == (
        "the backlog is over its limit",
        "2 dead letters",
        "1 workspace polled instead of pushed",
    )
    assert (picture.inbox.pending, picture.inbox.oldest_pending_at) == (10_001, ago(seconds=40))


@pytest.mark.parametrize(
    ("going", "words"),
    [
        (run(), "resyncing: queued"),
        (run(started_at=NOW, state=RunState.RUNNING), "resyncing"),
        (run(started_at=NOW, state=RunState.RUNNING, tally=Tally(done=25, total=100)), "resyncing 25%"),
        (run(Job.POLL, started_at=NOW, state=RunState.RUNNING), "asking the provider's event log"),
        (run(workspace=None), None),
    ],
)
def test_a_row_says_what_is_being_done(going: Run, words: str | None) -> None:
    """What runs for all workspaces is told elsewhere."""
    [row] = draw(ENGINE, readings(quick(open_runs=(going,))), None, NOW).workspaces
    assert row.doing == words


def test_runs_carry_names_and_jobs_their_last_end() -> None:
    """Open ones first."""
    done = run(
        Job.POLL,
        state=RunState.DONE,
        outcome=Outcome.SUCCESS,
        started_at=ago(seconds=20),
        finished_at=ago(seconds=18.5),
    )
    now = quick(open_runs=(run(workspace=None),), finished_runs=(done,))
    picture = draw(ENGINE, readings(now, slow(last_of={Job.POLL: done})), None, NOW)
    assert [shown.workspace_name for shown in picture.runs] == ["all workspaces", "Northwind Desk"]
    [job] = picture.jobs
    assert (job.name, job.schedule, job.last_outcome, job.last_took_s) == ("poll", "every 5m", "success", 1.5)
    assert job.next_at == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("state", "effect", "outcome"),
    [
        (DeliveryState.DONE, Effect.APPLIED, "applied"),
        (DeliveryState.DONE, Effect.DUPLICATE, "duplicate"),
        (DeliveryState.DONE, Effect.UNKNOWN, "unknown"),
        (DeliveryState.PENDING, None, "pending"),
        (DeliveryState.DEAD, None, "dead"),
    ],
)
def test_an_event_of_the_tail_says_what_became_of_it(
    state: DeliveryState, effect: Effect | None, outcome: str
) -> None:
    """Also one of a workspace nobody knows, or of none."""
    entries = tuple(
        LogEntry(UUID(int=1), NOW, "main", number, "email_sent", "to jo", Source.WEBHOOK, state, effect)
        for number in (12, 99, None)
    )
    events = draw(ENGINE, readings(quick(newest=entries)), None, NOW).events
    assert [event.workspace_name for event in events] == ["Northwind Desk", "main/99", "?"]
    assert {event.outcome for event in events} == {outcome}


def test_a_trend_is_the_last_hour_in_buckets_of_five_minutes() -> None:
    """The last one is still filling; what is older or in the future is left out."""
    minutes = {
        datetime(2026, 9, 14, hour, minute, tzinfo=UTC): n
        for (hour, minute), n in {
            (11, 1): 100,
            (11, 3): 1,
            (11, 7): 2,
            (11, 58): 3,
            (12, 1): 4,
            (12, 2): 5,
        }.items()
    }
    [row] = draw(ENGINE, readings(sums=slow(minutes={KEY: minutes})), None, NOW).workspaces
    assert len(row.trend) == TREND_BUCKETS
    assert (row.trend[0], row.trend[-1], sum(row.trend)) == (3, 12, 15)
    assert row.per_minute == round(12 / 4.5, 1)


def test_the_cache_of_an_hour() -> None:
    """Per workspace and of all; unknown where nothing was read, however much was made."""
    counts = {KEY: CacheCounts(hits=9, misses=1, refreshed=5), OTHER: CacheCounts(refreshed=5, prefetched=4)}
    both = quick(workspaces=(workspace(KEY), workspace(OTHER)))
    picture = draw(ENGINE, readings(both, cache=counts), None, NOW)
    assert [row.cache_hit_rate_1h for row in picture.workspaces] == [0.9, None]
    assert picture.cache == CacheCounts(hits=9, misses=1, refreshed=10, prefetched=4)
    assert draw(ENGINE, readings(), None, NOW).workspaces[0].cache_hit_rate_1h is None
