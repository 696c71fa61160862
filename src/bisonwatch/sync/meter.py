"""What a run has done so far, and whether it was asked to stop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bisonwatch.clients.bison.caller import Usage
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Outcome, Tally
from bisonwatch.domain.totals import Totals

Progress = Callable[[Tally], Awaitable[bool]]
"""Told how far a run is; answers True when somebody asked it to stop."""


class StopAsked(Exception):
    """Unwinds a run that was asked to stop; becomes Outcome.CANCELLED at its top."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a run ended; `error` is one line."""

    outcome: Outcome
    tally: Tally
    error: str | None = None


class Meter:
    """Adds up one run, which may walk several things; each has a name, how many rows it is expected to have and how many are done."""

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress
        self._usages: list[Usage] = []
        self._done: dict[str, int] = {}
        self._expected: dict[str, int | None] = {}
        self.read = self.written = self.unchanged = self.removed = 0
        self.met = dict[WorkspaceKey, int]()
        """Accounts that were met, of a run that counts them."""
        self.notes: list[str] = []

    def follow(self, client: BisonClient) -> BisonClient:
        """Count what this client asks from now on."""
        self._usages.append(client.usage)
        return client

    def expect(self, name: str, rows: int | None) -> None:
        self._expected[name] = rows

    def reach(self, name: str, rows: int) -> None:
        self._done[name] = rows

    def advance(self, name: str, rows: int) -> None:
        """So many more, of a thing whose rows come once each."""
        self.read += rows
        self._done[name] = self._done.get(name, 0) + rows

    def complete(self, name: str) -> None:
        """Read to its end: it has as many rows as were met."""
        self._expected[name] = self._done.get(name, 0)

    def note(self, line: str) -> None:
        """Something that a person should know of the run, which went on all the same."""
        self.notes.append(line)

    @property
    def tally(self) -> Tally:
        """`total` is known once every thing's is."""
        wanted = self._expected.values()
        total = None if not wanted or None in wanted else sum(rows or 0 for rows in wanted)
        done = sum(self._done.values())
        return Tally(
            done=done,
            total=None if total is None else max(total, done),
            rows_read=self.read,
            rows_written=self.written,
            rows_unchanged=self.unchanged,
            rows_removed=self.removed,
            requests=sum(usage.requests for usage in self._usages),
            retries=sum(usage.retries for usage in self._usages),
            totals=Totals.of(self.met) if self.met else None,
        )

    async def report(self) -> None:
        """Tell how far it is. Raises StopAsked."""
        if self._progress is not None and await self._progress(self.tally):
            raise StopAsked
