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


@dataclass(frozen=True, slots=True)
class Steps:
    """Waits that are written out, in seconds, each spread by ± `jitter`; after the last one comes no other try."""

    seconds: tuple[float, ...]
    jitter: float = 0.25

    def wait(self, attempt: int, rng: random.Random | None = None) -> float | None:
        """Seconds to wait after the `attempt`-th failure (1 is the first); None when the waits are used up."""
        if attempt > len(self.seconds):
            return None
        spread = (rng or random).uniform(-self.jitter, self.jitter)
        return self.seconds[attempt - 1] * (1 + spread)
