"""Who asks and for which workspace: bearer keys of two kinds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from bisonwatch.clock import Clock
from bisonwatch.errors import CallError
from bisonwatch.simulator.answers import other_workspace, unauthenticated
from bisonwatch.simulator.budgets import Budgets
from bisonwatch.simulator.faults import FaultSwitch
from bisonwatch.simulator.records import Workspace
from bisonwatch.simulator.seed import secret
from bisonwatch.simulator.world import World

MOST_MINTED = 1000


@dataclass(slots=True)
class Caller:
    """The key's kind and where it reads just now. `remaining` is what is left of the minute's budget."""

    workspace: Workspace
    admin: bool
    remaining: int
    key: str


class Keys:
    """One `api-user` key per workspace, one `super-admin` key whose workspace anybody may switch, and minted keys."""

    def __init__(self, world: World, clock: Clock, switch: FaultSwitch) -> None:
        self.budgets = Budgets(clock, switch)
        self.admin_workspace = next(iter(world.workspaces))
        self._world = world
        self._switch = switch
        self._owners = {world.api_key(number): number for number in world.workspaces}
        self._minted: deque[str] = deque()

    def caller(self, header: str) -> Caller:
        """Raises Refused with 401 for an unknown key, with 429 once a budget is spent."""
        scheme, _, key = header.partition(" ")
        admin = key == self._world.admin_key
        owner = self.admin_workspace if admin else self._owners.get(key)
        name = "admin" if admin else str(owner)
        if owner is None or scheme.lower() != "bearer" or name in self._switch.now.api.reject:
            raise unauthenticated(self._switch.forms)
        return Caller(self._world.workspaces[owner], admin, self.budgets.spend(key), key)

    def switch(self, caller: Caller, workspace_id: int) -> Workspace:
        """Move the super-admin, for everybody who uses that key. Raises Refused with 403 for other keys."""
        if not caller.admin or workspace_id not in self._world.workspaces:
            raise other_workspace()
        return self.move(workspace_id)

    def move(self, workspace_id: int) -> Workspace:
        """A person clicked in the provider's own pages. Raises CallError."""
        if workspace_id not in self._world.workspaces:
            raise CallError(f"no workspace {workspace_id}")
        self.admin_workspace = workspace_id
        return self._world.workspaces[workspace_id]

    def move_on(self) -> Workspace:
        """A click on the next workspace, whichever that is."""
        ids = list(self._world.workspaces)
        return self.move(ids[(ids.index(self.admin_workspace) + 1) % len(ids)])

    def mint(self, caller: Caller, workspace_id: int) -> tuple[int, str]:
        """A new api-user key of that workspace: its id and its text. The oldest of a thousand is revoked."""
        if not caller.admin or workspace_id not in self._world.workspaces:
            raise other_workspace()
        number = self._world.scribe.next_id("token")
        key = f"{number}|{secret(workspace_id, f'minted-{number}')}"
        self._owners[key] = workspace_id
        self._minted.append(key)
        if len(self._minted) > MOST_MINTED:
            revoked = self._minted.popleft()
            self._owners.pop(revoked, None)
            self.budgets.forget(revoked)
        return number, key
