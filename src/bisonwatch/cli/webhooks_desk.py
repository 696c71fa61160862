"""What the `webhooks` commands share: the workspaces asked for, one after another on the screen, some at a time at the provider."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import click

from bisonwatch.bus import Bus
from bisonwatch.cli.choosing import chosen
from bisonwatch.cli.looking import made
from bisonwatch.cli.setup import watched
from bisonwatch.config.settings import Settings
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.engine import compose, crews
from bisonwatch.errors import BisonwatchError
from bisonwatch.store import workspaces
from bisonwatch.store.database import Database
from bisonwatch.sync.canary import Canaries
from bisonwatch.sync.providers import connected
from bisonwatch.sync.subscriptions import Subscriptions

Named = list[tuple[WorkspaceKey, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of the call."""

    wanted: tuple[str, ...]
    everything: bool
    as_json: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """`keys_asked`: whether every key could be asked which workspaces there are."""

    database: Database
    subscriptions: Subscriptions
    canaries: Canaries
    known: Named
    keys_asked: bool
    abreast: int

    def chosen(self, asked: Asked) -> Named | None:
        """None where no key could be used, which is told already. Raises CallError, UnknownWorkspace."""
        if not self.known and not self.keys_asked:
            return None
        return chosen(asked.wanted, asked.everything, self.known)


@dataclass(frozen=True, slots=True)
class Told:
    """What to say of one workspace: its lines, and its members in `--json`."""

    lines: Sequence[str]
    members: Mapping[str, object] = field(default_factory=dict)
    error: str | None = None


Each = Callable[[Desk, WorkspaceKey], Awaitable[Told]]


async def each(settings: Settings, asked: Asked, work: Each) -> int:
    """Do it for each workspace; one that fails never stops the others. The exit code."""
    async with desk(settings) as found:
        targets = found.chosen(asked)
        gate = asyncio.Semaphore(found.abreast)

        async def one(key: WorkspaceKey) -> Told:
            async with gate:
                try:
                    return await work(found, key)
                except BisonwatchError as error:
                    return failed(str(error))

        working = [(key, name, asyncio.create_task(one(key))) for key, name in targets or ()]
        said = [(key, name, told(key, name, await task, asked)) for key, name, task in working]
        return ended(said, asked, known=targets is not None)


def failed(error: str) -> Told:
    return Told([f"failed: {error}"], error=error)


def told(key: WorkspaceKey, name: str, said: Told, asked: Asked) -> Told:
    """Said at once, so that a long call shows how far it is."""
    if not asked.as_json:
        for line in said.lines:
            click.echo(f"{key} {name}: {line}")
    return said


def ended(said: Sequence[tuple[WorkspaceKey, str, Told]], asked: Asked, *, known: bool = True) -> int:
    """The object of `--json`, and the exit code."""
    if asked.as_json:
        rows = [
            {"instance": key.instance, "workspace": key.id, "name": name, "error": one.error}
            | dict(one.members)
            for key, name, one in said
        ]
        click.echo(json.dumps({"workspaces": rows}, ensure_ascii=False))
    return 1 if not known or any(one.error is not None for _, _, one in said) else 0


def masked(url: str, *, ours: bool) -> str:
    """Our own address carries the token, and so may anybody else's: neither reaches a screen."""
    head, slash, rest = url.partition("/webhooks/")
    if ours and slash:
        return f"{head}/webhooks/{rest.split('/', 1)[0]}/•••"
    scheme, colon, rest = url.partition("://")
    host = rest.split("/", 1)[0].split("?", 1)[0].rpartition("@")[2]
    return f"{scheme}{colon}{host}/•••" if colon else "•••"


@asynccontextmanager
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """With what the keys see now; a key that fails is told on stderr."""
    async with made(watched(settings)) as database:
        clock = database.clock
        providers = connected(settings.instances, clock, timeout=settings.sync.timeout, database=database)
        try:
            crew = crews.crew_of(settings, database, providers, clock, Bus(), compose.tempo_of(settings))
            if sys.stderr.isatty():  # a provider that hangs keeps a person waiting for minutes
                click.echo("asking the provider what the keys see …", err=True)
            found = await crew.discovery.once()
            for problem in dict.fromkeys(map(str, found.failed)):
                click.echo(f"bisonwatch: {problem}", err=True)
            async with database.read() as tx:
                known = sorted((await workspaces.names(tx)).items())
            abreast = settings.sync.concurrency
            yield Desk(database, crew.subscriptions, crew.canaries, known, not found.failed, abreast)
        finally:
            await providers.close()
