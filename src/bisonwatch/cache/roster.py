"""The accounts for who looks through all of them: what changed since they looked last, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.roster import MOST, AccountCard, Mark, Roster, within
from bisonwatch.store import account_walks, roster, workspaces
from bisonwatch.store.database import Database


async def news(database: Database, known: Mapping[WorkspaceKey, Mark], most: int = MOST) -> Roster:
    """What a face that knows workspaces by these marks does not know yet. All of one moment where the database can."""
    async with database.read() as tx:
        marks = await roster.marks(tx)
        kept, left_out = within({key: mark.accounts for key, mark in marks.items()}, most)
        changed = [key for key in kept if known.get(key) != marks[key]]
        return Roster(
            marks={key: marks[key] for key in kept},
            rows={key: tuple(await roster.of(tx, key)) for key in changed},
            names=await workspaces.names(tx),
            absences=await account_walks.waiting(tx),
            left_out=left_out,
        )


async def card(database: Database, instance: str, number: int) -> AccountCard | None:
    """One account with everything that is known of it; None when there is none."""
    async with database.read() as tx:
        return await roster.card(tx, instance, number)
