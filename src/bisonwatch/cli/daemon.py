"""`bisonwatch --daemon`: the engine alone."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from pathlib import Path

from bisonwatch import logs
from bisonwatch.cli.setup import ready_to_run
from bisonwatch.clock import AgreedClock, SystemClock
from bisonwatch.engine.compose import Choices
from bisonwatch.engine.looping import new_loop
from bisonwatch.engine.service import Engine
from bisonwatch.engine.sockets import Sockets
from bisonwatch.errors import StartError

STOP_S = 10.0
log = logging.getLogger(__name__)


def run(config: Path | None) -> int:
    settings = ready_to_run(config)
    tail = logs.start(to_stderr=True)
    sockets = Sockets.bound(settings)
    clock = AgreedClock(SystemClock())
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(_main(Engine(settings, sockets, clock, Choices(logs=tail.newest))))


async def _main(engine: Engine) -> int:
    stop = engine.over
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await engine.start()
    notify("READY=1")
    await stop.wait()
    notify("STOPPING=1")
    try:
        async with asyncio.timeout(STOP_S):
            await engine.stop()
    except TimeoutError as error:
        raise StartError(
            f"the engine did not stop within {STOP_S:g} s; what was acknowledged is on disk"
        ) from error
    if engine.fault is not None:
        raise engine.fault
    return 0


def notify(state: str) -> None:
    """Tell systemd, where it started us (sd_notify(3): one datagram to $NOTIFY_SOCKET)."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        try:
            door.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
        except OSError as error:
            log.warning("systemd could not be told %s: %s", state, error)
