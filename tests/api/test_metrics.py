"""`/metrics` in Prometheus' text format: what is known is told, with its help and type, and nothing else is."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bisonwatch.domain.snapshot import nothing_yet
from bisonwatch.metrics import Calls, Ending, Endpoint, Metrics
from tests.support import scrape
from tests.tui.workspaces import NOW, row
from tests.tui.world import snapshot

LINE = re.compile(r'[a-z0-9_]+(\{([a-z]+="(\\.|[^"\\\n])*",?)+\})? -?[0-9.e+-]+')


def of(scraped: str, *names: str) -> list[str]:
    """The samples of these metrics."""
    return [line for line in scraped.splitlines() if line.startswith(tuple(f"{name}" for name in names))]


def test_every_line_is_of_the_format() -> None:
    """A help, a type and its samples for each metric, each metric once."""
    lines = scrape.text().splitlines()
    heads = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert heads == [line.split()[2] for line in lines if line.startswith("# HELP")]
    assert len(heads) == len(set(heads))
    assert [line for line in lines if not line.startswith("# ") and not LINE.fullmatch(line)] == []


def test_names_follow_the_convention() -> None:
    """Our prefix or the process's; base units; `_total` for counters and for nothing else."""
    for name, kind in scrape.families(scrape.text()).items():
        assert name.startswith(("bisonwatch_", "process_"))
        assert name.endswith("_total") == (kind == "counter")
        assert not name.endswith(("_ms", "_milliseconds", "_percent", "_mb"))


def test_counters_are_whole_however_large_and_there_from_the_start() -> None:
    """A refusal that never happened is 0, so that the first one is seen as an increase."""
    found = of(scrape.text(), "bisonwatch_deliveries_acked_total", "bisonwatch_deliveries_rejected_total")
    assert found[0] == "bisonwatch_deliveries_acked_total 51234567"
    assert 'bisonwatch_deliveries_rejected_total{status="401"} 2' in found
    assert 'bisonwatch_deliveries_rejected_total{status="413"} 0' in found
    assert 'bisonwatch_runs_total{kind="poll",outcome="failed"} 1' in of(
        scrape.text(), "bisonwatch_runs_total"
    )


def test_a_histogram_adds_up() -> None:
    """Each bucket holds those below it; a duration on a bound is in that bound's bucket."""
    found = of(scrape.text(), "bisonwatch_ack_duration_seconds")
    assert found[:3] == [
        'bisonwatch_ack_duration_seconds_bucket{le="0.001"} 1',
        'bisonwatch_ack_duration_seconds_bucket{le="0.0025"} 2',
        'bisonwatch_ack_duration_seconds_bucket{le="0.005"} 2',
    ]
    assert found[-4:] == [
        'bisonwatch_ack_duration_seconds_bucket{le="600"} 3',
        'bisonwatch_ack_duration_seconds_bucket{le="+Inf"} 4',
        "bisonwatch_ack_duration_seconds_sum 700.01",
        "bisonwatch_ack_duration_seconds_count 4",
    ]


def test_requests_to_the_provider_are_told_by_endpoint() -> None:
    """By status too, one that HTTP does not have by its first digit; a histogram in the buckets they were counted in."""
    named = 'bison="main",endpoint="GET /api/leads/{id}"'
    found = of(scrape.text(), "bisonwatch_provider")
    assert [line for line in found if "_bucket" not in line] == [
        f'bisonwatch_provider_requests_total{{{named},status="200"}} 1',
        f'bisonwatch_provider_requests_total{{{named},status="429"}} 1',
        f'bisonwatch_provider_requests_total{{{named},status="5xx"}} 1',
        f"bisonwatch_provider_request_seconds_sum{{{named}}} 30.14",
        f"bisonwatch_provider_request_seconds_count{{{named}}} 3",
        f"bisonwatch_provider_retries_total{{{named}}} 1",
        f"bisonwatch_provider_unsent_total{{{named}}} 1",
        'bisonwatch_provider_flaws_total{bison="main"} 1',
    ]
    buckets = [line.rpartition(" ")[2] for line in found if "_bucket" in line]
    assert buckets == ["0", "1", "2", "2", "2", "2", "2", "2", "2", "2", "2", "2", "3"]


