"""How far an export is, on stderr where that is a terminal."""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import click

from bisonwatch.clock import Clock
from bisonwatch.domain.export import Export, Window
from bisonwatch.errors import StoreError
from bisonwatch.store import exports
from bisonwatch.store.database import Database

DRAW_S = 0.1


class Progress:
    """Rows so far; drawn every DRAW_S at most."""

    def __init__(self, clock: Clock, what: str, *, drawn: bool) -> None:
        self.rows = 0
        self.total: int | None = None
        self._clock, self._what, self._drawn = clock, what, drawn
        self._said = -math.inf

    def __call__(self, rows: int) -> None:
        self.rows = rows
        now = self._clock.monotonic()
        if self._drawn and now - self._said >= DRAW_S:
            self._said = now
            click.echo(f"\r{self.line}\033[K", nl=False, err=True, color=True)

    @property
    def line(self) -> str:
        of = "" if self.total is None else f" of about {max(self.total, self.rows):,}"
        return f"{self.rows:,}{of} {self._what}"

    def end(self) -> None:
        """Take the line away."""
        if self._said > -math.inf:
            click.echo("\r\033[K", nl=False, err=True, color=True)


@asynccontextmanager
async def shown(
    database: Database, export: Export, window: Window, *, to_stdout: bool
) -> AsyncIterator[Progress]:
    """Counted beside the export, and only where somebody looks: to count may take as long as the export's beginning.

    With rows on a terminal too, there is nothing to draw.
    """
    drawn = sys.stderr.isatty() and not (to_stdout and sys.stdout.isatty())
    progress = Progress(database.clock, export.name, drawn=drawn)
    counting = asyncio.create_task(_counted(database, export, window, progress)) if drawn else None
    try:
        yield progress
    finally:
        if counting is not None:
            counting.cancel()
            with suppress(asyncio.CancelledError, StoreError):
                await counting
        progress.end()


async def _counted(database: Database, export: Export, window: Window, progress: Progress) -> None:
    async with database.read() as tx:
        progress.total = await exports.count(tx, export, window)
