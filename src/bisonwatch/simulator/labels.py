"""Tags put on and taken off, blacklist entries, and types nobody knows yet."""

from __future__ import annotations

from datetime import datetime

from bisonwatch.simulator.payloads import blacklist_block, tag_block
from bisonwatch.simulator.records import Account, BlacklistEntry, Campaign, Lead, LoggedEvent, Tag, Workspace
from bisonwatch.simulator.scribe import Scribe

Taggable = Account | Campaign | Lead

_CLASSES = {Account: "SenderEmail", Campaign: "Campaign", Lead: "Lead"}


def toggled(
    scribe: Scribe, workspace: Workspace, tag: Tag, target: Taggable, at: datetime, *, silent: bool = False
) -> list[LoggedEvent]:
    """The tag is attached, or removed where it was on; `silent` as a request with `skip_webhooks` is."""
    on = any(known.id == tag.id for known in target.tags)
    target.tags = [known for known in target.tags if known.id != tag.id] if on else [*target.tags, tag]
    target.updated_at = at
    if silent:
        return []
    kind = "TAG_REMOVED" if on else "TAG_ATTACHED"
    return [scribe.log(workspace, kind, tag_block(tag, target.id, _CLASSES[type(target)]), at)]


def blacklisted(scribe: Scribe, workspace: Workspace, value: str, at: datetime) -> list[LoggedEvent]:
    """An address or a whole domain enters the blacklist."""
    entry = BlacklistEntry(scribe.next_id("entry"), value, at)
    workspace.blacklist.append(entry)
    return [_entry_event(scribe, workspace, entry, "ADDED", at)]


def unlisted(scribe: Scribe, workspace: Workspace, entry: BlacklistEntry, at: datetime) -> list[LoggedEvent]:
    workspace.blacklist.remove(entry)
    return [_entry_event(scribe, workspace, entry, "REMOVED", at)]


def _entry_event(
    scribe: Scribe, workspace: Workspace, entry: BlacklistEntry, turn: str, at: datetime
) -> LoggedEvent:
    kind = f"BLACKLISTED_{entry.field.upper()}_{turn}"
    return scribe.log(workspace, kind, blacklist_block(entry, entry.field), at)


def unknown(scribe: Scribe, workspace: Workspace, kind: str, at: datetime) -> list[LoggedEvent]:
    """The provider adds types; nobody was told of this one."""
    return [scribe.log(workspace, kind, {"whatever": {"id": scribe.next_id("campaign_event")}}, at)]
