"""Trying again: how often, how long to wait, and for which errors. Pure arithmetic; the loops live with their callers."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential waits with jitter: first, 2 × first, … seconds, never over `most`, each spread by ± `jitter`."""

    first: float = 1.0
    most: float = 10.0
    jitter: float = 0.25

    def wait(self, attempt: int, rng: random.Random | None = None) -> float:
        """Seconds to wait after the `attempt`-th failure (1 is the first)."""
        plain = min(self.most, self.first * 2.0 ** min(attempt - 1, 32))
        spread = (rng or random).uniform(-self.jitter, self.jitter)
        return max(0.0, plain * (1 + spread))
