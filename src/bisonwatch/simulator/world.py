"""The provider's world: seeded, deterministic, without a wall clock of its own. Whoever holds it moves its time."""

from __future__ import annotations

from bisect import bisect
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random

from bisonwatch.domain.metric import Metric
from bisonwatch.errors import CallError
from bisonwatch.simulator import history, inbox, labels, mailboxes, sends
from bisonwatch.simulator.later import Later
from bisonwatch.simulator.mixture import Mixture
from bisonwatch.simulator.moments import whole
from bisonwatch.simulator.past.archive import Past
from bisonwatch.simulator.past.chronicle import History
from bisonwatch.simulator.past.given import give, make_room
from bisonwatch.simulator.records import Account, Campaign, Lead, LoggedEvent, Reply, Send, Workspace
from bisonwatch.simulator.scribe import Scribe
from bisonwatch.simulator.seed import Seeder, plans, secret
from bisonwatch.simulator.truth import Truth, Witness, both

NO_HISTORY = History()
PAST_HOURS = 6
PAST_EVENTS = 20
"""Events in the log at the start, per workspace on average."""
MOST_AT_ONCE = 1_000_000
"""Events one `advance` makes at most unless told otherwise."""


class World:
    """`rate` is events per second over the whole instance; `now` is the moment the world was last moved to."""

    def __init__(
        self,
        seed: int,
        workspaces: int = 27,
        accounts: int = 4000,
        *,
        start: datetime,
        url: str = "http://127.0.0.1",
        rate: float = 5.0,
        log_rows: int = 100_000,
        past_days: bool = True,
        past: History = NO_HISTORY,
    ) -> None:
        self.later = Later()
        self.rate = rate
        self.now = whole(start)
        self.started_at = self.now
        self.url = url
        self.scribe = Scribe(Random(seed), url, log_rows)
        self._seed = seed
        if past.days:
            make_room(self.scribe, past, workspaces)
        self._seeder = Seeder(self.scribe, seed, start)
        self._mixture = Mixture(self.scribe, self._seeder)
        self._clock = start
        self._owed = 0.0
        sizes = plans(self.scribe.rng, workspaces, accounts)
        made = [self._seeder.workspace(index, plan) for index, plan in enumerate(sizes)]
        self.workspaces: dict[int, Workspace] = {workspace.id: workspace for workspace in made}
        self._busy = [workspace for workspace in made if workspace.weight > 0]
        self._odds = list(accumulate(workspace.weight for workspace in self._busy))
        self.pasts: dict[int, Past] = give(seed, self.workspaces, self.now, past) if past.days else {}
        self._remember(past_days)

    def _remember(self, past_days: bool) -> None:
        """Give the world a past, then forget that anybody was told of it."""
        self.scribe.witnesses = {workspace_id: Witness() for workspace_id in self.workspaces}
        for workspace in self.workspaces.values():
            if past_days and not self.pasts:
                history.write_days(self.scribe.rng, workspace, self.now)
            if not self.pasts:
                history.live_through(self.scribe, workspace, self.now)
        self._mixture.settled = True
        total = PAST_EVENTS * len(self._busy)
        for index in range(total):
            back = PAST_HOURS * 3600 * (total - index) / total
            self._one(whole(self.now - timedelta(seconds=back)))
        self._mixture.settled = False
        self.scribe.fresh.clear()
        self._past = {workspace_id: witness.seen() for workspace_id, witness in self.scribe.witnesses.items()}
        self.scribe.witnesses = {workspace_id: Witness() for workspace_id in self.workspaces}

    # time

    def advance(self, now: datetime, *, most: int = MOST_AT_ONCE) -> list[LoggedEvent]:
        """Everything that happens up to `now`, at `rate`, but at most so much; also waits in `take_fresh`."""
        self.later.do_due(now)
        passed = (now - self._clock).total_seconds()
        if passed <= 0:
            return []
        before, self._clock = self._clock, now
        self.now = whole(now)
        self._owed = min(self._owed + passed * self.rate, most)
        made: list[LoggedEvent] = []
        goal, done = self._owed, 0
        while goal - done >= 1 and self._busy:
            at = whole(before + timedelta(seconds=passed * done / goal))
            events = self._one(at)
            done += max(1, len(events))  # a workspace that was emptied over the API may have nothing to tell
            made.extend(events)
        self._owed = goal - done
        self.scribe.forget_before(self.now)
        return made

    def _one(self, at: datetime) -> list[LoggedEvent]:
        if not self._busy:
            return []
        draw = self.scribe.rng.random() * self._odds[-1]
        workspace = self._busy[min(bisect(self._odds, draw), len(self._busy) - 1)]
        return self._mixture.next(workspace, at)

    def take_fresh(self) -> list[LoggedEvent]:
        """Events nobody has taken yet, oldest first; taking them empties the tray."""
        fresh = list(self.scribe.fresh)
        self.scribe.fresh.clear()
        return fresh

    # who may read

    def api_key(self, workspace_id: int) -> str:
        """The workspace's `api-user` key."""
        return f"{workspace_id + 100}|{secret(self._seed, f'api-user-{workspace_id}')}"

    @property
    def admin_key(self) -> str:
        """The instance's one `super-admin` key."""
        return f"1|{secret(self._seed, 'super-admin')}"

    # what really happened

    def truth(self, workspace_id: int, *, with_past: bool = False) -> Truth:
        """Since the world's start; `with_past` adds what the event log already held then."""
        live = self.scribe.witnesses[workspace_id].seen()
        return both(self._past[workspace_id], live) if with_past else live

    def truth_of_the_past(self, workspace_id: int) -> dict[tuple[date, Metric], int]:
        """Per UTC day what a complete backfill counts, of the months that the world was given."""
        return self.pasts[workspace_id].chronicle.truth() if workspace_id in self.pasts else {}

    # what takes its time

    def queue_removal(self, account_id: int, now: datetime) -> None:
        """The mailbox is gone after a while, and then EMAIL_ACCOUNT_REMOVED is told."""
        workspace, account = self.account(account_id)
        if not account.leaving:
            account.leaving = True
            self.later.put(self._after_deletion(now), lambda at: self._remove(workspace, account, whole(at)))

    def _remove(self, workspace: Workspace, account: Account, at: datetime) -> None:
        if workspace.accounts.get(account.id):
            mailboxes.removed(self.scribe, workspace, account, at)

    def queue_campaign_removal(self, workspace_id: int, campaign_id: int, now: datetime) -> None:
        """Nothing tells when a campaign is gone."""
        campaigns = self.workspaces[workspace_id].campaigns
        self.later.put(self._after_deletion(now), lambda at: campaigns.remove(campaign_id))

    def queue_start(self, workspace_id: int, campaign_id: int, now: datetime) -> None:
        """A resumed campaign runs after a minute."""
        campaign = self.workspaces[workspace_id].campaigns.get(campaign_id)

        def start(at: datetime) -> None:
            if campaign is not None and campaign.status == "queued":
                campaign.status, campaign.updated_at = "active", whole(at)

        self.later.put(now + timedelta(minutes=1), start)

    def _after_deletion(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self.scribe.switch.delays.deletion)

    # one event of a kind, for tests and scenarios

    def send(
        self, workspace_id: int, lead: str | None = None, *, at: datetime | None = None
    ) -> list[LoggedEvent]:
        """EMAIL_SENT (and LEAD_FIRST_CONTACTED) to that lead's address, or to any lead."""
        workspace, moment = self._place(workspace_id, at)
        planned = self._mixture.planned(workspace, moment, self._lead(workspace, lead))
        if planned is None:
            raise CallError(f"nobody can be written to in workspace {workspace_id}")
        return sends.sent(self.scribe, workspace, planned, moment)

    def open(
        self, workspace_id: int, lead: str | None = None, *, at: datetime | None = None
    ) -> list[LoggedEvent]:
        workspace, moment = self._place(workspace_id, at)
        return sends.opened(self.scribe, workspace, self._mailed(workspace, lead, moment), moment)

    def fail(
        self, workspace_id: int, lead: str | None = None, *, at: datetime | None = None
    ) -> list[LoggedEvent]:
        """EMAIL_SEND_FAILED."""
        workspace, moment = self._place(workspace_id, at)
        planned = self._mixture.planned(workspace, moment, self._lead(workspace, lead))
        return sends.failed(self.scribe, workspace, planned, moment) if planned else []

    def reply(
        self,
        workspace_id: int,
        lead: str | None = None,
        *,
        automated: bool = False,
        at: datetime | None = None,
    ) -> list[LoggedEvent]:
        """LEAD_REPLIED; nothing for an automated reply in a campaign that does not count those."""
        workspace, moment = self._place(workspace_id, at)
        mailed = self._mailed(workspace, lead, moment)
        return inbox.replied(self.scribe, workspace, mailed, moment, automated=automated)

    def interested(
        self, workspace_id: int, lead: str | None = None, *, at: datetime | None = None
    ) -> list[LoggedEvent]:
        """LEAD_INTERESTED, once per lead and campaign."""
        workspace, moment = self._place(workspace_id, at)
        return inbox.interested(self.scribe, workspace, self._answered(workspace, lead, moment), moment)

    def bounce(
        self, workspace_id: int, lead: str | None = None, *, at: datetime | None = None
    ) -> list[LoggedEvent]:
        workspace, moment = self._place(workspace_id, at)
        return inbox.bounced(self.scribe, workspace, self._mailed(workspace, lead, moment), moment)

    def unsubscribe(
        self, workspace_id: int, lead: str | None = None, *, at: datetime | None = None
    ) -> list[LoggedEvent]:
        workspace, moment = self._place(workspace_id, at)
        return inbox.unsubscribed(self.scribe, workspace, self._mailed(workspace, lead, moment), moment)

    def untracked(self, workspace_id: int, *, at: datetime | None = None) -> list[LoggedEvent]:
        workspace, moment = self._place(workspace_id, at)
        return inbox.untracked(self.scribe, workspace, workspace.accounts[0], moment)

    def manual(
        self, workspace_id: int, *, alone: bool = False, fails: bool = False, at: datetime | None = None
    ) -> list[LoggedEvent]:
        """MANUAL_EMAIL_SENT: an answer to a lead, or (`alone`) a new mail with null blocks."""
        workspace, moment = self._place(workspace_id, at)
        answered = None if alone else self._answered(workspace, None, moment)
        account = answered.account if answered else workspace.accounts[0]
        return inbox.manual(self.scribe, workspace, account, answered, moment, fails=fails)

    def disconnect(
        self, account_id: int, *, recovered: bool = False, at: datetime | None = None
    ) -> list[LoggedEvent]:
        """EMAIL_ACCOUNT_DISCONNECTED; `recovered`: the mailbox is already back and the event says so."""
        workspace, account = self.account(account_id)
        return mailboxes.disconnected(
            self.scribe, workspace, account, whole(at or self.now), recovered=recovered
        )

    def reconnect(self, account_id: int, *, at: datetime | None = None) -> list[LoggedEvent]:
        workspace, account = self.account(account_id)
        return mailboxes.reconnected(self.scribe, workspace, account, whole(at or self.now))

    def add_account(self, workspace_id: int, *, at: datetime | None = None) -> list[LoggedEvent]:
        workspace, moment = self._place(workspace_id, at)
        return mailboxes.added(self.scribe, workspace, self._seeder.account(workspace, moment), moment)

    def remove_account(self, account_id: int, *, at: datetime | None = None) -> list[LoggedEvent]:
        workspace, account = self.account(account_id)
        return mailboxes.removed(self.scribe, workspace, account, whole(at or self.now))

    def add_lead(self, workspace_id: int, *, at: datetime | None = None) -> Lead:
        """A new lead, not yet written to. No event tells of it."""
        workspace, moment = self._place(workspace_id, at)
        return self._seeder.lead(workspace, moment)

    def add_campaign(self, workspace_id: int) -> Campaign:
        """A new campaign. No event tells of it."""
        workspace, _ = self._place(workspace_id, None)
        return workspace.campaigns.add(self._seeder.campaign(workspace, len(workspace.campaigns) + 1))

    def replied_to(self, workspace_id: int, *, at: datetime | None = None) -> str:
        """The address of a lead who has just answered, for the first time, and is not yet interested."""
        lead = self.add_lead(workspace_id, at=at)
        self.reply(workspace_id, lead.email, at=at)
        return lead.email

    def emit_unknown(
        self, workspace_id: int, kind: str = "SOMETHING_NEW", *, at: datetime | None = None
    ) -> list[LoggedEvent]:
        """An event of a type nobody knows."""
        workspace, moment = self._place(workspace_id, at)
        return labels.unknown(self.scribe, workspace, kind, moment)

    def account(self, account_id: int) -> tuple[Workspace, Account]:
        """A mailbox and the workspace it lives in. Raises CallError."""
        for workspace in self.workspaces.values():
            if found := workspace.accounts.get(account_id):
                return workspace, found
        raise CallError(f"no account {account_id}")

    def _place(self, workspace_id: int, at: datetime | None) -> tuple[Workspace, datetime]:
        if workspace_id not in self.workspaces:
            raise CallError(f"no workspace {workspace_id}")
        return self.workspaces[workspace_id], whole(at or self.now)

    def _lead(self, workspace: Workspace, email: str | None) -> Lead | None:
        if email is not None and email not in workspace.lead_by_email:
            raise CallError(f"no lead {email} in workspace {workspace.id}")
        return workspace.lead_by_email[email] if email is not None else None

    def _mailed(self, workspace: Workspace, email: str | None, at: datetime) -> Send:
        """The newest message to that lead, or to any who may still be mailed; one is sent where there is none."""
        self._lead(workspace, email)
        for send in reversed(workspace.recent_sends):
            if send.lead.email == email or (email is None and send.lead.mailable):
                return send
        self.send(workspace.id, email, at=at)
        return workspace.recent_sends[-1]

    def _answered(self, workspace: Workspace, email: str | None, at: datetime) -> Reply:
        """The newest answer of that lead, or of anybody; one is given where there is none."""
        self._lead(workspace, email)
        for reply in reversed(workspace.recent_replies):
            if email is None or (reply.lead is not None and reply.lead.email == email):
                return reply
        self.reply(workspace.id, email, at=at)
        return workspace.recent_replies[-1]
