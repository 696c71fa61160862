"""How far the provider's clock is from ours, learned from the `Date` header of its answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECOND = timedelta(seconds=1)
_ZERO = timedelta()


class Offset:
    """The interval that every answer so far agrees with. `Date` is cut to whole seconds, so one answer alone is vague."""

    def __init__(self) -> None:
        self._least: timedelta | None = None
        self._most: timedelta | None = None

    def learn(self, header: str | None, asked_at: datetime, answered_at: datetime) -> None:
        """Narrow the interval; when an answer contradicts it (somebody set a clock), begin again with that answer."""
        if not header:
            return
        try:
            told = parsedate_to_datetime(header).replace(tzinfo=UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return
        least, most = told - answered_at, told + _SECOND - asked_at
        if self._least is not None and self._most is not None:
            both = max(self._least, least), min(self._most, most)
            if both[0] <= both[1]:
                least, most = both
        self._least, self._most = least, most

    @property
    def value(self) -> timedelta:
        """Provider's clock minus ours: zero where the two cannot be told apart, else the middle of the interval."""
        if self._least is None or self._most is None or self._least <= _ZERO <= self._most:
            return _ZERO
        return (self._least + self._most) / 2

    def provider_time(self, ours: datetime) -> datetime:
        """The moment `ours` in the provider's clock."""
        return ours + self.value
