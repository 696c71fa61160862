"""The engine of a demonstration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from bisonwatch.cli.demo_world import TEMPO
from bisonwatch.clock import AgreedClock
from bisonwatch.config.settings import Settings
from bisonwatch.engine.compose import Choices
from bisonwatch.engine.service import Engine
from bisonwatch.engine.sockets import Sockets
from bisonwatch.logs import LogLine


def demo_engine(settings: Settings, tail: Callable[[int], Sequence[LogLine]], clock: AgreedClock) -> Engine:
    """Compressed in time, and registering its own webhooks at the simulated provider."""
    choices = Choices(TEMPO, timedelta(seconds=1), subscribe=True, public_url=lambda url: url, logs=tail)
    return Engine(settings, Sockets.bound(settings), clock, choices)
