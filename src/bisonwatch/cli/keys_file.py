"""A file for one key: made before the key is, so that a key that exists has a place on the disk; mode 0600; never over another file."""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import suppress
from pathlib import Path

from bisonwatch.errors import CallError

ROOM = 512
"""Bytes that are taken on the disk beforehand: a disk that fills up later does not lose the key."""
_KEY = re.compile(r"\d+\|\S+")


class KeyFile:
    """`reserve`, make the key, `keep` it. Between the two it is PATH.part, which the next call finds after a crash."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(f"{path.name}.part")
        self._fd: int | None = None

    def reserve(self) -> str | None:
        """Room on the disk, ours alone; the key that an earlier call left there, if one did. Raises CallError, OSError."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.path.exists() or self.path.is_symlink():
            raise CallError(f"{self.path} exists and is not overwritten")
        self._fd = os.open(self.part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._close()
            raise CallError(f"{self.part} is being written by another `bisonwatch keys mint`") from None
        os.fchmod(self._fd, 0o600)
        left = _KEY.match(os.pread(self._fd, ROOM, 0).decode("utf-8", "replace"))
        if left is not None:
            return left[0]
        self._write(b" " * ROOM)
        _settle(self.path.parent)
        return None

    def keep(self, key: str) -> None:
        """On the disk under its name when this returns. Raises OSError; then PATH.part may hold it."""
        text = f"{key}\n".encode()
        try:
            self._write(text.ljust(ROOM))
            os.ftruncate(self._descriptor, len(text))
            os.fsync(self._descriptor)
            os.link(self.part, self.path)  # never over another file, whoever made it meanwhile
            os.unlink(self.part)
            _settle(self.path.parent)
        finally:
            self._close()

    def drop(self) -> None:
        """No key was made: nothing is left behind."""
        if self._fd is not None:
            with suppress(FileNotFoundError):
                os.unlink(self.part)
            self._close()

    @property
    def _descriptor(self) -> int:
        assert self._fd is not None
        return self._fd

    def _write(self, text: bytes) -> None:
        written = 0
        while written < len(text):
            written += os.pwrite(self._descriptor, text[written:], written)
        os.fsync(self._descriptor)

    def _close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _settle(folder: Path) -> None:
    """A file's name is on the disk only when its folder is."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
