"""Workspaces, and who a key is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.clients.bison.fields import Raw, block, flag, ident, instant, text
from bisonwatch.clients.bison.rows import Broken, row_id
from bisonwatch.logs import redact


@dataclass(frozen=True, slots=True)
class WorkspaceRow:
    """What the slim and the full form of a workspace have in common."""

    id: int
    name: str
    main: bool
    parent_id: int | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the key is, and which workspace every other call with it reads. `changed_at` is when the user's record changed."""

    user_id: int | None
    user_name: str | None
    workspace: WorkspaceRow
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """How a workspace fills its master inbox; None stands for a setting the answer did not hold."""

    sync_all_emails: bool | None
    smart_warmup_filter: bool | None
    auto_interested: bool | None


def workspace_row(raw: Raw) -> WorkspaceRow:
    """A workspace; its `webhooks_secret_key` is not kept, only made known to the log's redactor."""
    secret = raw.get("webhooks_secret_key")
    redact.learn(secret if isinstance(secret, str) else None)
    return WorkspaceRow(
        row_id(raw),
        text(raw.get("name")) or "",
        flag(raw.get("main")) or False,
        ident(raw.get("parent_id")),
        instant(raw.get("updated_at")),
    )


def identity(raw: Raw) -> Identity:
    """`GET /api/users`; the workspace is under `workspace` or, in older versions, `team`."""
    place = block(raw.get("workspace")) or block(raw.get("team"))
    changed_at = instant(raw.get("updated_at"))
    return Identity(ident(raw.get("id")), text(raw.get("name")), workspace_row(place), changed_at)


def inbox_settings(raw: Raw) -> InboxSettings:
    found = InboxSettings(
        flag(raw.get("sync_all_emails")),
        flag(raw.get("smart_warmup_filter")),
        flag(raw.get("auto_interested_categorization")),
    )
    if found == InboxSettings(None, None, None):
        raise Broken("sync_all_emails", "none of the settings is there")
    return found


def minted_key(raw: Raw) -> str:
    """The plain text of a key just made, made known to the log's redactor at once."""
    key = raw.get("plain_text_token")
    if not isinstance(key, str) or not key:
        raise Broken("plain_text_token", "missing")
    redact.learn(key)
    return key
