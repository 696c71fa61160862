"""One row of the older system's tables, from whichever of their columns are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bisonwatch.domain.adoption import OldLead, OldWorkspace
from bisonwatch.domain.clean import clean, clean_or_none
from bisonwatch.store.adopt import cells

_STAGE = 100
WORKSPACE: Mapping[str, Sequence[str]] = {
    "name": ("workspace_name", "name"),
    "id": ("workspace_id", "bison_workspace_id", "bison_id"),
    "instance": ("bison_instance", "instance"),
    "target": ("kpi_target", "monthly_kpi_target", "monthly_kpi", "kpi"),
    "active": ("is_active", "active"),
}
LEAD: Mapping[str, Sequence[str]] = {
    "workspace_name": ("workspace_name",),
    "lead_email": ("lead_email", "email"),
    "pipeline_stage": ("pipeline_stage",),
    "updated_at": ("updated_at", "created_at"),
    "date_received": ("date_received",),
}
_TEXTS = ("first_name", "last_name", "company", "title", "phone", "state", "status")
_NUMBERS: Mapping[str, Sequence[str]] = {
    "lead_id": ("lead_id", "bison_lead_id"),
    "reply_id": ("reply_id", "bison_reply_id"),
    "campaign_id": ("campaign_id",),
    "sender_email_id": ("sender_email_id", "sender_id"),
}
_MOMENTS = ("updated_at", "date_received")
_READ: Mapping[str, Callable[[object], object]] = {"target": cells.small, "active": cells.truth}
_SHOWN = 40
LeadName = tuple[str, str]
"""An older workspace's name and a lead's address in lower case."""

ALL_OF_A_LEAD = {**LEAD, **{name: (name,) for name in _TEXTS}, **_NUMBERS}


def workspace(row: Mapping[str, Any]) -> OldWorkspace | None:
    name = clean_or_none(row.get("name"))
    if not name:
        return None
    wrong = [column for column, read in _READ.items() if cells.unreadable(row.get(column), read)]
    return OldWorkspace(
        name,
        cells.number(row.get("id")),
        clean_or_none(row.get("instance")),
        cells.small(row.get("target")),
        cells.truth(row.get("active")),
        tuple((column, clean(str(row[column]), _SHOWN)) for column in wrong),
    )


def lead_name(row: Mapping[str, Any]) -> LeadName | None:
    workspace, email = clean_or_none(row.get("workspace_name")), clean_or_none(row.get("lead_email"))
    return (workspace, email.lower()) if workspace and email and "@" in email else None


def lead(row: Mapping[str, Any]) -> OldLead | None:
    name = lead_name(row)
    if name is None:
        return None
    read = dict.fromkeys(_NUMBERS, cells.number) | dict.fromkeys(_MOMENTS, cells.moment)
    return OldLead(
        workspace_name=name[0],
        email=name[1],
        stage=clean_or_none(row.get("pipeline_stage"), _STAGE),
        at=cells.moment(row.get("updated_at")),
        answered_at=cells.moment(row.get("date_received")),
        texts={name: clean_or_none(row.get(name)) for name in _TEXTS},
        numbers={name: cells.number(row.get(name)) for name in _NUMBERS},
        unread=tuple(name for name, kind in read.items() if cells.unreadable(row.get(name), kind)),
    )
