"""Our webhook subscriptions, as a person looks at them, repairs and tries them."""

from __future__ import annotations

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.subscription import Hook, Landing, Mended, Standing
from bisonwatch.errors import ConfigError
from bisonwatch.store import subscriptions, workspaces
from bisonwatch.store.database import Database
from bisonwatch.sync.canary import Canaries
from bisonwatch.sync.subscriptions import Subscriptions


class Hooks:
    """What is stored is read from the database; only looking, repairing and trying ask the provider."""

    def __init__(self, database: Database, subscribed: Subscriptions, canaries: Canaries) -> None:
        self._database = database
        self._subscribed = subscribed
        self._canaries = canaries

    async def all(self) -> tuple[Hook, ...]:
        """One of each known workspace. Raises StoreError."""
        async with self._database.read() as tx:
            known = await subscriptions.everything(tx)
            keys = sorted(await workspaces.names(tx))
        return tuple(self._hook(known.get(key) or Standing(key)) for key in keys)

    async def look(self, workspace: WorkspaceKey) -> Hook:
        """How it stands at the provider now, noted. Raises ConfigError, ProviderError."""
        await self._subscribed.list(workspace)
        async with self._database.read() as tx:
            standing = await subscriptions.get(tx, workspace)
        return self._hook(standing or Standing(workspace))

    async def repair(self, workspace: WorkspaceKey) -> Mended:
        """Make ours, or put it right; others' are never touched. Raises ConfigError, ProviderError."""
        done = await self._subscribed.register(workspace)
        spare = tuple(item.id for item in done.spare)
        return Mended(done.change, done.subscription.id, len(done.subscription.events), spare)

    async def test(self, workspace: WorkspaceKey) -> Landing:
        """Have the provider send its test event, and wait until it arrived here. Raises StoreError."""
        (landing,) = await self._canaries.fly([workspace])
        return landing

    def _hook(self, standing: Standing) -> Hook:
        trouble = None
        try:
            self._subscribed.wanted(standing.workspace)
        except ConfigError as problem:
            trouble = str(problem)
        return Hook(standing, self._subscribed.around(standing.workspace), trouble)
