"""The one door of the terminal to facts and commands. Every screen works the same over each maker of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from bisonwatch.domain.comparison import Books, History
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Changed, Opened, Shelf, Wanted
from bisonwatch.domain.run import Job, Part
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.domain.subscription import Hook, Landing, Mended


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
    """Makers: `engine.feed` over the engine in this process, later one over HTTP to a daemon.

    The coroutines are awaited on the terminal's loop and never block it; they raise BisonwatchError with a message for people.
    """

    @property
    def title(self) -> str:
        """What this feed looks at, for the header: `demo`, or the database's name."""
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
