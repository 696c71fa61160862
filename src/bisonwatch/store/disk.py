"""How full the disk around a file of ours is, and how much of it the file takes. Both may wait for the disk."""

from __future__ import annotations

import os
from pathlib import Path

from bisonwatch.metrics import Disk


def around(file: Path) -> Disk | None:
    """The file system where it is, or will be; None where nobody can tell."""
    folder = next((folder for folder in file.absolute().parents if folder.is_dir()), None)
    try:
        seen = os.statvfs(folder or file)
    except OSError:
        return None
    return Disk(seen.f_bavail * seen.f_frsize, seen.f_blocks * seen.f_frsize) if seen.f_blocks else None


def taken(file: Path) -> int | None:
    """Bytes of an SQLite file and of the log beside it (`-wal`); 0 where there is none, None where nobody can tell."""
    try:
        return sum(_size(file.with_name(file.name + suffix)) for suffix in ("", "-wal"))
    except OSError:
        return None


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return 0
