"""The Feed over an engine, on the engine's own loop; and from another thread, for a terminal that shares the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bisonwatch.cache import roster
from bisonwatch.domain.absence import Absence
from bisonwatch.domain.comparison import Books, History
from bisonwatch.domain.feed import CarriedFeed, Preview
from bisonwatch.domain.history import Place, RunPage, Wish
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Changed, Opened, Shelf, Wanted
from bisonwatch.domain.link import Link
from bisonwatch.domain.roster import AccountCard, Mark, Roster
from bisonwatch.domain.run import Job, Part
from bisonwatch.domain.snapshot import RunRow, Snapshot
from bisonwatch.domain.subscription import Hook, Landing, Mended
from bisonwatch.engine.host import EngineHost

if TYPE_CHECKING:
    from bisonwatch.engine.service import Engine

TERMINAL = "terminal"


class EngineFeed:
    """`by`: who asks, for the runs that come of it."""

    def __init__(self, engine: Engine, by: str = TERMINAL) -> None:
        self._engine = engine
        self._by = by

    @property
    def title(self) -> str:
        return self._engine.place.shown

    @property
    def link(self) -> Link | None:
        return None

    def snapshot(self) -> Snapshot:
        return self._engine.snapshot()

    async def preview(self, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...]) -> Preview:
        return await self._engine.requests.preview(workspaces, parts)

    async def resync(self, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...]) -> tuple[UUID, ...]:
        return await self._engine.requests.ask(Job.RESYNC, workspaces, parts, self._by)

    async def poll(self, workspaces: tuple[WorkspaceKey, ...]) -> tuple[UUID, ...]:
        return await self._engine.requests.ask(Job.POLL, workspaces, (), self._by)

    async def run_job(self, job: Job) -> UUID:
        return await self._engine.requests.run_job(job, self._by)

    async def letters(self) -> Shelf:
        return await self._engine.letters.shelf()

    async def letter(self, letter: UUID) -> Opened | None:
        return await self._engine.letters.open(letter)

    async def replay(self, letters: tuple[UUID, ...] | Wanted) -> Changed:
        return await self._engine.letters.replay(letters)

    async def discard(self, letters: tuple[UUID, ...] | Wanted) -> Changed:
        return await self._engine.letters.discard(letters)

    async def accounts(self, known: Mapping[WorkspaceKey, Mark]) -> Roster:
        return await roster.news(self._engine.database, known)

    async def account(self, instance: str, number: int) -> AccountCard | None:
        return await roster.card(self._engine.database, instance, number)

    async def confirm_absent(self, workspace: WorkspaceKey, seen: Absence) -> int:
        return await self._engine.requests.confirm_absent(workspace, seen, self._by)

    async def runs(self, wish: Wish, after: Place | None) -> RunPage:
        return await self._engine.history.page(wish, after)

    async def run(self, run: UUID) -> RunRow | None:
        return await self._engine.history.one(run)

    async def again(self, run: UUID) -> UUID:
        return await self._engine.requests.again(run, self._by)

    async def cancel_queued(self) -> int:
        return await self._engine.requests.cancel_queued()

    async def books(self) -> Books:
        return await self._engine.comparisons.books()

    async def history(self, workspace: WorkspaceKey) -> History:
        return await self._engine.comparisons.history(workspace)

    async def compare(self, workspaces: tuple[WorkspaceKey, ...]) -> tuple[UUID, ...]:
        return await self._engine.requests.ask(Job.CONSISTENCY, workspaces, (), self._by)

    async def hooks(self) -> tuple[Hook, ...]:
        return await self._engine.hooks.all()

    async def look(self, workspace: WorkspaceKey) -> Hook:
        return await self._engine.hooks.look(workspace)

    async def mend(self, workspace: WorkspaceKey) -> Mended:
        return await self._engine.hooks.repair(workspace)

    async def fly(self, workspace: WorkspaceKey) -> Landing:
        return await self._engine.hooks.test(workspace)

    async def cancel(self, run: UUID) -> bool:
        return await self._engine.requests.cancel(run)


class HostedFeed(CarriedFeed):
    """Over an engine in a thread of its own. Before that runs, the picture is the empty one it was given."""

    def __init__(self, host: EngineHost, title: str, before: Snapshot) -> None:
        self._host = host
        self._title = title
        self._before = before

    @property
    def title(self) -> str:
        return self._title

    def snapshot(self) -> Snapshot:
        engine = self._host.engine
        return engine.snapshot() if engine else self._before

    async def carry(self, name: str, *given: object) -> Any:
        return await self._host.call(lambda engine: getattr(EngineFeed(engine), name)(*given))
