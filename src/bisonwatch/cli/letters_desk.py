"""What the words of `bisonwatch letters` have in common: the mirror's letters, and which of them are meant."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import click

from bisonwatch.bus import Bus
from bisonwatch.cli.looking import opened
from bisonwatch.config.settings import Settings
from bisonwatch.domain.ids import WorkspaceKey, resolve
from bisonwatch.domain.letter import Changed, Shelf, Wanted
from bisonwatch.errors import CallError
from bisonwatch.ingest.letters import Letters
from bisonwatch.store import nodes, workspaces
from bisonwatch.store.database import Database


@dataclass(frozen=True, slots=True)
class Desk:
    """The letters, with the names of workspaces beside them."""

    database: Database
    letters: Letters
    names: Mapping[WorkspaceKey, str]

    async def engine_lives(self) -> bool:
        async with self.database.read() as tx:
            return any(node.alive(self.database.clock.now()) for node in await nodes.recent(tx))

    def workspace(self, word: str | None) -> WorkspaceKey | None:
        """The workspace a person means. Raises UnknownWorkspace."""
        return None if word is None else resolve(word, self.names.items())


@asynccontextmanager
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with opened(settings) as database:
        async with database.read() as tx:
            names = await workspaces.names(tx)
        yield Desk(database, Letters(database, Bus(), database.clock), names)


@dataclass(frozen=True, slots=True)
class Call:
    """Which letters a command was called for."""

    words: tuple[str, ...]
    reason: str | None
    everything: bool
    workspace: str | None
    yes: bool

    def __post_init__(self) -> None:
        ways = [bool(self.words), self.reason is not None, self.everything]
        if sum(ways) > 1:
            raise CallError("name letters, or say --reason or --all: one of them")
        if not any(ways):
            raise CallError("which letters? give their ids, or say --reason TEXT or --all")
        if self.words and self.workspace:
            raise CallError("--workspace goes with --reason or --all")


def sure(deed: str, shelf: Shelf, *, yes: bool, waiting: bool) -> bool:
    """Whether to go on, asked of a person. Raises CallError where nobody can be asked."""
    count = f"{shelf.total:,} dead letters" if shelf.total != 1 else "1 dead letter"
    more = f" and {shelf.waiting:,} that wait for another try" if waiting and shelf.waiting else ""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise CallError(
            f"{deed} {count}{more}? Nobody can be asked here", hint="--yes goes on without asking"
        )
    for group in shelf.groups[:5]:
        click.echo(f"{group.count:>9,}  {group.reason or '(no reason)'}")
    return click.confirm(f"{deed} {count}{more}?", default=False)


def wanted_of(desk: Desk, call: Call) -> Wanted:
    return Wanted.of(desk.workspace(call.workspace), call.reason)


def unmatched(call: Call, count: int) -> list[CallError]:
    """What is wrong when a reason was said that none of the letters has."""
    if call.reason is None or count:
        return []
    return [
        CallError("no dead letter's reason begins so", hint="`bisonwatch letters list` shows the reasons")
    ]


def refused(wrong: Sequence[CallError], changed: Changed) -> int:
    """Say what was not done, on stderr; how many of them are a failure."""
    for error in wrong:
        click.echo(f"bisonwatch: {error}", err=True)
    for number, why in changed.refused:
        click.echo(f"bisonwatch: {number}: {why.value}", err=True)
    return len(wrong) + sum(not why.harmless for _, why in changed.refused)


def counted(ids: Sequence[UUID]) -> str:
    return "1 letter" if len(ids) == 1 else f"{len(ids):,} letters"
