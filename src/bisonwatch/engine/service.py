"""The engine: its parts started in order and stopped in reverse. Nothing here decides; it only wires and waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress

from bisonwatch import __version__
from bisonwatch.api.app import create_app
from bisonwatch.api.auth import Token
from bisonwatch.api.reel import Reel
from bisonwatch.bus import Bus
from bisonwatch.cache.comparisons import Comparisons
from bisonwatch.cache.picture import Self
from bisonwatch.cache.publish import Publisher
from bisonwatch.cache.snapshot import SnapshotMaker
from bisonwatch.clock import AgreedClock
from bisonwatch.config.settings import Settings
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.feed import Feed
from bisonwatch.domain.health import Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.engine import compose, crews
from bisonwatch.engine.agreement import Agreement
from bisonwatch.engine.backfilling import Backfilling
from bisonwatch.engine.certificates import EVERY_S as CERTIFICATES_S
from bisonwatch.engine.certificates import Certificates
from bisonwatch.engine.compose import Choices
from bisonwatch.engine.datasets import Datasets
from bisonwatch.engine.days import EVERY_S as DAYS_S
from bisonwatch.engine.days import ProviderDays
from bisonwatch.engine.disk_watch import EVERY_S as DISKS_S
from bisonwatch.engine.disk_watch import DiskWatch
from bisonwatch.engine.entry import Entry
from bisonwatch.engine.feed import EngineFeed
from bisonwatch.engine.heartbeat import Heartbeat
from bisonwatch.engine.history import History
from bisonwatch.engine.hooks import Hooks
from bisonwatch.engine.identity import new_identity
from bisonwatch.engine.leadership import Leadership
from bisonwatch.engine.log_watch import EVERY_S as LOG_S
from bisonwatch.engine.log_watch import LogWatch
from bisonwatch.engine.logbook import EVERY_S as LOGBOOK_S
from bisonwatch.engine.logbook import Logbook
from bisonwatch.engine.looping import settle_memory
from bisonwatch.engine.loops import every, health_loop, hints_loop, subscribe_all
from bisonwatch.engine.members import Members
from bisonwatch.engine.requests import Requests
from bisonwatch.engine.runner import Runner, counted
from bisonwatch.engine.scheduler import Scheduler
from bisonwatch.engine.servers import HttpServer
from bisonwatch.engine.sockets import Sockets
from bisonwatch.engine.stages import Stages
from bisonwatch.engine.supervisor import Supervisor
from bisonwatch.errors import BisonwatchError, Flaw, StoreUnavailable
from bisonwatch.health.run import HealthRun
from bisonwatch.ingest.inbox import Inbox
from bisonwatch.ingest.letters import Letters
from bisonwatch.ingest.listener import Listener
from bisonwatch.ingest.processor import Processor
from bisonwatch.metrics import Metrics
from bisonwatch.store.database import Database
from bisonwatch.sync.providers import connected

log = logging.getLogger(__name__)

KEYS_S = 3600.0
"""How often each key is asked which workspace it reads."""


class Engine:
    """One per process. `start` returns when it listens; `stop` when everything that was acknowledged is safe and others know."""

    def __init__(
        self, settings: Settings, sockets: Sockets, clock: AgreedClock, choices: Choices | None = None
    ) -> None:
        self.settings, self.clock, self.choices = settings, clock, choices or Choices()
        self.sockets = sockets
        self.identity = new_identity(clock.now())
        self.bus, self.metrics = Bus(), Metrics()
        self.supervisor = Supervisor(clock)
        self._stopped, self._began = False, clock.now()
        self.over = asyncio.Event()
        """Set when the engine cannot go on, which `fault` explains; whoever runs it may put an event of its own here."""
        self.fault: BisonwatchError | None = None
        self.tempo = self.choices.tempo or compose.tempo_of(settings)
        self.place = compose.place_of(settings.database)
        self.database = Database(self.place, clock, self.identity.id)
        self.metrics.writing = self.database.write_ms
        self._workers(settings, clock)
        self._doors(settings, clock)
        self._faces(settings, clock)

    def _workers(self, settings: Settings, clock: AgreedClock) -> None:
        """Who leads, who asks the provider, and when."""
        self.agreement = Agreement(self.database, clock)
        timeout, transports = settings.sync.timeout, self.choices.transports
        self.providers = connected(
            settings.instances,
            clock,
            timeout=timeout,
            transports=transports,
            database=self.database,
            metrics=self.metrics,
        )
        self.members = Members(self.identity.id)
        self.crew = crews.crew_of(
            settings,
            self.database,
            self.providers,
            clock,
            self.bus,
            self.tempo,
            lambda: self.members.share,
            self._public_url,
            repair=self.choices.subscribe,
        )
        self.leadership = Leadership(self.database, clock, self.identity)
        self.log_watch = LogWatch(self.database, clock)
        self.days = ProviderDays(self.database, self.leadership, clock)
        pushed = True if self.choices.public_url else None
        rhythms = compose.plan_of(settings, self.tempo, pushed=pushed)
        self.scheduler = Scheduler(
            self.database,
            self.bus,
            clock,
            self.leadership,
            self.members,
            rhythms,
            self.crew.poller.due_in,
        )
        execute = counted(self.crew.recorder.run, self.metrics.running, clock)
        self.runner = Runner(self.database, self.bus, clock, self.members, self.crew.home, execute)

    def _doors(self, settings: Settings, clock: AgreedClock) -> None:
        """The way of a delivery into the mirror."""
        self.spool = compose.spool_of(settings, self.place, clock, self.metrics.spooling)
        self.disks = DiskWatch(self.place, settings.spool.file, settings.spool.max_size, self.metrics)
        self.drain = compose.drain_of(settings, self.spool, self.database, self.bus, clock)
        self.inbox = Inbox(self.database, self.bus, clock, compose.bounds_of(settings), self.spool)
        self.processor = Processor(
            self.database,
            self.bus,
            clock,
            self.metrics.processing,
            share=lambda: self.members.share,
            bodies=crews.bodies_of(settings),
            promptness=self.tempo.promptness,
        )
        self.letters = Letters(self.database, self.bus, clock)

    def _faces(self, settings: Settings, clock: AgreedClock) -> None:
        """What others see of us: health, the picture, the servers, the heartbeat."""
        limits = compose.limits_of(settings, self.tempo)
        drifts = compose.drifts_of(settings)
        self.health = HealthRun(self.database, self.bus, clock, limits, lambda: self.leadership.lease, drifts)
        self.snapshots = SnapshotMaker(
            self.database,
            self.bus,
            clock,
            me=self._me,
            urls=compose.urls_of(settings),
            promptness=self.tempo.promptness,
            metrics=self.metrics,
            listener_url=lambda: self.listener.url,
            logs=self.choices.logs,
        )
        self.certificates = Certificates(settings, clock, self.metrics)
        shown = self.certificates.context
        proxies = settings.listener.trusted_proxies
        self.listener = HttpServer(self._listener(), self.sockets.listener, shown("listener"), proxies)
        newest = self.snapshots.newest
        self.reel = Reel(newest, self.bus, clock, str(self.identity.id))
        app = create_app(
            self.database,
            newest,
            clock,
            self._tokens(),
            self.letters,
            self.metrics,
            self.feed_of,
            self.reel,
            origins=settings.api.cors,
        )
        self.api = HttpServer(app, self.sockets.api, shown("api"), settings.api.trusted_proxies)
        self.heartbeat = Heartbeat(
            self.database,
            clock,
            self.identity,
            __version__,
            agree=self.agreement.once,
            members=self.members,
            leads=self.leadership.leads,
            api_url=lambda: self.api.url,
            figures=self.snapshots.own_figures,
        )
        self.entry = Entry(self.database, self.identity.id, self.agreement, self.leadership, self.heartbeat)
        self.history = History(self.database)
        self.logbook = Logbook(self.database, clock, self.metrics)
        self.requests = Requests(self.database, self.bus, clock, self.crew.resync)
        makes = compose.makes_of(settings, self.database, clock)
        spans = compose.spans_of(settings)
        self.datasets = Datasets(
            self.database, self.bus, clock, makes, spans, self._watched, self._flawed, self.metrics.caching
        )
        self.backfilling = Backfilling(self.database, self.bus, clock, settings.retention.events)
        self.stages = Stages(self.database, self.bus, clock)
        self.comparisons = Comparisons(self.database, clock, crews.leeway_of(settings))
        self.hooks = Hooks(self.database, self.crew.subscriptions, self.crew.canaries)

    async def start(self) -> None:
        """Raises StoreNewer, StoreOlder, StoreUnavailable before anything listens; nothing is left open then.

        A Postgres that is away is no reason not to listen, where deliveries can be spooled: all else begins when it is there.
        """
        async with AsyncExitStack() as failing:
            failing.push_async_callback(self._close)
            there = await self._entered_or_spooling()
            failing.pop_all()
        self._start(
            {
                "drain": self.drain.run,
                "inbox": self.inbox.run,
                "listener": self.listener.run,
                "api": self.api.run,
                "snapshot": self.snapshots.run,
                "stream": self.reel.run,
                "certificates": self._look_at_certificates,
                "disks": lambda: every(self.disks.once, DISKS_S, self.clock, "looking at the disks"),
            }
        )
        if there:
            self._work()
        else:
            self._start({"database": self._late})
        settle_memory()
        log.info(
            "listening on %s, API on %s, mirror in %s", self.listener.url, self.api.url, self.place.shown
        )

    async def _entered_or_spooling(self) -> bool:
        """Whether the database is there."""
        spooling = await self.spool.open()
        try:
            await self.entry.once()
        except StoreUnavailable as error:
            if not (spooling and self.entry.may_wait(error)):
                raise
            self.spool.hold(error)
            return False
        return True

    async def _look_at_certificates(self) -> None:
        await every(self.certificates.once, CERTIFICATES_S, self.clock, "looking at the certificates")

    async def _late(self) -> None:
        """What waits in the spool is not for a database that refuses us or is not of our schema."""
        self.fault = await self.entry.late()
        if self.fault is not None:
            self.over.set()
            return
        self.spool.release()
        self._work()

    def _start(self, loops: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
        for name, run in loops.items():
            self.supervisor.start(name, run)

    def _work(self) -> None:
        """Everything that wants the database."""
        loops: dict[str, Callable[[], Awaitable[None]]] = {
            "front": self._warm,
            "processor": self.processor.run,
            "publisher": Publisher(self.database, self.bus, self.clock).run,
            "datasets": self.datasets.run,
            "heartbeat": self.heartbeat.run,
            "leadership": self.leadership.run,
            "scheduler": self.scheduler.run,
            "runner": self.runner.run,
            "hints": lambda: hints_loop(self.crew.hints, self.bus, self.clock),
            "keys": lambda: every(self.crew.discovery.check, KEYS_S, self.clock, "checking the keys"),
            "provider days": lambda: every(self.days.once, DAYS_S, self.clock, "the series of providers"),
            "write-ahead log": lambda: every(self.log_watch.once, LOG_S, self.clock, "taking the log over"),
            "API log": lambda: every(self.logbook.once, LOGBOOK_S, self.clock, "keeping the API log"),
            "health": lambda: health_loop(self.health, self.bus, self.clock, self._health_every()),
        }
        self._start(loops | ({"subscriptions": self._subscribe} if self.choices.subscribe else {}))

    async def stop(self) -> None:
        """Requests in flight are answered and durable; runs go back into the queue; the lease is given back.

        Stopping twice is fine.
        """
        self.listener.close()
        self.reel.close()
        self.api.close()
        await self.supervisor.finished("listener")
        self.inbox.close()
        await self.supervisor.finished("inbox")
        await self.supervisor.finished("api")
        await self.supervisor.stop()
        if not self._stopped:
            self._stopped = True
            await self.logbook.close()
            await self.entry.leave()
            await self._close()
            log.info("stopped")

    async def _close(self) -> None:
        self.sockets.close()
        await self.spool.close()
        await self.providers.close()
        await self.database.close()

    def snapshot(self) -> Snapshot:
        return self.snapshots.newest()

    def _listener(self) -> Listener:
        return Listener(
            compose.doors_of(self.settings),
            self.inbox,
            self.clock,
            self.metrics.listening,
            max_body=self.settings.listener.max_body,
            max_coming=self.settings.listener.max_pending,
            missed=self._missed,
        )

    def _watched(self) -> list[WorkspaceKey]:
        return [row.key for row in self.snapshot().workspaces if row.health is not Health.PAUSED]

    def _missed(self, instance: str) -> None:
        """A delivery was too large to take: the event logs of its instance are walked at once."""
        keys = tuple(row.key for row in self.snapshot().workspaces if row.key.instance == instance)
        self.supervisor.start(f"poll of {instance}", lambda: self._ask_all(keys))

    async def _ask_all(self, keys: tuple[WorkspaceKey, ...]) -> None:
        await self.requests.ask(Job.POLL, keys, (), "listener")

    async def _warm(self) -> None:
        with suppress(StoreUnavailable):  # deliveries find that out by themselves, and open their own
            await self.database.warm()

    def _flawed(self, workspace: WorkspaceKey, _name: DatasetName, flaws: Sequence[Flaw]) -> None:
        self.metrics.validation.flawed(self.clock.now(), workspace, flaws)

    def _tokens(self) -> list[Token]:
        return [Token(token.name, token.role, token.token.resolve()) for token in self.settings.api.tokens]

    def _me(self) -> Self:
        limit = self.settings.health.thresholds.backlog
        who = self.identity
        asks = compose.asks_of(self.tempo)
        shown, schedules = self.place.shown, self.scheduler.shown()
        return Self(who.id, who.name, __version__, shown, limit, schedules, asks, self._began)

    def feed_of(self, caller: str) -> Feed:
        """What a face may ask, in the name of that caller."""
        return EngineFeed(self, caller)

    def _health_every(self) -> float:
        """Often, since it is cheap: a state that changes wants to be seen at once."""
        chosen = self.choices.health_every or min(self.settings.health.every, self.tempo.silent_every / 6)
        return chosen.total_seconds()

    def _public_url(self) -> str | None:
        if self.choices.public_url:
            return self.choices.public_url(self.listener.url)
        return self.settings.listener.public_url

    async def _subscribe(self) -> None:
        await subscribe_all(self.crew.subscriptions, self.snapshot, self.clock)
