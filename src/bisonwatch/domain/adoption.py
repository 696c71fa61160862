"""What of an existing database of an older system is taken over: which workspace is which, and which stage is a person's word."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.stage import Author, Marks, Stage

AUTOMATIC: frozenset[str] = frozenset(Stage)
"""Words that the older system wrote by itself too: nobody can tell whether a person meant one."""


@dataclass(frozen=True, slots=True)
class OldWorkspace:
    """A name in the older database, with what its registry says beside it; `unread` are columns whose value says nothing."""

    name: str
    id: int | None = None
    instance: str | None = None
    target: int | None = None
    active: bool | None = None
    unread: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A workspace of ours."""

    key: WorkspaceKey
    name: str
    provider_name: str
    target: int | None = None
    active: bool = True


class How(StrEnum):
    """How a workspace was found, or why not."""

    MAPPED = "as told"
    NAME = "by name"
    CASE = "by name, but for its case"
    ID = "by id"
    UNKNOWN = "unknown here"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Match:
    """`key` is None where nothing, or more than one thing, answers; `candidates` are then those that do."""

    old: OldWorkspace
    how: How
    key: WorkspaceKey | None = None
    candidates: tuple[WorkspaceKey, ...] = ()


def match(old: OldWorkspace, known: Sequence[Known], told: Mapping[str, WorkspaceKey]) -> Match:
    """A person's word first; then the name, exactly and then whatever its case; then the id. An id that says otherwise than the
    name makes it ambiguous.
    """
    if old.name in told:
        return Match(old, How.MAPPED, told[old.name])
    by_id = _by_id(old, known)
    for how, hits in ((How.NAME, _named(old, known)), (How.CASE, _folded(old, known))):
        sure = [key for key in hits if key in by_id] or hits
        if len(sure) > 1 or (len(sure) == 1 and by_id and sure[0] not in by_id):
            return Match(old, How.AMBIGUOUS, None, tuple(dict.fromkeys((*sure, *by_id))))
        if sure:
            return Match(old, how, sure[0])
    if len(by_id) == 1:
        return Match(old, How.ID, by_id[0])
    return Match(old, How.AMBIGUOUS if by_id else How.UNKNOWN, None, tuple(by_id))


def _by_id(old: OldWorkspace, known: Sequence[Known]) -> list[WorkspaceKey]:
    here = [item.key for item in known if item.key.id == old.id]
    told = [key for key in here if key.instance == old.instance]
    return told or here


def _named(old: OldWorkspace, known: Sequence[Known]) -> list[WorkspaceKey]:
    """Our own name is unique, so it decides; the provider's may be several workspaces'."""
    ours = [item.key for item in known if item.name == old.name]
    theirs = [item.key for item in known if item.provider_name == old.name]
    return theirs if len(theirs) > 1 else ours or theirs


def _folded(old: OldWorkspace, known: Sequence[Known]) -> list[WorkspaceKey]:
    wanted = _fold(old.name)
    return [item.key for item in known if wanted in (_fold(item.name), _fold(item.provider_name))]


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())


@dataclass(frozen=True, slots=True)
class OldLead:
    """One row of the older `client_leads`, made safe. `at` is when the row was last written; `unread` are columns whose value says
    nothing.
    """

    workspace_name: str
    email: str
    stage: str | None
    at: datetime | None
    answered_at: datetime | None = None
    texts: Mapping[str, str | None] = field(default_factory=dict)
    numbers: Mapping[str, int | None] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ours:
    """The stage of a lead here."""

    stage: str | None
    author: Author


class Verdict(StrEnum):
    """What becomes of an old lead."""

    NEW = "unknown here"
    TAKEN = "taken"
    SAME = "same"
    KEPT = "kept"
    AUTOMATIC = "automatic"


def judge(stage: str | None, ours: Ours | None, also: Collection[str] = ()) -> Verdict:
    """A stage outside the automatic words is a person's, and `also` those named; one that a person set here is never overwritten."""
    if ours is None:
        return Verdict.NEW
    if not is_persons(stage, also):
        return Verdict.AUTOMATIC
    if ours.author is Author.AUTO:
        return (
            Verdict.TAKEN
        )  # also where the words are the same: the next event would change an automatic one
    return Verdict.SAME if stage == ours.stage else Verdict.KEPT


def is_persons(stage: str | None, also: Collection[str] = ()) -> bool:
    word = (stage or "").casefold()
    return bool(word) and (word not in AUTOMATIC or word in also)


def marks_of(lead: OldLead) -> Marks:
    """For a lead that is unknown here: the older row is no older than what it tells, so its date is the latest that each turn can
    have; the provider's own, earlier date wins when it comes.
    """
    word, at = (lead.stage or "").casefold(), lead.at
    return Marks(
        contacted_at=at if word == Stage.CONTACTED else None,
        replied_at=lead.answered_at or (at if word == Stage.REPLIED else None),
        interested_at=at if word == Stage.INTERESTED else None,
        bounced_at=at if word == Stage.BOUNCED else None,
        unsubscribed_at=at if word == Stage.UNSUBSCRIBED else None,
    )
