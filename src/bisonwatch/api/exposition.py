"""`/metrics`: this node's figures in Prometheus' text format (0.0.4), and what the database says of the mirror."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from bisonwatch.clock import Clock
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.metrics import Durations, Metrics

KIND = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric without labels. `value` None: not known, and then nothing is said."""

    name: str
    kind: str
    help: str
    value: float | None


class Exposition:
    """Counters are since the process started; figures of the mirror are the newest picture's, and absent while the database is away."""

    def __init__(self, metrics: Metrics, snapshot: Callable[[], Snapshot], clock: Clock) -> None:
        self._metrics = metrics
        self._snapshot = snapshot
        self._clock = clock

    async def metrics(self, _request: Request) -> Response:
        return Response(self.text(), media_type=KIND)

    def text(self) -> str:
        lines = [line for figure in (*self._own(), *self._mirror()) for line in _lines(figure)]
        lines += _summary(
            "bisonwatch_ack_seconds",
            "From a delivery's receipt to its answer.",
            self._metrics.listening.ack_ms,
        )
        behind = self._metrics.processing.latency_ms
        lines += _summary(
            "bisonwatch_mirror_latency_seconds", "From a delivery's receipt to the mirror.", behind
        )
        return "\n".join(lines) + "\n"

    def _own(self) -> Iterator[Figure]:
        listening, processing, spooling = (
            self._metrics.listening,
            self._metrics.processing,
            self._metrics.spooling,
        )
        yield _counter("deliveries_acked_total", "Deliveries answered 200.", listening.acked)
        yield _counter("deliveries_rejected_total", "Deliveries refused.", listening.rejected)
        yield _counter(
            "deliveries_processed_total", "Deliveries written into the mirror.", processing.processed
        )
        yield _counter("deliveries_set_aside_total", "Deliveries that became dead letters.", processing.dead)
        yield _gauge("spool_waiting", "Deliveries in the spool.", spooling.waiting)
        yield _gauge(
            "spool_refused", "Deliveries the database refused alone, in the spool.", spooling.refused
        )
        yield _gauge(
            "spool_foreign",
            "Deliveries in the spool for another database.url; `bisonwatch db spool adopt` hands them over.",
            spooling.foreign,
        )
        yield _gauge("spool_healthy", "1 while the spool can take deliveries.", spooling.trouble is None)

    def _mirror(self) -> Iterator[Figure]:
        picture = self._snapshot()
        there = picture.number > 0 and picture.database.ok
        yield _gauge("database_up", "1 while the database answers.", there)
        yield _gauge("leader", "1 while this node leads.", picture.leader)
        if not there:
            return
        inbox, now = picture.inbox, self._clock.now()
        oldest = inbox.oldest_pending_at
        waited = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
        yield _gauge("inbox_pending", "Deliveries that wait to be processed.", inbox.pending)
        yield _gauge("inbox_oldest_pending_seconds", "How long the oldest of them has waited.", waited)
        yield _gauge("dead_letters", "Deliveries set aside.", inbox.dead)
        held = sum(row.accounts.held for row in picture.workspaces if row.accounts)
        yield _gauge(
            "accounts_held", "Accounts that are kept although a complete walk did not meet them.", held
        )
        yield _gauge("alerts", "Alerts in force.", len(picture.alerts))
        yield _gauge("score", "How right the mirror is, 0 to 100.", picture.score)


def _counter(name: str, text: str, value: float) -> Figure:
    return Figure(f"bisonwatch_{name}", "counter", text, value)


def _gauge(name: str, text: str, value: float | None) -> Figure:
    return Figure(f"bisonwatch_{name}", "gauge", text, value)


def _lines(figure: Figure) -> list[str]:
    if figure.value is None:
        return []
    head = [f"# HELP {figure.name} {figure.help}", f"# TYPE {figure.name} {figure.kind}"]
    return [*head, f"{figure.name} {_written(figure.value)}"]


def _written(value: float) -> str:
    """Whole numbers whole, however large."""
    return str(int(value)) if float(value).is_integer() else repr(round(float(value), 6))


def _summary(name: str, text: str, durations: Durations) -> list[str]:
    """Percentiles of the newest durations, as quantiles in seconds; nothing while none is known."""
    found = durations.percentiles()
    if found is None:
        return []
    values = (("0.5", found.p50), ("0.95", found.p95), ("0.99", found.p99))
    quantiles = [f'{name}{{quantile="{share}"}} {_written(value / 1000)}' for share, value in values]
    return [f"# HELP {name} {text}", f"# TYPE {name} gauge", *quantiles]
