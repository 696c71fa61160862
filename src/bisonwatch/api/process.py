"""What this process takes of its machine, under the names that Prometheus' own clients use, so that any dashboard knows them."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

from bisonwatch.api.families import Family, Sample

_SELF = Path("/proc/self")


def families() -> Iterator[Family]:
    """Processor time and the limit of files everywhere; memory, open files and the start where there is a /proc."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    cpu = used.ru_utime + used.ru_stime
    yield _family("cpu_seconds_total", "counter", "Processor time, of user and system.", cpu)
    yield _family("max_fds", "gauge", "The limit of open files.", limit if limit >= 0 else None)
    yield _family("open_fds", "gauge", "Open files and connections.", _read(_open_files))
    yield _family("resident_memory_bytes", "gauge", "Resident memory.", _read(_resident))
    yield _family("start_time_seconds", "gauge", "When the process started.", _read(_started))


def _family(name: str, kind: str, text: str, value: float | None) -> Family:
    return Family(f"process_{name}", kind, text, () if value is None else (Sample(value),))


def _read(figure: Callable[[], float]) -> float | None:
    """None where the system does not tell."""
    try:
        return figure()
    except (OSError, StopIteration):
        return None


def _open_files() -> float:
    return len(os.listdir(_SELF / "fd")) - 1  # the listing itself is one


def _resident() -> float:
    return int((_SELF / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _started() -> float:
    """The machine's start, and the process's in ticks after it: field 22, counted behind the name, which may hold blanks."""
    booted = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime "))
    ticks = int((_SELF / "stat").read_text().rpartition(")")[2].split()[19])
    return int(booted.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")
