"""Which event comes next: a realistic mixture, drawn from the seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

from bisonwatch.simulator import inbox, labels, mailboxes, sends
from bisonwatch.simulator.records import Account, Lead, LoggedEvent, Reply, Send, Workspace
from bisonwatch.simulator.scribe import Scribe
from bisonwatch.simulator.seed import Seeder

Deed = Callable[[Workspace, datetime], list[LoggedEvent]]


class Mixture:
    """Draws and does one deed at a time. A deed that is not possible just now gives way to a send."""

    def __init__(self, scribe: Scribe, seeder: Seeder) -> None:
        self._scribe = scribe
        self._seeder = seeder
        self._rng: Random = scribe.rng
        self.settled = False
        """While true no mailbox comes or goes."""
        table: dict[Deed, float] = {
            self._send: 620,
            self._open: 150,
            self._reply: 60,
            self._automatic: 22,
            self._interested: 12,
            self._bounce: 14,
            self._unsubscribe: 3,
            self._untracked: 22,
            self._manual: 26,
            self._fail: 8,
            self._disconnect: 2.2,
            self._reconnect: 1.6,
            self._mailbox: 1.2,
            self._tag: 14,
            self._warmup: 0.8,
            self._blacklist: 4,
            self._manual_fails: 0.6,
            self._novelty: 0.05,
        }
        self._deeds = tuple(table)
        self._weights = tuple(table.values())

    def next(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        """One deed in one workspace; always at least one event, except where nobody is left to write to."""
        if not len(workspace.accounts):
            return []
        deed = self._rng.choices(self._deeds, self._weights)[0]
        return deed(workspace, at) or self._send(workspace, at)

    def _send(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        send = self.planned(workspace, at)
        return sends.sent(self._scribe, workspace, send, at) if send else []

    def planned(self, workspace: Workspace, at: datetime, lead: Lead | None = None) -> Send | None:
        """A message about to leave, to a lead who may be mailed, in a running campaign."""
        lead = lead or self._recipient(workspace, at)
        running = workspace.active()
        if lead is None or not running:
            return None
        known = [campaign for campaign in running if campaign.id in lead.memberships]
        campaign = (known or running)[self._rng.randrange(len(known or running))]
        if campaign.id not in lead.memberships:
            campaign.total_leads += 1
        return sends.schedule(self._scribe, workspace, lead, campaign, at)

    def _recipient(self, workspace: Workspace, at: datetime) -> Lead | None:
        if len(workspace.leads) < workspace.leads_limit and self._rng.random() < 0.12:
            return self._seeder.lead(workspace, at)
        for _ in range(30 if len(workspace.leads) else 0):
            lead = workspace.leads[self._rng.randrange(len(workspace.leads))]
            if lead.mailable:
                return lead
        return None

    def _sent(self, workspace: Workspace) -> Send | None:
        recent = workspace.recent_sends
        return recent[self._rng.randrange(len(recent))] if recent else None

    def _answer(self, workspace: Workspace) -> Reply | None:
        recent = workspace.recent_replies
        return recent[self._rng.randrange(len(recent))] if recent else None

    def _account(self, workspace: Workspace) -> Account:
        return workspace.accounts[self._rng.randrange(len(workspace.accounts))]

    def _open(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        send = self._sent(workspace)
        if send is None or not send.campaign.open_tracking:
            return []
        return sends.opened(self._scribe, workspace, send, at)

    def _reply(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        send = self._sent(workspace)
        if send is None or not send.lead.mailable:
            return []
        return inbox.replied(self._scribe, workspace, send, at)

    def _automatic(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        send = self._sent(workspace)
        return inbox.replied(self._scribe, workspace, send, at, automated=True) if send else []

    def _interested(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        reply = self._answer(workspace)
        return inbox.interested(self._scribe, workspace, reply, at) if reply else []

    def _bounce(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        send = self._leaving(workspace)
        return inbox.bounced(self._scribe, workspace, send, at) if send else []

    def _unsubscribe(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        send = self._leaving(workspace)
        return inbox.unsubscribed(self._scribe, workspace, send, at) if send else []

    def _leaving(self, workspace: Workspace) -> Send | None:
        """Nobody leaves once the workspace is full of people who left: in a very long run the world must go on."""
        if len(workspace.leads) >= workspace.leads_limit and self._rng.random() < 0.99:
            return None
        return self._sent(workspace)

    def _untracked(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        return inbox.untracked(self._scribe, workspace, self._account(workspace), at)

    def _manual(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        answered = self._answer(workspace) if self._rng.random() < 0.8 else None
        account = answered.account if answered else self._account(workspace)
        return inbox.manual(self._scribe, workspace, account, answered, at)

    def _manual_fails(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        answered = self._answer(workspace)
        account = answered.account if answered else self._account(workspace)
        return inbox.manual(self._scribe, workspace, account, answered, at, fails=True)

    def _fail(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        send = self.planned(workspace, at)
        return sends.failed(self._scribe, workspace, send, at) if send else []

    def _disconnect(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        account = self._account(workspace)
        if not account.connected:
            return []
        recovered = self._rng.random() < 0.25
        return mailboxes.disconnected(self._scribe, workspace, account, at, recovered=recovered)

    def _reconnect(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        broken = [account for account in workspace.accounts if not account.connected]
        if not broken:
            return []
        return mailboxes.reconnected(self._scribe, workspace, self._rng.choice(broken), at)

    def _mailbox(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        """A mailbox comes or goes, so that their number stays about where it was."""
        if self.settled:
            return []
        if self._rng.random() < 0.5 and len(workspace.accounts) > 3:
            return mailboxes.removed(self._scribe, workspace, self._account(workspace), at)
        return mailboxes.added(self._scribe, workspace, self._seeder.account(workspace, at), at)

    def _tag(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        if not len(workspace.tags):
            return []
        tag = workspace.tags[self._rng.randrange(len(workspace.tags))]
        shelves = (workspace.accounts, workspace.campaigns, workspace.leads)
        shelf = self._rng.choice([shelf for shelf in shelves if len(shelf)])
        return labels.toggled(self._scribe, workspace, tag, shelf[self._rng.randrange(len(shelf))], at)

    def _warmup(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        causing = self._rng.random() < 0.5
        return mailboxes.warmup_disabled(
            self._scribe, workspace, self._account(workspace), at, causing=causing
        )

    def _blacklist(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        if workspace.blacklist and self._rng.random() < 0.3:
            return labels.unlisted(self._scribe, workspace, workspace.blacklist[0], at)
        host = f"optout{self._rng.randrange(10_000)}.example"
        value = host if self._rng.random() < 0.7 else f"blocked.person@{host}"
        return labels.blacklisted(self._scribe, workspace, value, at)

    def _novelty(self, workspace: Workspace, at: datetime) -> list[LoggedEvent]:
        return labels.unknown(self._scribe, workspace, "SOMETHING_NEW", at)
