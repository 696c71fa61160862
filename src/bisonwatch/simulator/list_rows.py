"""REST rows of the small lists."""

from __future__ import annotations

from datetime import datetime

from bisonwatch.simulator.moments import stamp
from bisonwatch.simulator.records import BlacklistEntry, Variable

Row = dict[str, object]


def variable(variable: Variable) -> Row:
    at = stamp(variable.created_at)
    return {"id": variable.id, "name": variable.name, "created_at": at, "updated_at": at}


def blacklisted(entry: BlacklistEntry) -> Row:
    at = stamp(entry.created_at)
    return {"id": entry.id, entry.field: entry.value, "created_at": at, "updated_at": at}


def lead_list(number: int, name: str, leads: int, created_at: datetime) -> Row:
    at = stamp(created_at)
    return {
        "id": number,
        "name": name,
        "status": "Processed",
        "leads_processed": leads,
        "leads_succeeded": leads,
        "leads_failed": 0,
        "error_messages": [],
        "created_at": at,
        "updated_at": at,
    }
