"""Who is who. A workspace is (instance, provider id); ids are unique per instance only."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from bisonwatch.errors import CallError, UnknownWorkspace

_POLLED = uuid.UUID("5d0c64cf-3f0b-5f4d-9f4e-0a5b1c2d3e4f")
_KEY = r"^[^\x00]+/[0-9]{1,18}$"
"""What `parse_key` takes, for JSON schemas."""


class WorkspaceKey(NamedTuple):
    """A workspace's identity; people write `instance/id`. A tuple, since each event looks it up a dozen times."""

    instance: str
    id: int

    def __str__(self) -> str:
        return f"{self.instance}/{self.id}"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: object, handler: Callable[[object], object]
    ) -> dict[str, object]:
        """In JSON it is `instance/id` as well, in a list as in the key of an object: what codecs by type hints ask for."""
        read = {"type": "no-info", "function": parse_key}
        return {
            "type": "function-after",
            "function": read,
            "schema": handler(str),
            "serialization": {"type": "to-string"},
        }

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: object, handler: Callable[[object], dict[str, object]]
    ) -> dict[str, object]:
        return {**handler(core), "pattern": _KEY}


def uuid7(at: datetime) -> uuid.UUID:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, then 74 random bits, so that keys made later sort later."""
    milliseconds = int(at.timestamp() * 1000)
    noise = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | (noise >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | noise & ((1 << 62) - 1)
    return uuid.UUID(int=value)


def polled_delivery_id(instance: str, log_uuid: str) -> uuid.UUID:
    """The one id of an event-log row, however often it is polled: UUIDv5 of (instance, the log's uuid)."""
    return uuid.uuid5(_POLLED, f"{instance}\n{log_uuid}")


def listed_row_id(workspace: WorkspaceKey, kind: str, number: int) -> uuid.UUID:
    """What stands for the delivery where a fact was read from one of the provider's lists, however often: UUIDv5 of the row."""
    return uuid.uuid5(_POLLED, f"{workspace}\n{kind}\n{number}")


def resolve(word: str, known: Iterable[tuple[WorkspaceKey, str]]) -> WorkspaceKey:
    """The workspace a person means: `instance/id`, or an id or name where only one answers to it.

    Raises UnknownWorkspace naming the candidates when several or none do.
    """
    pairs = list(known)
    wanted = word.strip()
    hits = [key for key, name in pairs if wanted == str(key)]
    hits = hits or [
        key for key, name in pairs if wanted == str(key.id) or wanted.casefold() == name.casefold()
    ]
    if len(hits) == 1:
        return hits[0]
    if hits:
        several = ", ".join(f"{key} ({name})" for key, name in pairs if key in hits)
        raise UnknownWorkspace(
            f"'{word}' is the name of {len(hits)} workspaces: {several}", hint="write instance/id"
        )
    near = [f"{key} ({name})" for key, name in pairs if wanted.casefold() in name.casefold()][:5]
    hint = f"did you mean {', '.join(near)}?" if near else "`bisonwatch status` lists them"
    raise UnknownWorkspace(f"no workspace answers to '{word}'", hint=hint)


def parse_key(text: str) -> WorkspaceKey:
    """`main/12` as a WorkspaceKey. Raises CallError."""
    instance, slash, number = text.rpartition("/")
    if not slash or not instance or not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise CallError(f"'{text}' is not a workspace: write instance/id, such as main/12")
    return WorkspaceKey(instance, int(number))
