"""The provider's REST API for one key: a family of routes for each noun, behind one caller."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from bisonwatch.clients.bison.breaker import Breaker
from bisonwatch.clients.bison.caller import Caller, Usage
from bisonwatch.clients.bison.door import Door
from bisonwatch.clients.bison.guard import Guard
from bisonwatch.clients.bison.journal import Journal
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

Guards = Callable[["BisonClient"], Guard]
"""Makes the guard of one job out of the same job's unguarded client, so that what a proof asks counts as the job's."""


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
        journal: Journal | None = None,
    ) -> None:
        caller = Caller(base_url, api_key, http, clock, pace, breaker, journal)
        caller.timeout_s = timeout_s
        self._open(caller, None)

    def _open(self, caller: Caller, guards: Guards | None) -> None:
        self._caller = caller
        self._guards = guards
        free = Door(caller)
        door = free if guards is None else Door(caller, guards(self._with(caller, None)))
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

    @property
    def journal(self) -> Journal:
        return self._caller.journal

    def at(self, priority: Priority, workspace: int | None = None) -> BisonClient:
        """The same key for one job: its own priority, its own Usage; `workspace` is whose it is, for the journal."""
        return self._with(self._caller.at(priority, workspace), self._guards)

    def under(self, guards: Guards) -> BisonClient:
        """The same job with a key whose workspace may be switched: whatever it reads is proven before it is handed on.

        Raises WrongWorkspace instead, and whatever the guard raises. Which workspaces there are, who the key is, switching
        and minting belong to no workspace and stay unguarded.
        """
        return self._with(self._caller, guards)

    @staticmethod
    def _with(caller: Caller, guards: Guards | None) -> BisonClient:
        other = BisonClient.__new__(BisonClient)
        other._open(caller, guards)
        return other
