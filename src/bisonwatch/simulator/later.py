"""What the provider does later than it was told: deletions with lingering rows, and campaigns that start."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

Deed = Callable[[datetime], object]


class Later:
    """Deeds in the order of their time; those of one moment in the order they came."""

    def __init__(self) -> None:
        self._order = count()
        self._waiting: list[tuple[datetime, int, Deed]] = []

    def put(self, due: datetime, deed: Deed) -> None:
        heapq.heappush(self._waiting, (due, next(self._order), deed))

    def do_due(self, now: datetime) -> None:
        while self._waiting and self._waiting[0][0] <= now:
            due, _, deed = heapq.heappop(self._waiting)
            deed(due)
