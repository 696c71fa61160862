"""The picture while the database is away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bisonwatch.cache.blind import Blind, redraw
from bisonwatch.cache.picture import draw
from bisonwatch.domain.snapshot import nothing_yet
from tests.cache.readings import ENGINE, LOOKER, NOW, OWN, ago, readings

BLIND = Blind(own=replace(OWN, acked=12, spooled=2), others=(OWN,), trouble=None, rate_trend=(1,), logs=())


def test_own_figures_stay_fresh_over_the_last_picture() -> None:
    """What the mirror told stays as it was; other nodes count with what they last said."""
    known = draw(ENGINE, readings(), None, ago(minutes=1))
    seen = redraw(ENGINE, known, BLIND, NOW)
    assert (seen.at, seen.number, seen.workspaces) == (NOW, known.number + 1, known.workspaces)
    assert (seen.listener.acked, seen.inbox.spooled, seen.rate_trend) == (22, 2, (1,))
    assert (seen.inbox.processed, seen.database.ok) == (known.inbox.processed, False)


def test_who_only_looks_sees_the_picture_age() -> None:
    """A command without an engine has nothing fresh to tell."""
    known = draw(LOOKER, readings(own=None), None, ago(minutes=1))
    seen = redraw(LOOKER, known, replace(BLIND, own=None), NOW)
    assert (seen.at, seen.listener, seen.inbox) == (known.at, known.listener, known.inbox)


def test_an_engine_that_never_saw_its_database_lives_all_the_same() -> None:
    """Who it is and since when is known without it."""
    seen = redraw(replace(ENGINE, started_at=ago(hours=1)), nothing_yet(NOW), BLIND, NOW)
    assert (seen.node, seen.started_at, seen.version) == ("host-a", ago(hours=1), "1.0.0")
    assert (seen.database.url, seen.score) == ("sqlite:///m.db", 0)


@pytest.mark.parametrize(
    ("spooled", "trouble", "expected"),
    [
        (0, None, ()),
        (1, None, ("1 delivery is spooled",)),
        (1200, None, ("1,200 deliveries are spooled",)),
        (7, "the spool is full", ("deliveries are refused: the spool is full",)),
    ],
)
def test_the_reasons_say_what_becomes_of_deliveries(
    spooled: int, trouble: str | None, expected: tuple[str, ...]
) -> None:
    """Nobody reads that they are spooled when they are refused."""
    blind = replace(BLIND, own=replace(OWN, spooled=spooled), trouble=trouble)
    assert redraw(ENGINE, nothing_yet(NOW), blind, NOW).reasons == (
        "the database does not answer",
        *expected,
    )
