"""What a node measured of itself, as it stands in its heartbeat row, and the sum over nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bisonwatch.domain.clean import clean_or_none
from bisonwatch.domain.snapshot import Milliseconds
from bisonwatch.domain.stuck import NOTHING, Stuck, of_all
from bisonwatch.metrics import Metrics, Percentiles


@dataclass(frozen=True, slots=True)
class Figures:
    """`rate` is deliveries per second over the last minute."""

    url: str | None
    acked: int
    rejected: int
    rate: float
    ack_ms: Milliseconds | None
    latency_ms: Milliseconds | None
    write_ms_p95: float | None
    spooled: int = 0
    """Deliveries in the node's spool: waiting for the database, or refused by it."""
    stuck: Stuck = NOTHING
    backlog_limit: int | None = None
    log_size: int = 0
    """Bytes of the write-ahead log beside an SQLite mirror."""

    @property
    def counted(self) -> Figures:
        """What stays true of a node that is gone."""
        return Figures(None, self.acked, self.rejected, 0.0, None, None, None)


def measured(
    metrics: Metrics,
    url: str | None,
    write_ms_p95: float | None,
    now: float,
    backlog_limit: int | None = None,
    log_size: int = 0,
) -> Figures:
    """This process's own, and the limit it was configured with: other programs compute the score from it."""
    listening = metrics.listening
    return Figures(
        url=url,
        acked=listening.acked,
        rejected=listening.rejected,
        rate=listening.rate.per_second(now),
        ack_ms=_milliseconds(listening.ack_ms.percentiles()),
        latency_ms=_milliseconds(metrics.processing.latency_ms.percentiles()),
        write_ms_p95=write_ms_p95,
        spooled=metrics.spooling.waiting + metrics.spooling.refused,
        stuck=Stuck(metrics.spooling.refused, metrics.spooling.reason, metrics.spooling.foreign),
        backlog_limit=backlog_limit,
        log_size=log_size,
    )


def _milliseconds(percentiles: Percentiles | None) -> Milliseconds | None:
    return Milliseconds(percentiles.p50, percentiles.p95, percentiles.p99) if percentiles else None


def to_json(figures: Figures) -> dict[str, Any]:
    """For the heartbeat row."""

    def plain(ms: Milliseconds | None) -> list[float] | None:
        return [ms.p50, ms.p95, ms.p99] if ms else None

    return {
        "url": figures.url,
        "acked": figures.acked,
        "rejected": figures.rejected,
        "rate": figures.rate,
        "ack_ms": plain(figures.ack_ms),
        "latency_ms": plain(figures.latency_ms),
        "write_ms_p95": figures.write_ms_p95,
        "spooled": figures.spooled,
        "stuck": asdict(figures.stuck),
        "backlog_limit": figures.backlog_limit,
        "log_size": figures.log_size,
    }


def from_json(stored: Mapping[str, Any]) -> Figures:
    """From a heartbeat row, one of another version too: what it does not say is unknown."""

    def ms(name: str) -> Milliseconds | None:
        values = stored.get(name)
        return Milliseconds(*values) if isinstance(values, list) and len(values) == 3 else None

    held = stored.get("stuck") or {}

    return Figures(
        url=stored.get("url"),
        acked=int(stored.get("acked") or 0),
        rejected=int(stored.get("rejected") or 0),
        rate=float(stored.get("rate") or 0.0),
        ack_ms=ms("ack_ms"),
        latency_ms=ms("latency_ms"),
        write_ms_p95=stored.get("write_ms_p95"),
        spooled=int(stored.get("spooled") or 0),
        stuck=Stuck(
            int(held.get("refused") or 0), clean_or_none(held.get("reason")), int(held.get("foreign") or 0)
        ),
        backlog_limit=stored.get("backlog_limit"),
        log_size=int(stored.get("log_size") or 0),
    )


def together(nodes: Iterable[Figures]) -> Figures:
    """Counters and rates add up; of percentiles the worst node's are told, since they do not add up."""
    every = list(nodes)
    return Figures(
        url=next((node.url for node in every if node.url), None),
        acked=sum(node.acked for node in every),
        rejected=sum(node.rejected for node in every),
        rate=round(sum(node.rate for node in every), 2),
        ack_ms=_worst(node.ack_ms for node in every),
        latency_ms=_worst(node.latency_ms for node in every),
        write_ms_p95=max(
            (node.write_ms_p95 for node in every if node.write_ms_p95 is not None), default=None
        ),
        spooled=sum(node.spooled for node in every),
        stuck=of_all(node.stuck for node in every),
        log_size=max((node.log_size for node in every), default=0),
    )


def _worst(figures: Iterable[Milliseconds | None]) -> Milliseconds | None:
    known = [figure for figure in figures if figure is not None]
    return max(known, key=lambda figure: figure.p95) if known else None
