"""What `/metrics` tells of this node: counted since its process started, or so now."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping

from bisonwatch import __version__
from bisonwatch.api import door_figures, process, provider_figures
from bisonwatch.api.families import Family, Sample, counted, counter, counters, gauge, gauges, histogram
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.run import Job, Outcome
from bisonwatch.metrics import Caching, Disk, Listening, Metrics, Processing, Running, Spooling

REFUSALS = (400, 401, 404, 405, 408, 411, 413, 429, 503)
"""What the listener answers beside 200. Each is there from the start: a counter that appears with its first event hides it."""


def families(metrics: Metrics) -> Iterator[Family]:
    built = (("version", __version__), ("python", platform.python_version()))
    yield gauges("build_info", "1; which bisonwatch runs here.", [(built, 1)])
    yield from _listening(metrics.listening)
    yield from _processing(metrics.processing)
    if metrics.writing is not None:
        text = "How long transactions took that wrote to the database."
        yield histogram("database_write_duration_seconds", text, metrics.writing)
    text = "The write-ahead log beside an SQLite mirror."
    yield gauge("write_ahead_log_bytes", text, metrics.log_bytes)
    yield from _spooling(metrics.spooling)
    yield from _disks(metrics.disks)
    yield from _running(metrics.running)
    yield from provider_figures.families(metrics.calls, metrics.validation)
    yield from _caching(metrics.caching)
    yield from door_figures.families(metrics.answering)
    expiry = [((("door", door),), at) for door, at in sorted(metrics.certificates.items())]
    text = "When the certificate expires that a door shows."
    yield gauges("tls_certificate_expiry_timestamp_seconds", text, expiry)
    yield from process.families()


def _listening(listening: Listening) -> Iterator[Family]:
    yield counter("deliveries_acked_total", "Deliveries answered 200.", listening.acked)
    refused = {str(status): listening.refused[status] for status in sorted({*REFUSALS, *listening.refused})}
    yield counters("deliveries_rejected_total", "Deliveries refused, by the answer.", "status", refused)
    text = "From a delivery's receipt to its answer, of those answered 200."
    yield histogram("ack_duration_seconds", text, listening.ack_ms)


def _processing(processing: Processing) -> Iterator[Family]:
    text = "Deliveries written into the mirror."
    yield counter("deliveries_processed_total", text, processing.processed)
    yield counter("deliveries_set_aside_total", "Deliveries that became dead letters.", processing.dead)
    text = "From a delivery's receipt to the mirror."
    yield histogram("mirror_latency_seconds", text, processing.latency_ms)


def _spooling(spooling: Spooling) -> Iterator[Family]:
    yield gauge("spool_waiting", "Deliveries in the spool.", spooling.waiting)
    text = "Deliveries the database refused alone, in the spool."
    yield gauge("spool_refused", text, spooling.refused)
    text = "Deliveries in the spool for another database.url; `bisonwatch db spool adopt` hands them over."
    yield gauge("spool_foreign", text, spooling.foreign)
    yield gauge("spool_healthy", "1 while the spool can take deliveries.", spooling.trouble is None)
    yield gauge("spool_bytes", "The spool's file and the log beside it.", spooling.size)
    yield gauge("spool_max_bytes", "What spool.max_size allows the file.", spooling.max_size)


def _disks(disks: Mapping[str, Disk]) -> Iterator[Family]:
    each = [((("holds", name),), disk) for name, disk in sorted(disks.items())]
    text = "What may still be written to the disk."
    yield gauges("disk_free_bytes", text, [(labels, disk.free) for labels, disk in each])
    yield gauges("disk_size_bytes", "The whole disk.", [(labels, disk.size) for labels, disk in each])


def _running(running: Running) -> Iterator[Family]:
    """Without workspaces as labels: each run's own is in `bisonwatch runs list`."""
    each = [(job.value, outcome.value) for job in Job for outcome in Outcome]
    samples = tuple(Sample(running.ended[pair], (("kind", pair[0]), ("outcome", pair[1]))) for pair in each)
    yield Family("bisonwatch_runs_total", "counter", "Runs that ended on this node.", samples)
    took = {job.value: running.seconds[job.value] for job in Job}
    yield counters("run_seconds_total", "How long the runs took that ended on this node.", "kind", took)


_CACHED = {
    "cache_reads_total": ("Readings of datasets.", {"hit": "hits", "stale": "stale", "miss": "misses"}),
    "cache_prefetches_total": (
        "Makings that were due before a value's time ended.",
        {"in_time": "prefetched", "late": "late"},
    ),
    "cache_refreshes_total": ("Makings, for whatever reason.", {"ok": "refreshed", "failed": "failed"}),
}
"""The text of each, and which count stands behind which outcome."""


def _caching(caching: Caching) -> Iterator[Family]:
    """All are there from the start."""
    for name, (text, outcomes) in _CACHED.items():
        yield counted(
            name,
            text,
            [
                ((("dataset", dataset.value), ("outcome", outcome)), _of(caching.counts, dataset, what))
                for dataset in DatasetName
                for outcome, what in outcomes.items()
            ],
        )


def _of(counts: Mapping[str, Mapping[str, int]], dataset: DatasetName, what: str) -> int:
    """Each reading has one outcome: what was stale is no hit besides."""
    found = counts.get(dataset, {})
    return found.get(what, 0) - (found.get("stale", 0) if what == "hits" else 0)
