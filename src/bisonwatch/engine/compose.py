"""The engine's parts, put together out of settings: every room but the terminal is known here, and only here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import httpx

from bisonwatch import __version__
from bisonwatch.bus import Bus
from bisonwatch.cache.dataset_cache import Makes, Spans
from bisonwatch.cache.datasets.loader import Loader
from bisonwatch.cache.picture import Asks, Self
from bisonwatch.clock import Clock
from bisonwatch.config.settings import Database as DatabaseSettings
from bisonwatch.config.settings import Settings
from bisonwatch.config.values import format_duration
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.datasets.plain import plain
from bisonwatch.domain.run import Job
from bisonwatch.engine.schedule import At, Every, Plan
from bisonwatch.engine.scheduler import last_runs
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
from bisonwatch.store.spool import SpoolFile
from bisonwatch.sync.plan import Tempo

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


def asks_of(tempo: Tempo) -> Asks:
    """How often event logs are asked, in words."""
    return Asks(format_duration(tempo.poll_every), format_duration(tempo.silent_every), tempo.silence)


def makes_of(settings: Settings, database: Database, clock: Clock) -> Makes:
    """How datasets are made out of the mirror and of what is agreed with the clients."""
    return Makes(Loader(database, settings.clients, clock).make, plain)


def spans_of(settings: Settings) -> Spans:
    cache = settings.cache
    lives = {name: getattr(cache, name.value) for name in DatasetName}
    return Spans(lives, cache.prefetch, settings.sync.timeout)


def urls_of(settings: Settings) -> Mapping[str, str]:
    return {instance.name: instance.url for instance in settings.instances}


async def watcher(settings: Settings, database: Database, node: str) -> Self:
    """Who looks at the database without being an engine."""
    plan, limit = plan_of(settings, tempo_of(settings)), settings.health.thresholds.backlog
    async with database.read() as tx:
        last, installed = await last_runs(tx, plan.rhythms), await workspaces.installed(tx)
        shown = plan.shown(last, database.clock.now(), installed)
    return Self(None, node, __version__, database.place.shown, limit, shown)
