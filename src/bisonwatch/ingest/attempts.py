"""Failed authentications per address, so that guessing a token becomes slow. A right token is never counted or refused."""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

ALLOWED = 20
WINDOW_S = 60.0
ADDRESSES = 4096


class FailedAttempts:
    """Bounded: the address that failed longest ago is forgotten first."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def too_many(self, address: str, now: float) -> bool:
        """Count one failure; whether the address used up what is allowed in a minute."""
        whose = _whose(address)
        started, count = self._failures.pop(whose, (now, 0))
        if now - started >= WINDOW_S:
            started, count = now, 0
        self._failures[whose] = (started, count + 1)
        while len(self._failures) > ADDRESSES:
            self._failures.popitem(last=False)
        return count + 1 > ALLOWED


def _whose(address: str) -> str:
    """Of IPv6 the network: each caller has 2⁶⁴ addresses to fail from."""
    if ":" not in address:
        return address
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address) or found.ipv4_mapped:
        return address
    return str(IPv6Address(int(found) >> 64 << 64))
