"""Every configured key, asked now: what it is, and which workspaces it serves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bisonwatch.cli.setup import watched
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clock import SystemClock
from bisonwatch.config.settings import Settings
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import BisonwatchError
from bisonwatch.sync.key import Key, KeyKind
from bisonwatch.sync.providers import Providers, Watched, connected


@dataclass(slots=True)
class Asked:
    """One key's answer; `names` are the workspaces it sees, `error` says why it is of no use."""

    instance: Watched
    key: Key
    names: Mapping[int, str] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """One workspace; `problem` is None where a key serves it."""

    workspace: WorkspaceKey
    name: str
    key: Key | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    providers: Providers
    asked: tuple[Asked, ...]

    @property
    def admins(self) -> dict[str, Asked]:
        """By instance: its super-admin key, where it has one."""
        return {
            one.instance.name: one
            for one in self.asked
            if one.key.own is None and one.key.kind is KeyKind.SUPER_ADMIN and one.error is None
        }

    @property
    def served(self) -> list[Served]:
        """Every workspace that is configured or seen, and watched."""
        names: dict[WorkspaceKey, str] = {}
        for one in self.asked:
            seen = {WorkspaceKey(one.instance.name, n): name for n, name in one.names.items()}
            chosen = {WorkspaceKey(one.instance.name, n): "" for n in one.instance.chosen or ()}
            names = chosen | names | {k: n for k, n in seen.items() if one.instance.watches(k.id) and n}
        return [self._served(key, name) for key, name in sorted(names.items())]

    def _served(self, workspace: WorkspaceKey, name: str) -> Served:
        try:
            key = self.providers.key(workspace)
        except BisonwatchError as problem:
            return Served(workspace, name, None, str(problem))
        error = next((one.error for one in self.asked if one.key is key), None)
        if error is None and not key.serves(workspace.id):
            error = f"not served: its user has {workspace.instance}/{key.reads} selected"
        return Served(workspace, name, key, error)


@asynccontextmanager
async def ring(settings: Settings) -> AsyncIterator[Ring]:
    """All keys, asked. The mirror is not needed."""
    providers = connected(watched(settings).instances, SystemClock(), timeout=settings.sync.timeout)
    try:
        every = [Asked(instance, key) for instance in providers.instances for key in instance.keys]
        gate = asyncio.Semaphore(settings.sync.concurrency)
        await asyncio.gather(*(_ask(one, gate) for one in every))
        yield Ring(providers, tuple(every))
    finally:
        await providers.close()


async def _ask(one: Asked, gate: asyncio.Semaphore) -> None:
    key = one.key
    async with gate:
        try:
            one.names = {row.id: row.name for row in await key.look(key.at(Priority.INTERACTIVE))}
            if key.own is not None:
                await key.serve(WorkspaceKey(one.instance.name, key.own))
        except BisonwatchError as problem:
            one.error = str(problem)
