from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from bisonwatch.domain.adoption import OldLead
from bisonwatch.domain.doubles import Merged, merged


def row(stage: str | None, day: int | None, name: str | None = None, number: int | None = None) -> OldLead:
    at = datetime(2026, 10, day, tzinfo=UTC) if day else None
    return OldLead("Desk", "palle@molar.example", stage, at, None, {"company": name}, {"reply_id": number})


@pytest.mark.parametrize(
    ("rows", "stage", "beaten"),
    [
        ((row("won", 1),), "won", ()),
        ((row("won", 1), row("replied", 9)), "won", ()),
        ((row("won", None), row(None, 9)), "won", ()),
        ((row("won", 1), row("lost", 2)), "lost", ("won",)),
        ((row("won", None), row("lost", 1), row("nurture", 2)), "nurture", ("lost", "won")),
        ((row("won", 1), row("Won", 2)), "Won", ()),
        ((row("contacted", 3), row("replied", 2)), "contacted", ()),
        ((row("replied", 1), row(None, 2), row("", 3)), "replied", ()),
        ((row("won", 2), row("lost", 2)), "won", ("lost",)),
    ],
)
def test_which_row_s_stage_is_the_lead_s(
    rows: tuple[OldLead, ...], stage: str, beaten: tuple[str, ...]
) -> None:
    """A person's before an automatic one, any before none, then the newest; in whichever order they are read."""
    for order in permutations(rows):
        found = merged(order)
        assert (found.lead.stage, found.beaten) == (stage, beaten)


def test_a_named_automatic_stage_is_a_person_s_here_too() -> None:
    """What `--also` names beats a newer stage that nobody meant."""
    rows = row("replied", 1), row("interested", 2)
    assert merged(rows, {"replied"}).lead.stage == "replied"
    assert merged(rows).lead.stage == "interested"


def test_the_others_fill_what_is_empty() -> None:
    """Each value is the best row's that has it, so that nothing known is lost; 0 is a value."""
    rows = row("won", 1), row("replied", 3, "Newest", 0), row("replied", 2, "Older", 7)
    wanted = row("won", 1, "Newest", 0)
    assert [merged(order) for order in permutations(rows)] == [Merged(wanted)] * 6
