"""Whether the file that is open is still the one at its path: what is written into a deleted file is durable nowhere."""

from __future__ import annotations

import os

_Node = tuple[int, int]
"""Device and inode."""
_MOVED = "was moved away or deleted under the running engine; put it back, or restart to begin a new one"
_REPLACED = "was replaced under the running engine; put the old one back, or restart to use the new one"
_LOG = "was deleted under the running engine; restart: a clean stop saves what it holds"


class Whereabouts:
    """Of an SQLite file and its log. A look costs a few microseconds, so that every transaction can afford two."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._log = f"{file}-wal"
        self._known_file: _Node | None = None
        self._known_log: _Node | None = None

    def check(self, *, opened: bool) -> None:
        """Raises OSError when something else, or nothing, is there than what was found `opened` at first.

        The log is looked at only then: whoever closes the file last deletes it.
        """
        found = _at(self._file)
        if self._known_file not in (None, found):
            raise OSError(f"{self._file} {_REPLACED if found else _MOVED}")
        if opened:
            self._known_file = found
            log = _at(self._log)
            if self._known_log not in (None, log):
                raise OSError(f"{self._log} {_LOG}")
            self._known_log = log

    def closed(self) -> None:
        """The log may be another next time; the file has to be the same."""
        self._known_log = None

    def forget(self) -> None:
        """Closed on purpose: whatever is there next time is right."""
        self._known_file = self._known_log = None


def _at(path: str) -> _Node | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
