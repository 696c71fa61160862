"""A client's workspace at the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.domain.ids import WorkspaceKey


@dataclass(frozen=True, slots=True)
class Workspace:
    """One row of the registry. `name` is our unique display name; `provider_name` is the provider's own."""

    key: WorkspaceKey
    name: str
    provider_name: str
    url: str | None
    active: bool
    kpi_target: int | None
    first_seen_at: datetime


def display_name(provider_name: str, key: WorkspaceKey, taken: bool) -> str:
    """The provider's name, plus the key where another workspace already has that name."""
    return f"{provider_name} ({key})" if taken else provider_name
