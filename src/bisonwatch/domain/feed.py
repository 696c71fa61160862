"""The one door of the terminal to facts and commands. Every screen works the same over each maker of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from bisonwatch.domain.absence import Absence
from bisonwatch.domain.api_log import ApiLog, EndpointHours
from bisonwatch.domain.backfill import Order
from bisonwatch.domain.cached import CacheStats, DatasetsOf, Envelope
from bisonwatch.domain.comparison import Books, History
from bisonwatch.domain.dataset import DatasetName
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


@dataclass(frozen=True, slots=True)
class Preview:
    """What a resync would cost, told before asking. None: not known."""

    workspaces: int
    rows: int | None
    requests: int | None
    seconds: float | None
    last_run_at: datetime | None
    queued: int
    """Runs already queued or running."""


class Feed(Protocol):
    """Makers: `engine.feed` over the engine in this process, and `clients.daemon` over HTTP to another one.

    The coroutines are awaited on the terminal's loop and never block it; they raise BisonwatchError with a message for people.
    """

    @property
    def title(self) -> str:
        """What this feed looks at, for the header: `demo`, or the database's name."""
        ...

    @property
    def link(self) -> Link | None:
        """How the line to the daemon stands; None where the engine is in this process."""
        ...

    def snapshot(self) -> Snapshot:
        """The newest frozen picture; cheap, from any thread."""
        ...

    async def preview(self, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...]) -> Preview:
        """What `resync` would cost."""
        ...

    async def resync(self, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...]) -> tuple[UUID, ...]:
        """Queue a resync of each workspace; the ids of the runs."""
        ...

    async def poll(self, workspaces: tuple[WorkspaceKey, ...]) -> tuple[UUID, ...]:
        """Walk the event log of each workspace now; the ids of the runs."""
        ...

    async def backfill(
        self, workspaces: tuple[WorkspaceKey, ...], order: Order, parts: tuple[Part, ...], anew: bool
    ) -> tuple[UUID, ...]:
        """Queue the reading of a window of history for each workspace; (): for all that had a campaign then. `anew`: also what was read."""
        ...

    async def set_stage(self, workspace: WorkspaceKey, lead: str, stage: str | None) -> str:
        """Give a lead, by id or address, a pipeline stage that stays; None hands it back to the automatic one. The stage it has then."""
        ...

    async def run_job(self, job: Job) -> UUID:
        """Do a scheduled job now, for all workspaces; the id of the run."""
        ...

    async def letters(self) -> Shelf:
        """The newest dead letters, and the counts of all; not in the snapshot, since few ever look."""
        ...

    async def letter(self, letter: UUID) -> Opened | None:
        """One with its payload, made safe to show; None when it is gone."""
        ...

    async def replay(self, letters: tuple[UUID, ...] | Wanted) -> Changed:
        """Process dead letters again: these, or all that are wanted."""
        ...

    async def discard(self, letters: tuple[UUID, ...] | Wanted) -> Changed:
        """Put dead letters away: these, or all that are wanted."""
        ...

    async def accounts(self, known: Mapping[WorkspaceKey, Mark]) -> Roster:
        """Every account, as far as it changed since these marks; not in the snapshot, since there are thousands and few ever look."""
        ...

    async def account(self, instance: str, number: int) -> AccountCard | None:
        """One account with everything that is known of it; None when there is none."""
        ...

    async def confirm_absent(self, workspace: WorkspaceKey, seen: Absence) -> int:
        """A person who saw these wait says that they are gone: they are asked for and removed by a walk now; how many they are."""
        ...

    async def runs(self, wish: Wish, after: Place | None) -> RunPage:
        """A page of finished runs, the last asked for first; not in the snapshot, which has only the newest."""
        ...

    async def run(self, run: UUID) -> RunRow | None:
        """One as it is now; None when it is not kept any more."""
        ...

    async def again(self, run: UUID) -> UUID:
        """Queue the job of a finished run once more, for the same workspace; the id of the new run."""
        ...

    async def cancel_queued(self) -> int:
        """Take every queued run out of the queue; how many."""
        ...

    async def books(self) -> Books:
        """The last comparison of every workspace with the provider."""
        ...

    async def history(self, workspace: WorkspaceKey) -> History:
        """One workspace's comparisons, day by day."""
        ...

    async def compare(self, workspaces: tuple[WorkspaceKey, ...]) -> tuple[UUID, ...]:
        """Compare each workspace with the provider now; the ids of the runs."""
        ...

    async def hooks(self) -> tuple[Hook, ...]:
        """Our webhook subscriptions as they are known here."""
        ...

    async def look(self, workspace: WorkspaceKey) -> Hook:
        """Ask the provider how ours stands."""
        ...

    async def mend(self, workspace: WorkspaceKey) -> Mended:
        """Make our subscription, or put it right; others' are never touched."""
        ...

    async def fly(self, workspace: WorkspaceKey) -> Landing:
        """Have the provider send its test event, and wait until it arrived: half a minute at most."""
        ...

    async def cancel(self, run: UUID) -> bool:
        """Ask a run to stop; False when it is over already."""
        ...

    async def datasets(self, workspace: WorkspaceKey) -> DatasetsOf:
        """The four datasets of a workspace, as the cache holds them. Raises UnknownWorkspace; what else fails is told in each."""
        ...

    async def dataset(self, workspace: WorkspaceKey, name: DatasetName, fresh: bool) -> Envelope:
        """One of them; `fresh`: made now, whatever the cache holds."""
        ...

    async def cache_stats(self) -> CacheStats:
        """How the cache of datasets stands, and what it did in the last hour and day."""
        ...

    async def refresh_datasets(
        self, workspaces: tuple[WorkspaceKey, ...], names: tuple[DatasetName, ...]
    ) -> int:
        """Make these now, and wait for it; how many could be made. No workspace: all of them; no name: the four."""
        ...

    async def clear_datasets(self, workspaces: tuple[WorkspaceKey, ...]) -> int:
        """Throw away what the cache holds of these, on every node; how many values. No workspace: all of them."""
        ...

    async def api_log(self, span: Span) -> ApiLog:
        """Requests to the provider over a span, by endpoint."""
        ...

    async def api_hours(self, instance: str, endpoint: str) -> EndpointHours:
        """One endpoint by the hour, as long as it is kept."""
        ...

    async def validation_log(self, span: Span) -> ValidationLog:
        """What was wrong with answers and with datasets over a span."""
        ...


