"""The certificates that our doors show. A renewed one is noticed in its files, and shown from the next connection on."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

from bisonwatch.clock import Clock
from bisonwatch.config import certificate
from bisonwatch.config.certificate import Lifetime, Unusable
from bisonwatch.config.doors import Tls
from bisonwatch.config.settings import Settings
from bisonwatch.errors import StartError
from bisonwatch.metrics import Metrics

log = logging.getLogger(__name__)

EVERY_S = 60.0


class Certificate:
    """One door's. `context` stays the same for as long as the door is open."""

    def __init__(self, door: str, tls: Tls) -> None:
        """Raises StartError."""
        self._door, self._tls = door, tls
        self._seen = _marks(tls)
        try:
            self.context, self.lifetime = certificate.opened(tls)
        except Unusable as problem:
            raise StartError(f"{door}.tls.{problem.part}: {problem}") from None
        self._newest = self.context
        self.context.sni_callback = self._choose

    def _choose(self, line: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        """OpenSSL asks in each handshake, named or not: so a whole new pair takes the place of the old, never half of one."""
        line.context = self._newest

    def renewed(self) -> bool:
        """Whether another pair is shown from now on. One that does not fit, such as half of a renewal, is told once and left alone."""
        marks = _marks(self._tls)
        if marks == self._seen:
            return False
        self._seen = marks
        try:
            self._newest, self.lifetime = certificate.opened(self._tls)
        except Unusable as problem:
            log.error(
                "%s.tls.%s: %s; the certificate before goes on being shown",
                self._door,
                problem.part,
                problem,
            )
            return False
        return True


class Certificates:
    """Of both doors, where they have one; `once` looks whether one was renewed."""

    def __init__(self, settings: Settings, clock: Clock, metrics: Metrics) -> None:
        """Raises StartError."""
        doors = {"listener": settings.listener.tls, "api": settings.api.tls}
        self._doors = {door: Certificate(door, tls) for door, tls in doors.items() if tls is not None}
        self._clock, self._metrics = clock, metrics
        self._doubted: dict[str, Lifetime] = {}
        self._tell()

    def context(self, door: str) -> ssl.SSLContext | None:
        shown = self._doors.get(door)
        return shown.context if shown else None

    async def once(self) -> None:
        for door, shown in self._doors.items():
            if shown.renewed():
                log.info(
                    "%s shows a new certificate, valid until %s", door, f"{shown.lifetime.last:%Y-%m-%d}"
                )
        self._tell()

    def _tell(self) -> None:
        """One that is not valid, or not for long: once, since it is shown all the same."""
        for door, shown in self._doors.items():
            self._metrics.certificates[door] = shown.lifetime.last
            doubt = shown.lifetime.doubt(self._clock.now())
            if doubt is not None and self._doubted.get(door) != shown.lifetime:
                self._doubted[door] = shown.lifetime
                log.warning("the certificate of %s %s", door, doubt)


def _marks(tls: Tls) -> tuple[tuple[int, int, int] | None, ...]:
    return tuple(_mark(file) for file in tls.files)


def _mark(file: Path) -> tuple[int, int, int] | None:
    """What tells a file from the one that was there; links are followed, which is what renewals change."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
