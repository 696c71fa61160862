"""Pictures as messages of a stream: the whole one for a newcomer, then only what changed, and the reading of both."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel, ValidationError, create_model

from bisonwatch.domain.snapshot import AlertRow, EventRow, LogRow, RunRow, Snapshot, WorkspaceRow
from bisonwatch.protocol.codec import Unreadable, decode, encode, unreadable
from bisonwatch.protocol.edits import Edit, edit, edited
from bisonwatch.protocol.sse import Message, written

WHOLE, FIGURES = "snapshot", "figures"


@dataclass(frozen=True, slots=True)
class Kind:
    """One list of the picture that is told row by row. `said`: what of a row makes it another one."""

    event: str
    field: str
    hint: Any
    said: Callable[[Any], Hashable] = lambda row: row


LISTS = (
    Kind("workspace", "workspaces", Edit[WorkspaceRow], lambda row: (row.key, row.version)),
    Kind("event", "events", Edit[EventRow]),
    Kind("run", "runs", Edit[RunRow]),
    Kind("alert", "alerts", Edit[AlertRow]),
    Kind("log", "logs", Edit[LogRow]),
)
KINDS = {kind.event: kind for kind in LISTS}
PLAIN = tuple(field.name for field in fields(Snapshot) if field.name not in {kind.field for kind in LISTS})
READ_AT = "workspaces_as_of"
"""In `figures`, where it is: when the figures of every workspace were read, those that stayed the same too."""


@cache
def _figures() -> type[BaseModel]:
    """All the rest of a picture, as much of it as changed."""
    hints = get_type_hints(Snapshot)
    told: dict[str, Any] = {name: (hints[name], None) for name in PLAIN} | {READ_AT: (datetime, None)}
    return create_model("Figures", **told)


def whole(picture: Snapshot, boot: str) -> bytes:
    """The message for a newcomer."""
    return written(Message(WHOLE, encode(picture, Snapshot), f"{boot}.{picture.number}"))


def changes(before: Snapshot, after: Snapshot, boot: str, *, read_at: bool = True) -> bytes:
    """The messages from one picture to the next; `figures` is the last, and only it has an id, so that nobody resumes in between.

    `read_at`: whether the moment at which workspaces were read is told as well, which each reader pays for row by row.
    """
    lists = [_list(kind, before, after) for kind in LISTS]
    told = {name: getattr(after, name) for name in PLAIN if getattr(after, name) != getattr(before, name)}
    told |= {"number": after.number, "at": after.at}
    if read_at and (moment := _read_at(after)) is not None:
        told[READ_AT] = moment
    data = _figures().model_construct(**told).model_dump_json(exclude_unset=True)
    return b"".join((*lists, written(Message(FIGURES, data.encode(), f"{boot}.{after.number}"))))


def _list(kind: Kind, before: Snapshot, after: Snapshot) -> bytes:
    change = edit(getattr(before, kind.field), getattr(after, kind.field), kind.said)
    return b"" if change is None else written(Message(kind.event, encode(change, kind.hint)))


def _read_at(picture: Snapshot) -> datetime | None:
    """None where they were read at several moments."""
    moments = {row.as_of for row in picture.workspaces}
    return moments.pop() if len(moments) == 1 else None


class Reading:
    """Messages, in their order, to pictures. `last` is the id to resume after."""

    def __init__(self) -> None:
        self.picture: Snapshot | None = None
        self.last: str | None = None
        self._lists: dict[str, tuple[Any, ...]] = {}

    def take(self, message: Message) -> Snapshot | None:
        """The next picture, when the message completes one. Raises Unreadable; a message of an unknown kind says nothing."""
        if message.event == WHOLE:
            self.picture = decode(message.data, Snapshot)
        elif message.event in KINDS:
            self._change(KINDS[message.event], message.data)
            return None
        elif message.event == FIGURES:
            self.picture = self._next(message.data)
        else:
            return None
        self._lists = {}
        self.last = message.id or self.last
        return self.picture

    def _change(self, kind: Kind, data: bytes) -> None:
        if self.picture is None:
            raise Unreadable("changes of a picture that never came")
        try:
            self._lists[kind.field] = edited(getattr(self.picture, kind.field), decode(data, kind.hint))
        except Unreadable:
            raise
        except ValueError as error:
            raise Unreadable(f"{kind.event}: {error}") from error

    def _next(self, data: bytes) -> Snapshot:
        if self.picture is None:
            raise Unreadable("changes of a picture that never came")
        try:
            told = _figures().model_validate_json(data)
        except ValidationError as error:
            raise unreadable(error) from None
        known: dict[str, Any] = {name: getattr(told, name) for name in told.model_fields_set}
        moment = known.pop(READ_AT, None)
        after = replace(self.picture, **(known | self._lists))
        return after if moment is None else _read(after, moment)


def _read(picture: Snapshot, moment: datetime) -> Snapshot:
    return replace(picture, workspaces=tuple(replace(row, as_of=moment) for row in picture.workspaces))
