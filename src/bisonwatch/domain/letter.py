"""A dead letter: a delivery that was set aside because it could not be processed.

It waits for a person, who replays it after a fix, or discards it, and may replay it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bisonwatch.domain.delivery import DeliveryState, Source
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.status import Json, instant
from bisonwatch.errors import CallError

SHORTEST = 8
"""So many characters of an id are the least that may stand for it."""
PARTICULARS = ": "
"""A reason says what happened, then after this the particulars: what stands before it is its group."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter without its body. A `pending` one failed before and waits for its next try, at `next_try_at`."""

    id: UUID
    received_at: datetime
    instance: str
    workspace_id: int | None
    type: str
    source: Source
    state: DeliveryState
    reason: str
    attempts: int
    next_try_at: datetime | None
    ended_at: datetime | None
    """When it was set aside or discarded."""

    @property
    def workspace(self) -> WorkspaceKey | None:
        return None if self.workspace_id is None else WorkspaceKey(self.instance, self.workspace_id)

    @property
    def group(self) -> str:
        return group_of(self.reason)


@dataclass(frozen=True, slots=True)
class Group:
    """Dead letters of one kind of reason."""

    reason: str
    count: int
    newest_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters are meant; all that is given must hold. `reason` is a whole reason or how it begins."""

    reason: str | None = None
    instance: str | None = None
    workspace_id: int | None = None
    type: str | None = None
    state: DeliveryState = DeliveryState.DEAD

    @classmethod
    def of(
        cls,
        workspace: WorkspaceKey | None,
        reason: str | None = None,
        state: DeliveryState = DeliveryState.DEAD,
    ) -> Wanted:
        if workspace is None:
            return cls(reason, state=state)
        return cls(reason, workspace.instance, workspace.id, state=state)


EVERY_DEAD = Wanted()
WAYS = {
    "dead": DeliveryState.DEAD,
    "waiting": DeliveryState.PENDING,
    "discarded": DeliveryState.DISCARDED,
}
"""The states a letter may be in, as people and programs write them."""


class WhyNot(StrEnum):
    """Why a letter was left as it is."""

    MISSING = "not found"
    PROCESSED = "is no dead letter: it is processed"
    WAITS = "waits to be processed already"
    TRIED = "is no dead letter: it waits to be processed"
    BODILESS = "its body is gone: it cannot be processed again"
    AWAY = "is discarded already"

    @property
    def harmless(self) -> bool:
        """Whether it is as it was wanted already."""
        return self in (WhyNot.WAITS, WhyNot.AWAY)


@dataclass(frozen=True, slots=True)
class Changed:
    """Which letters were replayed or discarded, and which were not, each with why not."""

    ids: tuple[UUID, ...] = ()
    refused: tuple[tuple[UUID, WhyNot], ...] = ()

    def __add__(self, other: Changed) -> Changed:
        return Changed(self.ids + other.ids, self.refused + other.refused)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a face shows of the dead letters: the newest, how many of each kind of reason, and how many wait for another try."""

    letters: tuple[Letter, ...]
    groups: tuple[Group, ...]
    total: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A letter with its payload as lines of text, pretty-printed and safe to show; None when the body is gone."""

    letter: Letter
    payload: tuple[str, ...] | None


def letter_json(letter: Letter) -> dict[str, Json]:
    """A letter as programs read it: `letters list --json`, and the API."""
    return {
        "id": str(letter.id),
        "state": "waiting" if letter.state is DeliveryState.PENDING else letter.state.value,
        "reason": letter.reason,
        "group": letter.group,
        "attempts": letter.attempts,
        "received_at": instant(letter.received_at),
        "next_try_at": instant(letter.next_try_at),
        "ended_at": instant(letter.ended_at),
        "instance": letter.instance,
        "workspace": letter.workspace_id,
        "type": letter.type or None,
        "source": letter.source.value,
    }


def shelf_json(shelf: Shelf) -> dict[str, Json]:
    return {
        "total": shelf.total,
        "waiting": shelf.waiting,
        "reasons": [
            {"reason": group.reason, "count": group.count, "newest_at": instant(group.newest_at)}
            for group in shelf.groups
        ],
        "items": [letter_json(letter) for letter in shelf.letters],
    }


def group_of(reason: str) -> str:
    """What kind of reason it is, without the particulars."""
    return reason.partition(PARTICULARS)[0]


def id_range(word: str, kind: str = "letter") -> tuple[UUID, UUID]:
    """The ids of letters, or of runs, that begin with what a person wrote. Raises CallError."""
    digits = word.strip().replace("-", "").lower()
    if not SHORTEST <= len(digits) <= 32 or not all(digit in "0123456789abcdef" for digit in digits):
        raise CallError(
            f"'{word}' is not the id of a {kind}, nor the first {SHORTEST} or more characters of one",
            hint=f"`bisonwatch {kind}s list` shows the ids",
        )
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
