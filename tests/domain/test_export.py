"""Which rows of an export are wanted."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bisonwatch.domain.export import EVENTS, EXPORTS, LEADS, METRICS, Export, Window, dated
from bisonwatch.errors import CallError

NOON, MIDNIGHT = datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)


def test_days_are_whole() -> None:
    """A day that the window touches is in it; one that begins where the window ends is not."""
    window = Window(since=NOON, until=MIDNIGHT)
    assert (window.first_day, window.last_day) == (date(2026, 11, 20), date(2026, 11, 20))
    assert (Window().first_day, Window().last_day) == (None, None)


def test_what_has_no_date_cannot_be_asked_by_date() -> None:
    """Leads are asked without dates, events with them, and no window is empty by itself."""
    with pytest.raises(CallError, match=r"leads have no date .*events, metrics, runs"):
        dated(LEADS, Window(since=NOON))
    with pytest.raises(CallError, match="nothing lies between"):
        dated(EVENTS, Window(since=NOON, until=NOON))
    assert dated(METRICS, Window(since=NOON)) == Window(since=NOON)
    assert dated(LEADS, Window(limit=3)) == Window(limit=3)


@pytest.mark.parametrize("export", EXPORTS.values(), ids=list(EXPORTS))
def test_columns_have_names_of_their_own(export: Export) -> None:
    """No name stands twice, and the date that is asked for is a column."""
    assert len(set(export.names)) == len(export.names)
    assert export.dated in (None, *export.names)
