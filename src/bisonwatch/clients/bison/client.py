"""The provider's REST API for one key: a family of routes for each noun, behind one caller."""

from __future__ import annotations

import httpx

from bisonwatch.clients.bison.breaker import Breaker
from bisonwatch.clients.bison.caller import Caller, Usage
from bisonwatch.clients.bison.door import Door
from bisonwatch.clients.bison.pace import Pace, Priority
from bisonwatch.clients.bison.routes.accounts import Accounts
from bisonwatch.clients.bison.routes.campaigns import Campaigns
from bisonwatch.clients.bison.routes.events import Events
from bisonwatch.clients.bison.routes.labels import Labels
from bisonwatch.clients.bison.routes.leads import Leads
from bisonwatch.clients.bison.routes.replies import Replies
from bisonwatch.clients.bison.routes.sends import Sends
from bisonwatch.clients.bison.routes.sequences import Sequences
from bisonwatch.clients.bison.routes.subscriptions import Subscriptions
from bisonwatch.clients.bison.routes.workspaces import Workspaces
from bisonwatch.clock import Clock


class BisonClient:
    """One key. Every method of every family raises ProviderError; `usage` counts what this client has asked so far."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        http: httpx.AsyncClient,
        clock: Clock,
        pace: Pace,
        breaker: Breaker,
        timeout_s: float = 45.0,
    ) -> None:
        caller = Caller(base_url, api_key, http, clock, pace, breaker)
        caller.timeout_s = timeout_s
        self._open(caller, None)

    def _open(self, caller: Caller, workspace: int | None) -> None:
        self._caller = caller
        self._workspace = workspace
        free = Door(caller)
        door = free if workspace is None else Door(caller, workspace)
        self.whoami = free.whoami
        self.workspaces = Workspaces(door, free)
        self.accounts = Accounts(door)
        self.campaigns = Campaigns(door)
        self.sequences = Sequences(door)
        self.sends = Sends(door)
        self.leads = Leads(door)
        self.replies = Replies(door)
        self.labels = Labels(door)
        self.events = Events(door)
        self.subscriptions = Subscriptions(door)

    @property
    def usage(self) -> Usage:
        return self._caller.usage

    def at(self, priority: Priority) -> BisonClient:
        """The same key for one job: its own priority, its own Usage."""
        return self._with(self._caller.at(priority), self._workspace)

    def bound(self, workspace_id: int) -> BisonClient:
        """The same client, which asks `GET /api/users` before and after everything it reads, and before every command.

        For a key that may be switched. Raises WrongWorkspace instead of handing on what another workspace answered.
        """
        return self._with(self._caller, workspace_id)

    @staticmethod
    def _with(caller: Caller, workspace: int | None) -> BisonClient:
        other = BisonClient.__new__(BisonClient)
        other._open(caller, workspace)
        return other