class CarriedFeed(ABC):
    """A Feed whose words are carried elsewhere: to another thread, or over a network."""

    @property
    def link(self) -> Link | None:
        return None

    @abstractmethod
    async def carry(self, name: str, *given: object) -> Any:
        """What the feed there answers to that word. Raises what it raises."""

    async def preview(self, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...]) -> Preview:
        told: Preview = await self.carry("preview", workspaces, parts)
        return told

    async def resync(self, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...]) -> tuple[UUID, ...]:
        told: tuple[UUID, ...] = await self.carry("resync", workspaces, parts)
        return told

    async def poll(self, workspaces: tuple[WorkspaceKey, ...]) -> tuple[UUID, ...]:
        told: tuple[UUID, ...] = await self.carry("poll", workspaces)
        return told

    async def backfill(
        self, workspaces: tuple[WorkspaceKey, ...], order: Order, parts: tuple[Part, ...], anew: bool
    ) -> tuple[UUID, ...]:
        told: tuple[UUID, ...] = await self.carry("backfill", workspaces, order, parts, anew)
        return told

    async def set_stage(self, workspace: WorkspaceKey, lead: str, stage: str | None) -> str:
        told: str = await self.carry("set_stage", workspace, lead, stage)
        return told

    async def run_job(self, job: Job) -> UUID:
        told: UUID = await self.carry("run_job", job)
        return told

    async def letters(self) -> Shelf:
        told: Shelf = await self.carry("letters")
        return told

    async def letter(self, letter: UUID) -> Opened | None:
        told: Opened | None = await self.carry("letter", letter)
        return told

    async def replay(self, letters: tuple[UUID, ...] | Wanted) -> Changed:
        told: Changed = await self.carry("replay", letters)
        return told

    async def discard(self, letters: tuple[UUID, ...] | Wanted) -> Changed:
        told: Changed = await self.carry("discard", letters)
        return told

    async def accounts(self, known: Mapping[WorkspaceKey, Mark]) -> Roster:
        told: Roster = await self.carry("accounts", known)
        return told

    async def account(self, instance: str, number: int) -> AccountCard | None:
        told: AccountCard | None = await self.carry("account", instance, number)
        return told

    async def confirm_absent(self, workspace: WorkspaceKey, seen: Absence) -> int:
        told: int = await self.carry("confirm_absent", workspace, seen)
        return told

    async def runs(self, wish: Wish, after: Place | None) -> RunPage:
        told: RunPage = await self.carry("runs", wish, after)
        return told

    async def run(self, run: UUID) -> RunRow | None:
        told: RunRow | None = await self.carry("run", run)
        return told

    async def again(self, run: UUID) -> UUID:
        told: UUID = await self.carry("again", run)
        return told

    async def cancel_queued(self) -> int:
        told: int = await self.carry("cancel_queued")
        return told

    async def books(self) -> Books:
        told: Books = await self.carry("books")
        return told

    async def history(self, workspace: WorkspaceKey) -> History:
        told: History = await self.carry("history", workspace)
        return told

    async def compare(self, workspaces: tuple[WorkspaceKey, ...]) -> tuple[UUID, ...]:
        told: tuple[UUID, ...] = await self.carry("compare", workspaces)
        return told

    async def hooks(self) -> tuple[Hook, ...]:
        told: tuple[Hook, ...] = await self.carry("hooks")
        return told

    async def look(self, workspace: WorkspaceKey) -> Hook:
        told: Hook = await self.carry("look", workspace)
        return told

    async def mend(self, workspace: WorkspaceKey) -> Mended:
        told: Mended = await self.carry("mend", workspace)
        return told

    async def fly(self, workspace: WorkspaceKey) -> Landing:
        told: Landing = await self.carry("fly", workspace)
        return told

    async def cancel(self, run: UUID) -> bool:
        told: bool = await self.carry("cancel", run)
        return told

    async def datasets(self, workspace: WorkspaceKey) -> DatasetsOf:
        told: DatasetsOf = await self.carry("datasets", workspace)
        return told

    async def dataset(self, workspace: WorkspaceKey, name: DatasetName, fresh: bool) -> Envelope:
        told: Envelope = await self.carry("dataset", workspace, name, fresh)
        return told

    async def cache_stats(self) -> CacheStats:
        told: CacheStats = await self.carry("cache_stats")
        return told

    async def refresh_datasets(
        self, workspaces: tuple[WorkspaceKey, ...], names: tuple[DatasetName, ...]
    ) -> int:
        told: int = await self.carry("refresh_datasets", workspaces, names)
        return told

    async def clear_datasets(self, workspaces: tuple[WorkspaceKey, ...]) -> int:
        told: int = await self.carry("clear_datasets", workspaces)
        return told

    async def api_log(self, span: Span) -> ApiLog:
        told: ApiLog = await self.carry("api_log", span)
        return told

    async def api_hours(self, instance: str, endpoint: str) -> EndpointHours:
        told: EndpointHours = await self.carry("api_hours", instance, endpoint)
        return told

    async def validation_log(self, span: Span) -> ValidationLog:
        told: ValidationLog = await self.carry("validation_log", span)
        return told
