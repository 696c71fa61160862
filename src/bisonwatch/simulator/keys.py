"""Who asks, for which workspace, and how often: bearer keys and their budget per minute."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import ceil

from bisonwatch.clock import Clock
from bisonwatch.simulator.answers import other_workspace, too_many, unauthenticated
from bisonwatch.simulator.faults import ApiFaults
from bisonwatch.simulator.records import Workspace
from bisonwatch.simulator.seed import secret
from bisonwatch.simulator.world import World

PER_MINUTE = 3000


@dataclass(slots=True)
class Caller:
    """The key's kind and where it reads just now. `remaining` is what is left of the minute's budget."""

    workspace: Workspace
    admin: bool
    remaining: int


@dataclass(slots=True)
class Budget:
    """A window of a minute, from its first request."""

    opened: float
    used: int = 0


@dataclass(slots=True)
class Keys:
    """One `api-user` key per workspace, one `super-admin` key whose workspace anybody may switch, and minted keys."""

    world: World
    clock: Clock
    per_minute: int = PER_MINUTE
    admin_workspace: int = 0
    _owners: dict[str, int] = field(default_factory=dict)
    _minted: deque[str] = field(default_factory=deque)
    _budgets: dict[str, Budget] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.admin_workspace = next(iter(self.world.workspaces))
        self._owners = {
            self.world.api_key(workspace_id): workspace_id for workspace_id in self.world.workspaces
        }

    def caller(self, header: str, faults: ApiFaults) -> Caller:
        """Raises Refused with 401 for an unknown key, with 429 once its minute is spent."""
        scheme, _, key = header.partition(" ")
        admin = key == self.world.admin_key
        owner = self.admin_workspace if admin else self._owners.get(key)
        known = scheme.lower() == "bearer" and owner is not None
        if owner is None or not known or ("admin" if admin else str(owner)) in faults.reject:
            raise unauthenticated()
        return Caller(self.world.workspaces[owner], admin, self._spend(key))

    def _spend(self, key: str) -> int:
        now = self.clock.monotonic()
        budget = self._budgets.get(key)
        if budget is None or now - budget.opened >= 60:
            budget = self._budgets[key] = Budget(now)
        if budget.used >= self.per_minute:
            raise too_many(max(1, ceil(budget.opened + 60 - now)))
        budget.used += 1
        return self.per_minute - budget.used

    def switch(self, caller: Caller, workspace_id: int) -> Workspace:
        """Move the super-admin, for everybody who uses that key. Raises Refused with 403 for other keys."""
        if not caller.admin or workspace_id not in self.world.workspaces:
            raise other_workspace()
        self.admin_workspace = workspace_id
        return self.world.workspaces[workspace_id]

    def mint(self, caller: Caller, workspace_id: int) -> tuple[int, str]:
        """A new api-user key of that workspace: its id and its text. The oldest of a thousand is revoked."""
        if not caller.admin or workspace_id not in self.world.workspaces:
            raise other_workspace()
        number = self.world.scribe.next_id("token")
        key = f"{number}|{secret(workspace_id, f'minted-{number}')}"
        self._owners[key] = workspace_id
        self._minted.append(key)
        if len(self._minted) > 1000:
            revoked = self._minted.popleft()
            self._owners.pop(revoked, None)
            self._budgets.pop(revoked, None)
        return number, key
