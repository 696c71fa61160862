"""What the terminal itself costs: processor time of its thread, memory of the process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bisonwatch.tui.views.engine import Cost

OVER_S = 5.0


class Meter:
    """Measures over the last seconds; figures stand still in between, so that they can be read."""

    def __init__(self, clock: Callable[[], float], spent: Callable[[], float]) -> None:
        self._clock, self._spent = clock, spent
        self._from = (clock(), spent())
        self._cost = Cost()

    def cost(self) -> Cost:
        at, spent = self._clock(), self._spent()
        if at - self._from[0] >= OVER_S:
            share = (spent - self._from[1]) / (at - self._from[0])
            self._cost = Cost(share, memory_mb())
            self._from = (at, spent)
        return self._cost


def memory_mb() -> float | None:
    """Resident memory now; None where the system does not tell it in /proc."""
    if sys.platform != "linux":
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * 4096 / 1_000_000
