"""What jobs did: runs looked up by people, for the command line and the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from bisonwatch.domain.history import Place, RunPage, Wish, named
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import id_range
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.errors import CallError
from bisonwatch.store import history, runs, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.tx import Tx

PAGE = 100
CANDIDATES = 5


class History:
    """Reads only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wish: Wish, after: Place | None = None, limit: int = PAGE) -> RunPage:
        """Finished runs, the last asked for first."""
        async with self._database.read() as tx:
            return await history.page(tx, wish, await _names(tx), limit, after)

    async def open(self, wish: Wish) -> tuple[RunRow, ...]:
        """Those that are queued or running, in the order of asking."""
        async with self._database.read() as tx:
            names, found = await _names(tx), await runs.open_runs(tx)
        return tuple(row for run in found if wish.keeps(row := named(run, names)))

    async def one(self, run: UUID) -> RunRow | None:
        """None when there is no such run, or no more."""
        async with self._database.read() as tx:
            found = await runs.get(tx, run)
            return named(found, await _names(tx)) if found else None

    async def find(self, word: str) -> RunRow:
        """The run whose id is, or begins with, a word. Raises CallError when none or several do."""
        lowest, highest = id_range(word, "run")
        async with self._database.read() as tx:
            found = await history.beginning(tx, lowest, highest, CANDIDATES + 1)
            names = await _names(tx)
        if len(found) == 1:
            return named(found[0], names)
        if not found:
            raise CallError(f"there is no run '{word}'", hint="`bisonwatch runs list` shows those there are")
        raise CallError(f"more than one run begins with '{word}': {_several([run.id for run in found])}")


def _several(ids: Sequence[UUID]) -> str:
    return ", ".join(map(str, ids[:CANDIDATES])) + (", …" if len(ids) > CANDIDATES else "")


async def _names(tx: Tx) -> Mapping[WorkspaceKey, str]:
    return await workspaces.names(tx)