def test_endpoints_and_statuses_are_bounded() -> None:
    """Whatever a provider answers: what is beyond the bound is told together, and none is lost."""
    metrics = Metrics()
    for number in range(Calls.MOST + 50):
        status = str(100 + number)
        metrics.calls.add(NOW, Endpoint("main", f"GET /api/{number}"), Ending.REFUSED, status, 1.0)
        metrics.calls.add(NOW, Endpoint("main", "GET /api/0"), Ending.REFUSED, status, 1.0)
    found = of(scrape.text(metrics), "bisonwatch_provider_requests_total")
    ends, statuses = (
        set(re.findall(rf'{label}="([^"]+)"', "".join(found))) for label in ("endpoint", "status")
    )
    assert len(ends) == Calls.MOST + 1
    assert "other" in ends
    assert len(statuses) < 80
    assert sum(int(line.split()[-1]) for line in found) == 2 * (Calls.MOST + 50)


def test_each_reading_of_the_cache_has_one_outcome() -> None:
    """All outcomes of all datasets are there from the start."""
    found = of(scrape.text(), "bisonwatch_cache")
    kpi = [line.removeprefix("bisonwatch_cache_") for line in found if 'dataset="kpi"' in line]
    assert kpi == [
        'reads_total{dataset="kpi",outcome="hit"} 85',
        'reads_total{dataset="kpi",outcome="stale"} 5',
        'reads_total{dataset="kpi",outcome="miss"} 10',
        'prefetches_total{dataset="kpi",outcome="in_time"} 19',
        'prefetches_total{dataset="kpi",outcome="late"} 1',
        'refreshes_total{dataset="kpi",outcome="ok"} 30',
        'refreshes_total{dataset="kpi",outcome="failed"} 2',
    ]
    assert len(found) == 4 * len(kpi)
    assert len(of(scrape.text(Metrics()), "bisonwatch_cache")) == len(found)


def test_while_the_database_is_away_nothing_is_said_of_the_mirror() -> None:
    """But that it is away; the node's own figures go on."""
    picture = snapshot()
    away = replace(picture, database=replace(picture.database, ok=False))
    for blind in (nothing_yet(NOW), away):
        found = scrape.text(picture=blind)
        assert "bisonwatch_database_up 0" in found.splitlines()
        assert (
            of(found, "bisonwatch_inbox", "bisonwatch_workspace", "bisonwatch_job", "bisonwatch_score") == []
        )
        assert of(found, "bisonwatch_deliveries_processed_total")


def test_what_is_not_known_is_not_said() -> None:
    """Neither as 0 nor as NaN: a workspace nobody asked the provider about has no lag, rates or accounts."""
    unknown = row(
        3,
        "Northwind",
        lag_known=False,
        delivery_rate_24h=None,
        success_rate_24h=None,
        drift=None,
        accounts=None,
        last_webhook_at=None,
        target=None,
    )
    found = scrape.text(Metrics(), replace(snapshot(), workspaces=(unknown,), score=None, alerts=()))
    told = {name for name in scrape.families(found) if name.startswith("bisonwatch_workspace")}
    assert told == {
        f"bisonwatch_workspace_{name}"
        for name in (
            "info", "health", "provider_delivery_ratio", "last_poll_timestamp_seconds",
            "last_event_timestamp_seconds", "verified_timestamp_seconds", "webhooks_24h", "caught_24h", "month_events",
        )
    }  # fmt: skip
    unknown_here = (
        "score",
        "database_write",
        "tls",
        "write_ahead",
        "disk",
        "spool_bytes",
        "provider_request",
    )
    assert of(found, *(f"bisonwatch_{name}" for name in unknown_here)) == []
    assert "bisonwatch_alerts" in found


def test_a_name_from_outside_stays_in_its_quotes() -> None:
    """Whatever a workspace is called, the line stays one line and the label one label."""
    hostile = row(3, 'a"} 9\\n\\', health=snapshot().workspaces[0].health)
    named = replace(hostile, name='a"} 9\n\\')
    found = of(scrape.text(picture=replace(snapshot(), workspaces=(named,))), "bisonwatch_workspace_info")
    assert found == ['bisonwatch_workspace_info{workspace="main/13",name="a\\"} 9\\n\\\\"} 1']


@pytest.mark.parametrize(("kind", "ended"), [("poll", 12), ("reports", None)])
def test_a_job_last_ended_well_when_anybody_saw_it(kind: str, ended: int | None) -> None:
    """By the last run of all nodes, or by what this node saw before; a job that only failed says nothing."""
    found = of(scrape.text(Metrics()), "bisonwatch_job_last_success_timestamp_seconds")
    at = [line.split()[1] for line in found if f'"{kind}"' in line]
    assert at == ([] if ended is None else [f"{NOW.timestamp() - ended:.0f}"])
    if kind == "poll":  # this node saw one 4 s ago
        (newest,) = of(scrape.text(), f'bisonwatch_job_last_success_timestamp_seconds{{kind="{kind}"')
        assert newest.endswith(f" {NOW.timestamp() - 4:.0f}")
