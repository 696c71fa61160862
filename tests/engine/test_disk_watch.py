"""How full the disks are, and how large the spool: as the system says, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from bisonwatch.engine.disk_watch import DiskWatch
from bisonwatch.metrics import Disk, Metrics
from bisonwatch.store.place import Place


async def test_both_disks_and_the_spool_are_looked_at(tmp_path: Path) -> None:
    """The log beside the spool's file counts; folders need not be there yet."""
    spool, metrics = tmp_path / "spool.db", Metrics()
    watch = DiskWatch(Place(f"sqlite:///{tmp_path}/not/yet/mirror.db"), spool, 2 << 30, metrics)
    assert (metrics.spooling.size, metrics.spooling.max_size) == (None, 2 << 30)
    await watch.once()
    seen = os.statvfs(tmp_path)
    assert {disk.size for disk in metrics.disks.values()} == {seen.f_blocks * seen.f_frsize}
    assert all(0 < disk.free <= disk.size for disk in metrics.disks.values())
    assert (set(metrics.disks), metrics.spooling.size) == ({"database", "spool"}, 0)
    spool.write_bytes(b"x" * 4096)
    (tmp_path / "spool.db-wal").write_bytes(b"x" * 100)
    await watch.once()
    assert metrics.spooling.size == 4196


async def test_of_a_server_only_the_spools_disk_is_told(tmp_path: Path) -> None:
    """Its own disk is somewhere else."""
    metrics = Metrics()
    await DiskWatch(Place("postgresql://db.example/mirror"), tmp_path / "spool.db", 1, metrics).once()
    assert set(metrics.disks) == {"spool"}


async def test_a_disk_that_cannot_be_asked_is_not_told(tmp_path: Path) -> None:
    """Nor an earlier look at it, nor a spool whose place cannot be looked into."""
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    metrics = Metrics()
    metrics.disks, metrics.spooling.size = {"spool": Disk(1, 2)}, 7
    watch = DiskWatch(Place("postgresql://db.example/mirror"), loop / "spool.db", 1, metrics)
    await watch.once()
    assert metrics.spooling.size is None
