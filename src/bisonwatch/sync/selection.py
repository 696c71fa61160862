"""Which workspace a super-admin key has selected: asked before and after each use, switched where that was asked for."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.wire import Identity
from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import (
    ProviderBusy,
    ProviderError,
    ProviderUnreachable,
    WrongWorkspace,
)
from bisonwatch.sync.key_lease import KeyLease
from bisonwatch.sync.turns import Turns

ALONE_S = 60.0
"""So long a key is not switched after a person has switched it: somebody is at work there."""
SECTION_S = 5.0
"""After so long a walk lets others have the key."""
RESTLESS = 3
"""A user whose record changed during so many uses in a row changes by itself: that says nothing of the workspace then."""
OWN_KEY = "give each workspace an api-user key of its own: `bisonwatch keys mint`"

log = logging.getLogger(__name__)

Checked = Callable[[Identity, WorkspaceKey], None]


class Selection:
    """Of one key. `bare` is a client that nobody guards; `check` raises when an identity does not read a workspace."""

    def __init__(
        self,
        instance: str,
        clock: Clock,
        bare: BisonClient,
        check: Checked,
        *,
        switches: bool,
        lease: KeyLease | None = None,
    ) -> None:
        self._instance = instance
        self._clock = clock
        self._bare = bare
        self._check = check
        self._switches = switches
        self._turns = Turns(clock, lease, self._go_home)
        self._ours: int | None = None
        """Where we switched it to; None while it is where a person left it."""
        self._home: int | None = None
        self._tried_from: int | None = None
        """Where it was when we last tried to switch it and do not know whether we did."""
        self._alone_until = 0.0
        self._restless = 0

    async def close(self) -> None:
        await self._turns.close()

    @asynccontextmanager
    async def section(self, workspace: WorkspaceKey, client: BisonClient) -> AsyncIterator[Stretch]:
        """Raises ConfigError, ProviderError before; WrongWorkspace after, when it was switched meanwhile."""
        turn: AbstractAsyncContextManager[None] = self._turns.turn() if self._switches else nullcontext()
        async with turn:
            before = await self._select(workspace, client)
            stretch = Stretch(self._clock)
            try:
                yield stretch
            except (ProviderUnreachable, ProviderBusy):
                raise  # nothing was read
            except ProviderError:
                await self._prove(workspace, before, client)  # else a foreign workspace's 404 would count
                raise
            await self._prove(workspace, before, client)

    async def _select(self, workspace: WorkspaceKey, client: BisonClient) -> Identity:
        found = await client.whoami()
        selected = found.workspace.id
        if not self._switches:
            self._check(found, workspace)
            return found
        self._heed(selected)
        if selected == workspace.id:
            return found
        left = self._alone_until - self._clock.monotonic()
        if left > 0:
            raise ProviderBusy(
                f"somebody switched the super-admin key of instance {self._instance} to {self._instance}/{selected}; "
                f"it is not switched back for {left:.0f} s",
                hint=OWN_KEY,
                retry_after=left,
            )
        self._ours, self._tried_from = workspace.id, selected  # before the answer, which may be lost
        await client.workspaces.switch(workspace.id)
        found = await client.whoami()
        self._tried_from = None
        if found.workspace.id != workspace.id:
            raise self._moved(workspace, found)
        return found

    def _heed(self, selected: int) -> None:
        """Where it is, and whose doing that was."""
        if selected == self._tried_from and selected != self._ours:  # our switch did not arrive
            self._ours = None if selected == self._home else selected
        elif selected != self._ours:
            if self._ours is not None:
                self._leave_alone()
            self._home, self._ours = selected, None
        self._tried_from = None

    async def _prove(self, workspace: WorkspaceKey, before: Identity, client: BisonClient) -> None:
        """Somebody who switched there and back has changed the user's record all the same."""
        after = await client.whoami()
        if after.workspace.id != workspace.id:
            raise self._moved(workspace, after)
        self._restless = self._restless + 1 if after.changed_at != before.changed_at else 0
        if 0 < self._restless <= RESTLESS:
            raise WrongWorkspace(
                f"{workspace} was being read when the user of the super-admin key was changed at the provider, maybe "
                "switched there and back: what was read is thrown away",
                hint=OWN_KEY,
            )
        if self._switches and not await self._turns.kept():
            raise WrongWorkspace(
                f"{workspace} was being read when another node took the super-admin key of instance "
                f"{self._instance}: what was read is thrown away"
            )

    def _moved(self, workspace: WorkspaceKey, found: Identity) -> WrongWorkspace:
        self._home, self._ours = found.workspace.id, None
        self._leave_alone()
        return WrongWorkspace(
            f"{workspace} was being read when somebody switched the super-admin key to "
            f"{self._instance}/{found.workspace.id}: what was read is thrown away",
            hint=OWN_KEY,
        )

    def _leave_alone(self) -> None:
        self._alone_until = self._clock.monotonic() + ALONE_S

    async def _go_home(self) -> None:
        """Back to where the person was, unless they went elsewhere meanwhile."""
        if self._ours is None:
            return
        self._heed((await self._bare.whoami()).workspace.id)
        if self._ours is not None and self._home is not None and self._ours != self._home:
            await self._bare.workspaces.switch(self._home)
        self._ours = None


class Stretch:
    """One section's time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = clock.monotonic() + SECTION_S

    def long(self) -> bool:
        return self._clock.monotonic() >= self._until


class Seat:
    """A Guard: one workspace, one job's client that nobody guards."""

    def __init__(self, selection: Selection, workspace: WorkspaceKey, client: BisonClient) -> None:
        self._selection = selection
        self._workspace = workspace
        self._client = client

    def section(self) -> AbstractAsyncContextManager[Stretch]:
        return self._selection.section(self._workspace, self._client)
