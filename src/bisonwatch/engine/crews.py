"""The workers that ask the provider, made from the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bisonwatch.bus import Bus
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clock import Clock
from bisonwatch.config.settings import Settings
from bisonwatch.domain.comparison import Leeway
from bisonwatch.domain.delivery import Bodies
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.engine.turns import Home
from bisonwatch.engine.upkeep import Upkeep
from bisonwatch.store.database import Database
from bisonwatch.store.retention import Keep
from bisonwatch.sync.accounts import Accounts
from bisonwatch.sync.backfill import Backfill
from bisonwatch.sync.campaigns import Campaigns
from bisonwatch.sync.canary import Canaries
from bisonwatch.sync.consistency import Consistency
from bisonwatch.sync.discovery import Discovery
from bisonwatch.sync.hints import Hints
from bisonwatch.sync.labels import Labels
from bisonwatch.sync.ladder import Ladder, Rungs
from bisonwatch.sync.leads import Leads
from bisonwatch.sync.plan import Tempo
from bisonwatch.sync.poller import Poller
from bisonwatch.sync.providers import Providers
from bisonwatch.sync.pushing import Pushing
from bisonwatch.sync.record import leads_here
from bisonwatch.sync.recorder import RunRecorder, Workers
from bisonwatch.sync.replies import Replies
from bisonwatch.sync.reports import Reports
from bisonwatch.sync.resync import NIGHTLY, Readers, Resync
from bisonwatch.sync.sends import Sends
from bisonwatch.sync.settings import Settings as SettingsSync
from bisonwatch.sync.stint import Restraint
from bisonwatch.sync.subscriptions import Subscriptions


def keep_of(settings: Settings) -> Keep:
    kept = settings.retention
    return Keep(kept.inbox, kept.events, kept.runs, kept.api_log)


def bodies_of(settings: Settings) -> Bodies:
    return Bodies(settings.retention.bodies)


def targets_of(settings: Settings) -> dict[WorkspaceKey, int | None]:
    return {client.workspace: client.kpi_target for client in settings.clients}


@dataclass(frozen=True, slots=True)
class Crew:
    """The workers that ask the provider."""

    providers: Providers
    poller: Poller
    discovery: Discovery
    hints: Hints
    resync: Resync
    recorder: RunRecorder
    subscriptions: Subscriptions
    canaries: Canaries

    def home(self, workspace: WorkspaceKey) -> Home:
        """Where a workspace's work belongs while several nodes share it out."""
        return Home(self.providers.slot(workspace), self.providers.common(workspace))


def crew_of(
    settings: Settings,
    database: Database,
    providers: Providers,
    clock: Clock,
    bus: Bus,
    tempo: Tempo,
    share: Callable[[], Share] = lambda: WHOLE,
    public_url: Callable[[], str | None] | None = None,
    *,
    repair: bool = False,
) -> Crew:
    """`share`: what of the objects to be read again is this node's; `public_url` replaces `listener.public_url`; `repair`: subscriptions that
    are gone or drifted are put right unasked."""
    sync = settings.sync
    labels = Labels(sync.provider_tags, sync.reseller_tags)
    drop = settings.health.thresholds.accounts_drop
    sweep = sync.accounts_every
    accounts = Accounts(
        database, providers, bus, labels, concurrency=sync.concurrency, drop=drop, sweep_every=sweep
    )
    campaigns = Campaigns(database, providers, bus, concurrency=sync.concurrency)
    reports = Reports(database, providers, clock, bus, concurrency=sync.concurrency)
    leads = Leads(database, providers, bus, concurrency=sync.concurrency)
    replies, sends = Replies(database, providers, bus), Sends(database, providers, bus)
    address = public_url or (lambda: settings.listener.public_url)
    poller = Poller(
        database,
        providers,
        clock,
        bus,
        tempo,
        concurrency=sync.concurrency,
        timeout=sync.timeout,
        ladder=Ladder(database, Rungs(replies, sends, accounts, reports), tempo),
        ours=lambda url, instance: leads_here(address(), url, instance),
    )
    readers = Readers(accounts, campaigns, leads, replies, sends, reports)
    resync = Resync(database, providers, readers, poller, concurrency=sync.concurrency)
    discovery = Discovery(database, providers, clock, bus, targets_of(settings))
    upkeep = Upkeep(database, clock, keep_of(settings), bodies_of(settings))
    subscribed = subscriptions_of(settings, database, providers, clock, address, bus)
    canaries = Canaries(database, providers, subscribed, clock, concurrency=sync.concurrency)
    pushing = Pushing(database, providers, subscribed, canaries, repair=repair, concurrency=sync.concurrency)
    checks = leeway_of(settings)
    consistency = Consistency(database, providers, clock, bus, reports, checks, concurrency=sync.concurrency)
    slowly = Restraint(clock, settings.sync.backfill_rate)
    full = full_of(settings, database, providers, clock, bus, poller, slowly)
    targets = SettingsSync(database, providers, bus, targets_of(settings), sync.kpi_tag)
    workers = Workers(
        poller,
        discovery,
        accounts,
        campaigns,
        leads,
        reports,
        resync,
        upkeep.run,
        pushing,
        consistency,
        full,
        targets,
        backfill_of(database, providers, clock, bus, slowly),
    )
    recorder = RunRecorder(database, clock, bus, workers)
    hints = Hints(database, providers, clock, bus, labels, share=share)
    return Crew(providers, poller, discovery, hints, resync, recorder, subscribed, canaries)


def leeway_of(settings: Settings) -> Leeway:
    return Leeway(settings.health.tolerance, settings.health.thresholds.drift_warning)


def full_of(
    settings: Settings,
    database: Database,
    providers: Providers,
    clock: Clock,
    bus: Bus,
    poller: Poller,
    slowly: Restraint,
) -> Resync:
    """The full sync: every part of one workspace after another, behind whatever else is asked of the provider, and no faster than backfills:
    it may go on for hours."""
    sync, behind = settings.sync, providers.behind(Priority.BACKFILL)
    labels = Labels(sync.provider_tags, sync.reseller_tags)
    drop = settings.health.thresholds.accounts_drop
    accounts = Accounts(database, behind, bus, labels, concurrency=1, drop=drop)
    readers = Readers(
        accounts,
        Campaigns(database, behind, bus),
        Leads(database, behind, bus),
        Replies(database, behind, bus),
        Sends(database, behind, bus),
        Reports(database, behind, clock, bus),
    )
    return Resync(database, behind, readers, poller, depth=NIGHTLY, restraint=slowly)


def backfill_of(
    database: Database, providers: Providers, clock: Clock, bus: Bus, slowly: Restraint
) -> Backfill:
    behind = providers.behind(Priority.BACKFILL)
    reports = Reports(database, behind, clock, bus)
    return Backfill(database, behind, reports, bus, slowly)


def subscriptions_of(
    settings: Settings,
    database: Database,
    providers: Providers,
    clock: Clock,
    public_url: Callable[[], str | None],
    bus: Bus,
) -> Subscriptions:
    tokens = {i.name: i.webhook_token.resolve() for i in settings.instances if i.webhook_token is not None}
    return Subscriptions(database, providers, clock, public_url, tokens, bus)
