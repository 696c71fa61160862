"""Whom the workers work for: registered, active workspaces that a key serves."""

from __future__ import annotations

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.domain.workspace import Workspace
from bisonwatch.store import workspaces
from bisonwatch.store.database import Database
from bisonwatch.sync.providers import Providers


async def registered(database: Database, providers: Providers) -> list[Workspace]:
    """Every workspace of the registry, by key."""
    async with database.read() as tx:
        return await workspaces.all_of(tx, providers.urls)


async def active(database: Database, providers: Providers, share: Share = WHOLE) -> tuple[WorkspaceKey, ...]:
    """Those to be read, of one share."""
    return tuple(
        workspace.key
        for workspace in await registered(database, providers)
        if workspace.active and providers.serves(workspace.key) and share.holds(providers.slot(workspace.key))
    )
