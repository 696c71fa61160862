"""`/metrics`: this node's figures and the mirror's, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from bisonwatch.api import families, mirror_figures, node_figures
from bisonwatch.api.probes import FRESH
from bisonwatch.clock import Clock
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.metrics import Metrics

KIND = "text/plain; version=0.0.4; charset=utf-8"


class Exposition:
    """`snapshot` gives the newest picture."""

    def __init__(self, metrics: Metrics, snapshot: Callable[[], Snapshot], clock: Clock) -> None:
        self._metrics = metrics
        self._snapshot = snapshot
        self._clock = clock

    async def metrics(self, _request: Request) -> Response:
        return Response(self.text(), media_type=KIND, headers=FRESH)

    def text(self) -> str:
        """docs/metrics.md tells of each."""
        succeeded = self._metrics.running.succeeded
        mirror = mirror_figures.families(self._snapshot(), succeeded, self._clock.now())
        return families.text((*node_figures.families(self._metrics), *mirror))
