"""Small lists of a workspace: tags, custom variables, and whom it never writes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.clients.bison.fields import Raw, block, email, flag, instant, rows, text, word
from bisonwatch.clients.bison.rows import needed, row_id


def tag_names(raw: Raw) -> tuple[str, ...]:
    """The names of the tags that a row carries."""
    return tuple(name for tag in rows(raw.get("tags")) if (name := text(block(tag).get("name"))))


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag; `default` ones came with the workspace."""

    id: int
    name: str
    default: bool
    updated_at: datetime | None


def tag_row(raw: Raw) -> TagRow:
    return TagRow(
        row_id(raw),
        needed(text(raw.get("name")), "name", raw.get("name")),
        flag(raw.get("default")) or False,
        instant(raw.get("updated_at")),
    )


@dataclass(frozen=True, slots=True)
class VariableRow:
    """A custom variable that leads of the workspace may have."""

    id: int
    name: str
    updated_at: datetime | None


def variable_row(raw: Raw) -> VariableRow:
    name = needed(text(raw.get("name")), "name", raw.get("name"))
    return VariableRow(row_id(raw), name, instant(raw.get("updated_at")))


@dataclass(frozen=True, slots=True)
class BlockedRow:
    """An address or a domain, lower case, that the workspace never writes to."""

    id: int
    what: str
    created_at: datetime | None


def blocked_email(raw: Raw) -> BlockedRow:
    address = needed(email(raw.get("email")), "email", raw.get("email"))
    return BlockedRow(row_id(raw), address, instant(raw.get("created_at")))


def blocked_domain(raw: Raw) -> BlockedRow:
    domain = needed(word(raw.get("domain"), 253), "domain", raw.get("domain"))
    return BlockedRow(row_id(raw), domain, instant(raw.get("created_at")))
