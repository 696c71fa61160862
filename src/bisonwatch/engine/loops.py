"""Thin loops around workers whose `once` tests call."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.errors import BisonwatchError, StoreError
from bisonwatch.health.run import HealthRun
from bisonwatch.sync.hints import Hints
from bisonwatch.sync.subscriptions import Subscriptions

log = logging.getLogger(__name__)

HINTS_S = 5.0
SUBSCRIBE_S = 1.0
HEALTH_S = 1.0


async def every(once: Callable[[], Awaitable[object]], seconds: float, clock: Clock, name: str) -> None:
    """Call `once` for ever; the log says when it starts failing and when it works again."""
    failing = False
    while True:
        try:
            await once()
            if failing:
                log.info("%s works again", name)
            failing = False
        except StoreError as error:
            if not failing:
                log.warning("%s fails: %s", name, error)
            failing = True
        await clock.sleep(seconds)


async def hints_loop(hints: Hints, bus: Bus, clock: Clock) -> None:
    """Read objects again when events ask for it."""
    wake = bus.subscribe(Topic.HINTS)

    async def once() -> None:
        await hints.once()
        await wake.wait(HINTS_S)

    await every(once, 0.2, clock, "re-reading objects")


async def health_loop(health: HealthRun, bus: Bus, clock: Clock, seconds: float) -> None:
    """Judge when something changed, a second later at the soonest, and every `seconds` at the latest."""
    changed = bus.subscribe(Topic.CHANGED)

    async def once() -> None:
        await health.once()
        await changed.wait(seconds)

    await every(once, HEALTH_S, clock, "judging health")


async def subscribe_all(subscriptions: Subscriptions, snapshot: Callable[[], Snapshot], clock: Clock) -> None:
    """Register our webhook subscription for each workspace as it is discovered; one that fails is tried again, and told once."""
    done, failing = set[WorkspaceKey](), set[WorkspaceKey]()
    while True:
        for key in [row.key for row in snapshot().workspaces if row.key not in done]:
            try:
                await subscriptions.register(key)
                done.add(key)
            except BisonwatchError as error:
                if key not in failing:
                    log.warning("%s: the webhook subscription could not be registered: %s", key, error)
                failing.add(key)
        await clock.sleep(SUBSCRIBE_S)
