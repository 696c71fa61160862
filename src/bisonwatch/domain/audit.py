"""The audit log: every write that was asked for over the API, also the refused ones. Who, what, when, from where, how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.status import Json, instant


@dataclass(frozen=True, slots=True)
class Deed:
    """One write. `status` is that of the answer; None where its end is not known: it is being done, or was cut off.

    `given` is what was asked for, without secrets; `error` the refusal's words.
    """

    id: UUID
    at: datetime
    who: str
    role: str
    address: str | None
    operation: str
    workspace: WorkspaceKey | None
    given: Json
    status: int | None = None
    ended_at: datetime | None = None
    error: str | None = None

    @property
    def outcome(self) -> str:
        """`done`, `refused` (the asker's fault), `failed` (ours, or the database's) or `unknown`."""
        if self.status is None:
            return "unknown"
        if self.status < 400:
            return "done"
        return "refused" if self.status < 500 else "failed"


def audit_json(deed: Deed) -> dict[str, Json]:
    """As GET /api/v1/audit tells it."""
    return {
        "id": str(deed.id),
        "at": instant(deed.at),
        "who": deed.who,
        "role": deed.role,
        "address": deed.address,
        "operation": deed.operation,
        "instance": deed.workspace.instance if deed.workspace else None,
        "workspace": deed.workspace.id if deed.workspace else None,
        "given": deed.given,
        "outcome": deed.outcome,
        "status": deed.status,
        "ended_at": instant(deed.ended_at),
        "error": deed.error,
    }
