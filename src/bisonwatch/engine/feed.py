"""The Feed over an engine, on the engine's own loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from bisonwatch.cache import roster
from bisonwatch.cache.comparisons import Comparisons
from bisonwatch.domain.absence import Absence
from bisonwatch.domain.api_log import ApiLog, EndpointHours
from bisonwatch.domain.backfill import Order
from bisonwatch.domain.cached import CacheStats, DatasetsOf, Envelope
from bisonwatch.domain.comparison import Books, History
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.feed import Preview
from bisonwatch.domain.history import Place, RunPage, Wish
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Changed, Opened, Shelf, Wanted
from bisonwatch.domain.link import Link
from bisonwatch.domain.roster import AccountCard, Mark, Roster
from bisonwatch.domain.run import Job, Part
from bisonwatch.domain.snapshot import RunRow, Snapshot
from bisonwatch.domain.span import Span
from bisonwatch.domain.subscription import Hook, Landing, Mended
from bisonwatch.domain.validation_log import ValidationLog
from bisonwatch.engine.backfilling import Backfilling
from bisonwatch.engine.datasets import Datasets
from bisonwatch.engine.history import History as RunHistory
from bisonwatch.engine.hooks import Hooks
from bisonwatch.engine.logbook import Logbook
from bisonwatch.engine.requests import Requests
from bisonwatch.engine.stages import Stages
from bisonwatch.ingest.letters import Letters
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place as DatabasePlace


class Parts(Protocol):
    """What of an engine is asked."""

    place: DatabasePlace
    database: Database
    requests: Requests
    letters: Letters
    history: RunHistory
    comparisons: Comparisons
    hooks: Hooks
    datasets: Datasets
    logbook: Logbook
    backfilling: Backfilling
    stages: Stages

    def snapshot(self) -> Snapshot: ...


class EngineFeed:
    """`by`: who asks, for the runs that come of it."""

    def __init__(self, engine: Parts, by: str) -> None:
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

    async def backfill(
        self, workspaces: tuple[WorkspaceKey, ...], order: Order, parts: tuple[Part, ...], anew: bool
    ) -> tuple[UUID, ...]:
        return await self._engine.backfilling.ask(workspaces, order, parts, self._by, anew=anew)

    async def set_stage(self, workspace: WorkspaceKey, lead: str, stage: str | None) -> str:
        return await self._engine.stages.set(workspace, lead, stage)

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

    async def datasets(self, workspace: WorkspaceKey) -> DatasetsOf:
        return await self._engine.datasets.of(workspace)

    async def dataset(self, workspace: WorkspaceKey, name: DatasetName, fresh: bool) -> Envelope:
        return await self._engine.datasets.one(workspace, name, fresh=fresh)

    async def cache_stats(self) -> CacheStats:
        return await self._engine.datasets.stats()

    async def refresh_datasets(
        self, workspaces: tuple[WorkspaceKey, ...], names: tuple[DatasetName, ...]
    ) -> int:
        return await self._engine.datasets.refresh(workspaces, names)

    async def clear_datasets(self, workspaces: tuple[WorkspaceKey, ...]) -> int:
        return await self._engine.datasets.clear(workspaces)

    async def api_log(self, span: Span) -> ApiLog:
        return await self._engine.logbook.calls(span)

    async def api_hours(self, instance: str, endpoint: str) -> EndpointHours:
        return await self._engine.logbook.hours(instance, endpoint)

    async def validation_log(self, span: Span) -> ValidationLog:
        return await self._engine.logbook.flaws(span)
