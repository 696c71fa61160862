"""One API key: which workspace it reads, which it sees, and what is done where somebody may switch it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from enum import StrEnum
from functools import partial

from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pace import Pace, Priority
from bisonwatch.clients.bison.wire import Identity, WorkspaceRow
from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import ConfigError, KeyRejected, RequestRefused, RouteMissing, WrongWorkspace
from bisonwatch.sync.key_lease import KeyLease
from bisonwatch.sync.selection import Seat, Selection

CHECK_EVERY_S = 3600.0
"""How long a key is believed to read the workspace it read before."""


class KeyKind(StrEnum):
    """As the provider's own settings call them; UNKNOWN before it was asked."""

    API_USER = "api-user"
    SUPER_ADMIN = "super-admin"
    UNKNOWN = "unknown"


class Key:
    """Asked at first use and hourly which workspace it reads; `own` is the workspace it was given for.

    `mask` is what may be shown of it. `switches`: the operator allows that we switch its workspace.
    """

    def __init__(
        self,
        instance: str,
        own: int | None,
        client: BisonClient,
        pace: Pace,
        clock: Clock,
        *,
        mask: str = "•••",
        switches: bool = False,
        lease: KeyLease | None = None,
    ) -> None:
        self.instance, self.own, self.pace, self.mask = instance, own, pace, mask
        self.switches = switches
        self.sees: frozenset[int] | None = None
        """The workspaces it listed when last asked; None before."""
        self.checked_at: datetime | None = None
        self._client = client
        self._clock = clock
        self._identity: Identity | None = None
        self._asked_at = 0.0
        self._lock = asyncio.Lock()
        bare = self.at(Priority.POLL)
        self._selection = Selection(instance, clock, bare, self._heed, switches=switches, lease=lease)

    def at(self, priority: Priority, workspace: int | None = None) -> BisonClient:
        """A client of this key for one job, of that workspace perhaps, with its own Usage; nobody proves what it reads."""
        return self._client.at(priority, workspace or self.own)

    def proven(self, workspace: WorkspaceKey, priority: Priority) -> BisonClient:
        """As `at`, for a key that may be switched: what it reads is that workspace's, else WrongWorkspace is raised."""
        return self.at(priority, workspace.id).under(partial(Seat, self._selection, workspace))

    @property
    def reads(self) -> int | None:
        """The workspace it read when last asked; None before the first time."""
        return self._identity.workspace.id if self._identity else None

    @property
    def kind(self) -> KeyKind:
        """An api-user key sees the one workspace it was made in."""
        if self.sees is None:
            return KeyKind.UNKNOWN
        return KeyKind.SUPER_ADMIN if len(self.sees) > 1 else KeyKind.API_USER

    @property
    def roams(self) -> bool:
        """Whether its workspace may change under us. An instance's key that sees one workspace today may see two tomorrow."""
        return self.own is None or self.kind is KeyKind.SUPER_ADMIN

    def serves(self, workspace: int) -> bool:
        """False where it is known without asking that it cannot read the workspace."""
        if self.own is not None:
            return True
        if self.switches:
            return self.sees is None or workspace in self.sees
        return self.reads in (None, workspace)

    @property
    def due(self) -> bool:
        """Whether it is time to ask once more which workspace it reads."""
        return self._identity is not None and self._clock.monotonic() - self._asked_at >= CHECK_EVERY_S

    async def identity(self, *, fresh: bool = False) -> Identity:
        """Who the key is. Raises ProviderError."""
        async with self._lock:
            known = self._identity
            if known is not None and not fresh and not self.due:
                return known
            return self._note(await self.at(Priority.POLL).whoami())

    async def look(self, client: BisonClient) -> tuple[WorkspaceRow, ...]:
        """The workspaces it sees, which tell its kind. A workspace's own key may not be allowed to ask. Raises ProviderError."""
        reads = (await self.identity()).workspace
        try:
            found = await client.workspaces.all()
        except (RouteMissing, RequestRefused, KeyRejected):
            if self.own is None:
                raise
            found = ()
        rows = {row.id: row for row in (reads, *found)}
        self.sees = frozenset(rows)
        return tuple(rows.values())

    async def serve(self, workspace: WorkspaceKey, *, fresh: bool = False) -> None:
        """Raises WrongWorkspace (its own key) or ConfigError (the instance's) unless it reads that workspace."""
        self._check(await self.identity(fresh=fresh), workspace)

    async def close(self) -> None:
        """Where we switched it, it is switched back."""
        await self._selection.close()

    def _note(self, found: Identity) -> Identity:
        self._identity, self._asked_at = found, self._clock.monotonic()
        self.checked_at = self._clock.now()
        return found

    def _heed(self, found: Identity, workspace: WorkspaceKey) -> None:
        self._check(self._note(found), workspace)

    def _check(self, identity: Identity, workspace: WorkspaceKey) -> None:
        found = identity.workspace
        if found.id == workspace.id:
            return
        if self.own is not None:
            raise WrongWorkspace(
                f"the key configured for {workspace} reads {workspace.instance}/{found.id}",
                hint="give the workspace an api-user key of its own",
            )
        raise unserved(workspace, found.id)


def unserved(workspace: WorkspaceKey, reads: int | None = None) -> ConfigError:
    """What to say of a workspace that no key reads."""
    of = f"; the key of instance {workspace.instance} reads {workspace.instance}/{reads}" if reads else ""
    own = "give each workspace an api-user key of its own under instances: workspaces:"
    mint = "; `bisonwatch keys mint` makes them out of a super-admin key" if reads else ""
    return ConfigError(f"no API key serves {workspace}{of}", hint=own + mint)


def masked(secret: str) -> str:
    """A key's number, which the provider shows too, and nothing of its secret."""
    number, bar, _ = secret.partition("|")
    return f"{number}|•••" if bar and number.isascii() and number.isdigit() else "•••"
