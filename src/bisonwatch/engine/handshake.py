"""TLS connections, accepted by ourselves: a server that accepts them hears of one only when its handshake is over, and whoever never
finishes his would hold a file and fifty kilobytes each, uncounted."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from functools import partial

from bisonwatch.engine.patience import PatientProtocol

log = logging.getLogger(__name__)

HANDSHAKE_S = 10.0
GOODBYE_S = 1.0
"""For the peer to say that it heard the end: who does not listen any more would hold up a stop."""
AT_ONCE = 1000
"""Handshakes: an honest one is over in milliseconds."""
IN_A_ROW = 64
"""So many are accepted before others have their turn."""
REST_S = 0.5
"""Nobody is accepted for so long where the system has no room for another connection."""


class Handshakes:
    """What a server is for uvicorn (`close`, `wait_closed`), on a socket that listens already."""

    def __init__(
        self,
        listening: socket.socket,
        context: ssl.SSLContext,
        patient: type[PatientProtocol],
        make: Callable[[], PatientProtocol],
        connected: Callable[[], int],
    ) -> None:
        """`make` makes a `patient`; `connected` counts the connections whose handshake is over."""
        self._listening, self._context = listening, context
        self._patient, self._make, self._connected = patient, make, connected
        self._shaking: dict[asyncio.Task[object], None] = {}
        """The first to come first."""
        self._loop = asyncio.get_running_loop()
        self._resting: asyncio.TimerHandle | None = None
        self._full = False
        self._listen()

    def close(self) -> None:
        """Whoever is in the middle of a handshake has asked for nothing, and is not waited for."""
        self._loop.remove_reader(self._listening)
        if self._resting is not None:
            self._resting.cancel()
        for task in tuple(self._shaking):
            task.cancel()

    async def wait_closed(self) -> None:
        await asyncio.gather(*self._shaking, return_exceptions=True)

    def _listen(self) -> None:
        self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        for _ in range(IN_A_ROW):
            try:
                line, _address = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._rest(error)
                return
            self._full = False
            line.setblocking(False)
            task: asyncio.Task[object] = self._loop.create_task(self._shake(line))
            self._shaking[task] = None
            task.add_done_callback(partial(self._over, line))
            self._make_room()

    async def _shake(self, line: socket.socket) -> object:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return await self._loop.connect_accepted_socket(
            self._make,
            line,
            ssl=self._context,
            ssl_handshake_timeout=HANDSHAKE_S,
            ssl_shutdown_timeout=GOODBYE_S,
        )

    def _over(self, line: socket.socket, task: asyncio.Task[object]) -> None:
        """No TLS, none that we speak, too slow, or gone: nobody is there to be told."""
        self._shaking.pop(task, None)
        failed = None if task.cancelled() else task.exception()
        if task.cancelled() or failed is not None:
            line.close()
        if failed is not None and not isinstance(failed, OSError):
            log.error("a TLS handshake met a fault", exc_info=failed)

    def _make_room(self) -> None:
        """As in `patience`: strangers push each other out first."""
        full = len(self._shaking) + self._connected() > self._patient.most
        if len(self._shaking) > (1 if full else AT_ONCE):
            oldest = next(iter(self._shaking))
            del self._shaking[oldest]
            oldest.cancel()
        elif full:
            self._patient.make_room()

    def _rest(self, error: OSError) -> None:
        """Told once until one is accepted again."""
        if not self._full:
            log.warning("connections cannot be accepted now: %s", error.strerror)
        self._full = True
        self._loop.remove_reader(self._listening)
        self._resting = self._loop.call_later(REST_S, self._listen)
