"""Failed authentications per address, so that guessing a token becomes slow. A right token is never counted or refused."""

from __future__ import annotations

from collections import OrderedDict

ALLOWED = 20
WINDOW_S = 60.0
ADDRESSES = 4096


class FailedAttempts:
    """Bounded: the address that failed longest ago is forgotten first."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def too_many(self, address: str, now: float) -> bool:
        """Count one failure; whether the address used up what is allowed in a minute."""
        started, count = self._failures.pop(address, (now, 0))
        if now - started >= WINDOW_S:
            started, count = now, 0
        self._failures[address] = (started, count + 1)
        while len(self._failures) > ADDRESSES:
            self._failures.popitem(last=False)
        return count + 1 > ALLOWED
