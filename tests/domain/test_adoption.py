from __future__ import annotations

import pytest

from bisonwatch.domain.adoption import How, Known, Match, OldWorkspace, Ours, Verdict, judge, match
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.stage import Author


def key(number: int, instance: str = "main") -> WorkspaceKey:
    return WorkspaceKey(instance, number)


OURS = (
    Known(key(1), "Northwind", "Northwind"),
    Known(key(2), "Harbour Labs", "Harbour Labs"),
    Known(key(3), "Twin", "Twin"),
    Known(key(4), "Twin (main/4)", "Twin"),
    Known(key(1, "second"), "Orchard", "Orchard"),
    Known(key(5), "harbour bay", "harbour bay"),
    Known(key(6), "Harbour Bay", "Harbour Bay"),
)


@pytest.mark.parametrize(
    ("old", "how", "found", "candidates"),
    [
        (OldWorkspace("Northwind"), How.NAME, key(1), ()),
        (OldWorkspace("Northwind", 1), How.NAME, key(1), ()),
        (OldWorkspace(" harbour  LABS"), How.CASE, key(2), ()),
        (OldWorkspace("Harbour Bay"), How.NAME, key(6), ()),
        (OldWorkspace("HARBOUR BAY"), How.AMBIGUOUS, None, (key(5), key(6))),
        (OldWorkspace("HARBOUR BAY", 5), How.CASE, key(5), ()),
        (OldWorkspace("Twin"), How.AMBIGUOUS, None, (key(3), key(4))),
        (OldWorkspace("Twin", 4), How.NAME, key(4), ()),
        (OldWorkspace("Twin (main/4)"), How.NAME, key(4), ()),
        (OldWorkspace("Renamed since", 2), How.ID, key(2), ()),
        (OldWorkspace("Renamed since", 1), How.AMBIGUOUS, None, (key(1), key(1, "second"))),
        (OldWorkspace("Renamed since", 1, "second"), How.ID, key(1, "second"), ()),
        (OldWorkspace("Northwind", 2), How.AMBIGUOUS, None, (key(1), key(2))),
        (OldWorkspace("Northwind", 77), How.NAME, key(1), ()),
        (OldWorkspace("Nobody", 77), How.UNKNOWN, None, ()),
        (OldWorkspace("Told", 77), How.MAPPED, key(2), ()),
    ],
)
def test_which_workspace_is_which(
    old: OldWorkspace, how: How, found: WorkspaceKey | None, candidates: tuple[WorkspaceKey, ...]
) -> None:
    """A person's word, the name, the name whatever its case, the id; where they disagree or several answer, nobody guesses."""
    assert match(old, OURS, {"Told": key(2)}) == Match(old, how, found, candidates)


@pytest.mark.parametrize(
    ("stage", "ours", "verdict"),
    [
        ("won", None, Verdict.NEW),
        (None, None, Verdict.NEW),
        ("won", Ours("contacted", Author.AUTO), Verdict.TAKEN),
        ("won", Ours("lost", Author.PERSON), Verdict.KEPT),
        ("won", Ours("won", Author.PERSON), Verdict.SAME),
        ("interested", Ours("contacted", Author.AUTO), Verdict.AUTOMATIC),
        ("Interested", Ours("won", Author.PERSON), Verdict.AUTOMATIC),
        ("Replied", Ours("contacted", Author.AUTO), Verdict.TAKEN),
        ("replied", Ours("replied", Author.AUTO), Verdict.TAKEN),
        ("replied", Ours("replied", Author.PERSON), Verdict.SAME),
        ("won", Ours("won", Author.AUTO), Verdict.TAKEN),
        (None, Ours("contacted", Author.AUTO), Verdict.AUTOMATIC),
    ],
)
def test_which_stage_is_a_persons(stage: str | None, ours: Ours | None, verdict: Verdict) -> None:
    """One that the older system does not write by itself, or that was named; a person's here stays."""
    assert judge(stage, ours, {"replied"}) is verdict
