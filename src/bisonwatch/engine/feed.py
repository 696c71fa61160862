"""The terminal's Feed over the engine in this process."""

from __future__ import annotations

from uuid import UUID

from bisonwatch.domain.comparison import Books, History
from bisonwatch.domain.feed import Preview
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Changed, Opened, Shelf, Wanted
from bisonwatch.domain.run import Job, Part
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.domain.subscription import Hook, Landing, Mended
from bisonwatch.engine.host import EngineHost

ASKED_BY = "terminal"


class EngineFeed:
    """Before the engine runs, the picture is the empty one it was given."""

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

    async def preview(self, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...]) -> Preview:
        return await self._host.call(lambda engine: engine.requests.preview(workspaces, parts))

    async def resync(self, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...]) -> tuple[UUID, ...]:
        return await self._host.call(
            lambda engine: engine.requests.ask(Job.RESYNC, workspaces, parts, ASKED_BY)
        )

    async def poll(self, workspaces: tuple[WorkspaceKey, ...]) -> tuple[UUID, ...]:
        return await self._host.call(lambda engine: engine.requests.ask(Job.POLL, workspaces, (), ASKED_BY))

    async def run_job(self, job: Job) -> UUID:
        return await self._host.call(lambda engine: engine.requests.run_job(job, ASKED_BY))

    async def letters(self) -> Shelf:
        return await self._host.call(lambda engine: engine.letters.shelf())

    async def letter(self, letter: UUID) -> Opened | None:
        return await self._host.call(lambda engine: engine.letters.open(letter))

    async def replay(self, letters: tuple[UUID, ...] | Wanted) -> Changed:
        return await self._host.call(lambda engine: engine.letters.replay(letters))

    async def discard(self, letters: tuple[UUID, ...] | Wanted) -> Changed:
        return await self._host.call(lambda engine: engine.letters.discard(letters))

    async def books(self) -> Books:
        return await self._host.call(lambda engine: engine.comparisons.books())

    async def history(self, workspace: WorkspaceKey) -> History:
        return await self._host.call(lambda engine: engine.comparisons.history(workspace))

    async def compare(self, workspaces: tuple[WorkspaceKey, ...]) -> tuple[UUID, ...]:
        return await self._host.call(
            lambda engine: engine.requests.ask(Job.CONSISTENCY, workspaces, (), ASKED_BY)
        )

    async def hooks(self) -> tuple[Hook, ...]:
        return await self._host.call(lambda engine: engine.hooks.all())

    async def look(self, workspace: WorkspaceKey) -> Hook:
        return await self._host.call(lambda engine: engine.hooks.look(workspace))

    async def mend(self, workspace: WorkspaceKey) -> Mended:
        return await self._host.call(lambda engine: engine.hooks.repair(workspace))

    async def fly(self, workspace: WorkspaceKey) -> Landing:
        return await self._host.call(lambda engine: engine.hooks.test(workspace))

    async def cancel(self, run: UUID) -> bool:
        return await self._host.call(lambda engine: engine.requests.cancel(run))
