"""Disks that fill up, and calls that the kernel refuses: a small tmpfs, and strace between a process and its files."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.load import eventually

MIB = 1 << 20


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A tmpfs of so many bytes, mounted at `folder`. Needs root: a test without it shows nothing, so it fails."""
    folder.mkdir(parents=True)
    told = _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    if told:
        raise RuntimeError(f"a small disk cannot be mounted (make test-faults wants root for it): {told}")
    try:
        yield folder
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> str:
    """What a program complained about; empty when it was content."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr.strip() or "it failed" if done.returncode else ""


def fill(ballast: Path, leave: int) -> None:
    """Take all of a disk but so many bytes."""
    found = os.statvfs(ballast.parent)
    free = found.f_bavail * found.f_frsize
    with ballast.open("wb") as file:
        for _ in range((free - leave) // MIB):
            file.write(bytes(MIB))


@contextmanager
def injected(pid: int, fault: str, *files: Path) -> Iterator[None]:
    """As long as it lasts, calls of a running process on these files have this fault, in strace's words.

    Such as `fdatasync:error=EIO` or `fdatasync,fsync:delay_exit=200000` (microseconds).
    """
    watched = [word for file in files for word in ("-P", str(file))]
    calls = fault.split(":")[0]
    output = files[0].with_name("injected")
    output.write_text("")
    command = ["strace", "-f", "-p", str(pid), *watched, "-e", f"trace={calls}", "-e", f"inject={fault}"]
    tracer = subprocess.Popen([*command, "-o", str(output)], stderr=subprocess.PIPE, text=True)
    try:
        eventually(
            lambda: "INJECTED" in output.read_text() or "DELAYED" in output.read_text(), "strace injects"
        )
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        said = tracer.communicate(timeout=20)[1]
    assert "attached" in said, said
