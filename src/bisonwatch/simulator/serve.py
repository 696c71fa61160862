"""Running the simulator: its API, the passing of time, and the deliveries, until told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType

import uvicorn

from bisonwatch.clock import AgreedClock, Clock, SystemClock
from bisonwatch.errors import CallError, StartError
from bisonwatch.simulator.fault_words import from_json
from bisonwatch.simulator.faults import FaultSwitch
from bisonwatch.simulator.hooks import EVERY_TYPE
from bisonwatch.simulator.past.chronicle import History
from bisonwatch.simulator.records import Subscription
from bisonwatch.simulator.scenarios import Scenario, Script
from bisonwatch.simulator.server import create_app
from bisonwatch.simulator.switches import Delays, Forms, Limits, changed
from bisonwatch.simulator.webhooks import Deliveries
from bisonwatch.simulator.wire import Wire
from bisonwatch.simulator.world import World

log = logging.getLogger(__name__)

TICK = 0.1
"""Seconds between two steps of the world."""
MOST_BEHIND = 0.5
"""Seconds one step makes up for at most: a machine that slept, or is too slow for the rate, does not fall ever further back."""


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """`port` 0 is any free one; `rate` is events a second; `deliver_to` gets every workspace's webhooks.

    `start` (ISO 8601) is when the provider's clock begins instead of now. The last four are as the control routes take them.
    """

    port: int = 0
    seed: int = 7
    workspaces: int = 27
    accounts: int = 4000
    rate: float = 5.0
    scenario: str = "calm"
    deliver_to: str | None = None
    retry_compression: float = 60.0
    watch_stdin: bool = False
    history_days: int = 0
    history_volume: float = 1.0
    start: str | None = None
    faults: Mapping[str, object] = field(default_factory=dict)
    forms: Mapping[str, object] = field(default_factory=dict)
    limits: Mapping[str, object] = field(default_factory=dict)
    delays: Mapping[str, object] = field(default_factory=dict)

    def switch(self) -> FaultSwitch:
        """Raises CallError."""
        return FaultSwitch(
            from_json(dict(self.faults)),
            forms=changed(Forms(), dict(self.forms)),
            limits=changed(Limits(), dict(self.limits)),
            delays=changed(Delays(), dict(self.delays)),
        )


@dataclass(frozen=True, slots=True)
class Ready:
    """Where it listens and who may ask. Keys and names are by workspace id."""

    url: str
    admin_key: str
    workspace_ids: tuple[int, ...]
    api_keys: Mapping[int, str] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal ends it in order; uvicorn's own would raise the signal once more after that."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()


async def serve(
    options: SimulatorOptions, *, on_ready: Callable[[Ready], None], clock: Clock | None = None
) -> None:
    """Returns on SIGTERM, SIGINT, cancellation, or when stdin closes (`watch_stdin`). Raises StartError, CallError."""
    clock = clock or _clock(options)
    scenario, switch = Scenario.named(options.scenario), options.switch()
    listener = _bind(options.port)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    world = World(
        options.seed,
        options.workspaces,
        options.accounts,
        start=clock.now(),
        url=url,
        rate=options.rate,
        past=History(options.history_days, options.history_volume),
    )
    deliveries = Deliveries(world, switch, clock, compression=options.retry_compression, seed=options.seed)
    if options.deliver_to:
        subscribe_all(world, options.deliver_to)
    config = uvicorn.Config(
        Wire(create_app(world, deliveries, switch, clock)),
        log_config=None,
        access_log=False,
        lifespan="off",
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, lambda: on_ready(ready(world)))
    if options.watch_stdin:
        _stop_with_stdin(server)
    script = Script(scenario, switch, busiest(world))
    await _together(server, listener, deliveries, _live(world, script, clock))


def _clock(options: SimulatorOptions) -> Clock:
    """The machine's, or one that began at the wanted moment. Raises CallError."""
    if options.start is None:
        return SystemClock()
    try:
        wanted = datetime.fromisoformat(options.start)
    except ValueError as error:
        raise CallError(f"start is a moment such as 2026-09-14T12:00:00Z, not {options.start!r}") from error
    if wanted.tzinfo is None:
        raise CallError("start needs its time zone", hint="write a Z at its end")
    clock = AgreedClock(SystemClock())
    clock.ahead = clock.now() - wanted.astimezone(UTC)
    return clock


async def _together(
    server: _Server, listener: socket.socket, deliveries: Deliveries, life: Coroutine[object, object, None]
) -> None:
    """The server decides when it is over; the loops beside it end with it, and their failure ends it."""
    tasks = [asyncio.create_task(deliveries.run()), asyncio.create_task(life)]

    def failed(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            server.should_exit = True

    for task in tasks:
        task.add_done_callback(failed)
    try:
        await server.serve(sockets=[listener])
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        listener.close()
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


async def _live(world: World, script: Script, clock: Clock) -> None:
    begun = clock.monotonic()
    while True:
        for sentence in script.due(clock.monotonic() - begun):
            log.warning("scenario: %s", sentence)
        world.advance(clock.now(), most=max(1, int(world.rate * MOST_BEHIND)))
        await clock.sleep(TICK)


def ready(world: World) -> Ready:
    ids = tuple(world.workspaces)
    return Ready(
        url=world.url,
        admin_key=world.admin_key,
        workspace_ids=ids,
        api_keys={workspace_id: world.api_key(workspace_id) for workspace_id in ids},
        names={workspace_id: world.workspaces[workspace_id].name for workspace_id in ids},
    )


def busiest(world: World) -> int:
    """The workspace with the largest share of what happens."""
    return max(world.workspaces.values(), key=lambda workspace: workspace.weight).id


def subscribe_all(world: World, url: str, kinds: tuple[str, ...] = EVERY_TYPE) -> None:
    """Every workspace's events go to that URL, with `workspace=ID` in its query."""
    for workspace in world.workspaces.values():
        mark = "&" if "?" in url else "?"
        own = f"{url}{mark}workspace={workspace.id}"
        number = world.scribe.next_id("subscription")
        workspace.subscriptions.add(Subscription(number, "bisonwatch", own, kinds, world.now, world.now))


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise StartError(f"port {port} cannot be opened: {error.strerror}") from error
    return listener


def _stop_with_stdin(server: _Server) -> None:
    """A thread that ends with its input, so that a child never outlives its parent."""

    def wait() -> None:
        descriptor = sys.stdin.fileno()
        while os.read(descriptor, 4096):
            pass
        server.should_exit = True

    threading.Thread(target=wait, name="stdin", daemon=True).start()
