"""What the words of `bisonwatch accounts` have in common: who waits, and how it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bisonwatch.domain.absence import Absence
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store import account_walks, accounts, workspaces
from bisonwatch.store.database import Database

NAMED = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """The absent accounts of one workspace, with its name and their addresses."""

    key: WorkspaceKey
    name: str
    absence: Absence
    addresses: Mapping[int, str]

    @property
    def lines(self) -> list[str]:
        """For people: how many and since when, then the first few."""
        said = f" (confirmed by {self.absence.confirmed_by})" if self.absence.confirmed else ""
        since = f", since {self.absence.since:%Y-%m-%d %H:%M} UTC" if self.absence.since else ""
        named = [f"  {address}" for _, address in sorted(self.addresses.items())[:NAMED]]
        more = len(self.addresses) - len(named)
        rest = [f"  and {more:,} more"] if more else []
        return [f"{self.key} {self.name}: {self.absence}{since}{said}", *named, *rest]

    @property
    def json(self) -> dict[str, object]:
        absence = self.absence
        return {
            "instance": self.key.instance,
            "workspace": self.key.id,
            "name": self.name,
            "since": absence.since.isoformat() if absence.since else None,
            "of": absence.stored or None,
            "held": [self._one(number) for number in sorted(absence.held)],
            "elsewhere": [self._one(number) for number in sorted(absence.elsewhere)],
            "confirmed_at": absence.confirmed_at.isoformat() if absence.confirmed_at else None,
            "confirmed_by": absence.confirmed_by,
        }

    def _one(self, number: int) -> dict[str, object]:
        return {"id": number, "email": self.addresses.get(number)}


async def waiting(database: Database) -> list[Waiting]:
    """Every workspace where somebody waits, by key."""
    async with database.read() as tx:
        found = await account_walks.waiting(tx)
        names = await workspaces.names(tx)
        return [
            Waiting(
                key,
                names.get(key, ""),
                absence,
                await accounts.addresses(tx, key, absence.held | absence.elsewhere),
            )
            for key, absence in found.items()
        ]
