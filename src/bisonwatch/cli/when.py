"""Moments as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

from bisonwatch.config.values import parse_duration
from bisonwatch.errors import CallError


def moment_of(word: str, now: datetime, option: str = "--since") -> datetime:
    """So long ago, a UTC day's beginning, or a moment. Raises CallError."""
    if word.strip() and word.strip()[-1] in "smhd":
        try:
            return now - parse_duration(word.strip())
        except (ValueError, OverflowError):
            pass  # it may still be a moment, and else is told below
    try:
        moment = datetime.fromisoformat(word.strip())
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise CallError(f"{option} takes 24h, 2026-11-22 or 2026-11-22T10:00, not '{word}'") from None
    return moment
