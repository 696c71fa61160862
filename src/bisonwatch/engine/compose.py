"""The engine's parts, put together out of settings: every room but the terminal is known here, and only here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import httpx

from bisonwatch import __version__
from bisonwatch.bus import Bus
from bisonwatch.cache.picture import Asks, Self
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.clock import Clock
from bisonwatch.config.settings import Database as DatabaseSettings
from bisonwatch.config.settings import Settings
from bisonwatch.config.values import format_duration
from bisonwatch.domain.comparison import Leeway
from bisonwatch.domain.delivery import Bodies
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job
from bisonwatch.domain.share import WHOLE, Share
from bisonwatch.engine.schedule import At, Every, Plan
from bisonwatch.engine.scheduler import last_runs
from bisonwatch.engine.turns import Home
from bisonwatch.engine.upkeep import Upkeep
from bisonwatch.health.rules import drift
from bisonwatch.health.rules.freshness import Limits
from bisonwatch.ingest.drain import Drain
from bisonwatch.ingest.inbox import Bounds
from bisonwatch.ingest.listener import Door
from bisonwatch.ingest.spool import Spool
from bisonwatch.logs import LogLine
from bisonwatch.metrics import Spooling
from bisonwatch.store import workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.retention import Keep
from bisonwatch.store.spool import SpoolFile
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

DRAIN = 0.75
"""Of `database.deadline`: so that a database that hung is found back within two seconds."""
UPKEEP_EVERY = timedelta(hours=1)
SUBSCRIPTIONS_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen beside the settings. `subscribe`: keep our webhook subscription registered by ourselves (the demo does).

    `public_url` replaces `listener.public_url`; it is told the listener's real address.
    """

    tempo: Tempo | None = None
    health_every: timedelta | None = None
    subscribe: bool = False
    public_url: Callable[[str], str] | None = None
    logs: Callable[[int], Sequence[LogLine]] = field(default=lambda _count: ())
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None
    """Replaces the network to the provider, by instance: tests put a simulated provider here."""


def place_of(settings: DatabaseSettings) -> Place:
    """Where the mirror is. With `pooler: auto` the first connection tells."""
    pooled = {"transaction": True, "none": False}.get(settings.pooler)
    return Place(settings.url.resolve(), settings.schema_, settings.pool, pooled)


def tempo_of(settings: Settings) -> Tempo:
    return Tempo(poll_every=settings.sync.poll_every, silence=settings.sync.silence)


def limits_of(settings: Settings, tempo: Tempo) -> Limits:
    thresholds = settings.health.thresholds
    return Limits(tempo.poll_every, tempo.silence, thresholds.lag_warning, thresholds.lag_critical)


def drifts_of(settings: Settings) -> drift.Limits:
    thresholds = settings.health.thresholds
    return drift.Limits(thresholds.drift_warning, thresholds.drift_critical)


def bounds_of(settings: Settings) -> Bounds:
    deadline = settings.database.deadline.total_seconds()
    return Bounds(pending_bytes=settings.listener.max_pending, deadline=deadline)


def spool_of(settings: Settings, place: Place, clock: Clock, figures: Spooling) -> Spool:
    deadline = settings.database.deadline.total_seconds()
    return Spool(
        SpoolFile(settings.spool.file, settings.spool.max_size, place.mirror), clock, figures, deadline
    )


def drain_of(settings: Settings, spool: Spool, database: Database, bus: Bus, clock: Clock) -> Drain:
    return Drain(spool, database, bus, clock, settings.database.deadline.total_seconds() * DRAIN)


def doors_of(settings: Settings) -> dict[str, Door]:
    """One door per instance that has a webhook token. Raises ConfigError for a secret that is not set."""
    return {
        instance.name: Door(
            instance.webhook_token.resolve(),
            instance.signing_secret.resolve() if instance.signing_secret else None,
        )
        for instance in settings.instances
        if instance.webhook_token is not None
    }


def plan_of(settings: Settings, tempo: Tempo, *, pushed: bool | None = None) -> Plan:
    """Every scheduled job's rhythm. The poll's is per workspace (`sync.plan`); the one shown is the busy workspace's.

    `pushed`: whether there is a public address that subscriptions can lead to; None: as the settings say.
    """
    pushing: dict[Job, Every | At] = {}
    if settings.listener.public_url is not None if pushed is None else pushed:
        pushing[Job.SUBSCRIPTIONS] = Every(SUBSCRIPTIONS_EVERY)
        if settings.sync.canary_every is not None:
            pushing[Job.CANARY] = Every(settings.sync.canary_every)
    return Plan(
        pushing
        | {
            Job.DISCOVER: At(settings.sync.discover_at, settings.zone),
            Job.POLL: Every(tempo.poll_every),
            Job.ACCOUNTS: Every(min(settings.sync.accounts_refresh, settings.sync.accounts_every)),
            Job.CAMPAIGNS: Every(settings.sync.campaigns_every),
            Job.LEADS: Every(settings.sync.leads_every),
            Job.REPORTS: Every(settings.sync.reports_every),
            Job.UPKEEP: Every(UPKEEP_EVERY),
            Job.CONSISTENCY: Every(settings.health.consistency_every),
            Job.FULL: At(settings.sync.full_at, settings.zone),
            Job.SETTINGS: At(settings.sync.discover_at, settings.zone),
        },
        later=frozenset({Job.FULL}),
    )


def keep_of(settings: Settings) -> Keep:
    return Keep(settings.retention.inbox, settings.retention.events, settings.retention.runs)


def bodies_of(settings: Settings) -> Bodies:
    return Bodies(settings.retention.bodies)


def asks_of(tempo: Tempo) -> Asks:
    """How often event logs are asked, in words."""
    return Asks(format_duration(tempo.poll_every), format_duration(tempo.silent_every), tempo.silence)


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


async def watcher(settings: Settings, database: Database, node: str) -> Self:
    """Who looks at the database without being an engine."""
    plan, limit = plan_of(settings, tempo_of(settings)), settings.health.thresholds.backlog
    async with database.read() as tx:
        last, installed = await last_runs(tx, plan.rhythms), await workspaces.installed(tx)
        shown = plan.shown(last, database.clock.now(), installed)
    return Self(None, node, __version__, database.place.shown, limit, shown)


def urls_of(settings: Settings) -> Mapping[str, str]:
    return {instance.name: instance.url for instance in settings.instances}
