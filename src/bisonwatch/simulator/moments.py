"""The provider's way of writing time: ISO 8601, six zeros, and a Z even where the digits are local."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

OFFSETS = {
    "Europe/Copenhagen": 2,
    "Europe/London": 1,
    "Europe/Berlin": 2,
    "America/New_York": -4,
    "America/Chicago": -5,
    "America/Los_Angeles": -7,
    "Australia/Sydney": 10,
}
"""Hours, fixed: nobody may build on the local digits, so no time-zone database is asked."""


@lru_cache(maxsize=8192)
def stamp(at: datetime) -> str:
    """`2026-09-14T16:24:20.000000Z`; the fraction is always zeros, as the provider prints it."""
    return at.isoformat()[:19] + ".000000Z"


def stamp_or_null(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def local(at: datetime, zone: str) -> str:
    """The zone's own digits, printed with a Z all the same."""
    return stamp(at + timedelta(hours=OFFSETS.get(zone, 0)))


def whole(at: datetime) -> datetime:
    """The moment as it survives the provider's printing: without its fraction."""
    return at.replace(microsecond=0)


def utc_again(block: dict[str, object]) -> dict[str, object]:
    """A webhook's block whose local digits are those of UTC, as in every published sample."""
    zone = str(block.get("local_timezone", ""))
    changed = dict(block)
    for name in ("scheduled_date_local", "created_at_local"):
        if name in block:
            changed[name] = _shifted(str(block[name]), zone)
    if "scheduled_date_est" in block:
        changed["scheduled_date_est"] = changed["scheduled_date_local"]
    return changed


def _shifted(text: str, zone: str) -> str:
    return stamp(datetime.fromisoformat(text) - timedelta(hours=OFFSETS.get(zone, 0)))
