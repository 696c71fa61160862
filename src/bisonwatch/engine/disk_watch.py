"""Looks how full the disks of the mirror and of the spool are, and how large the spool."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bisonwatch.metrics import Disk, Metrics
from bisonwatch.store import disk
from bisonwatch.store.place import Place

EVERY_S = 10.0


class DiskWatch:
    """`once` is one look, in a thread: a disk may take long to answer. `spool` and `max_size` are of `spool.path`."""

    def __init__(self, place: Place, spool: Path, max_size: int, metrics: Metrics) -> None:
        files = {"database": place.file, "spool": spool}
        self._files = {name: file for name, file in files.items() if file is not None}
        self._spool, self._metrics = spool, metrics
        metrics.spooling.max_size = max_size

    async def once(self) -> None:
        self._metrics.disks, self._metrics.spooling.size = await asyncio.to_thread(self._look)

    def _look(self) -> tuple[dict[str, Disk], int | None]:
        seen = {name: disk.around(file) for name, file in self._files.items()}
        return {name: found for name, found in seen.items() if found}, disk.taken(self._spool)
