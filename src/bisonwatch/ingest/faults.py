"""Faults of our own, as the log tells them: with the trace once, since one fault may meet thousands of deliveries."""

from __future__ import annotations

import logging
from uuid import UUID

from bisonwatch.errors import OwnFault

log = logging.getLogger(__name__)

MOST = 100
"""So many kinds are remembered; then it begins anew."""


class Faults:
    """A kind is what was raised, and where."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str, int]] = set()

    def met(self, delivery: UUID, error: Exception) -> OwnFault:
        """Tell it in the log, and name it for the letter."""
        kind = _kind(error)
        new = kind not in self._told
        if len(self._told) >= MOST:
            self._told.clear()
        self._told.add(kind)
        log.error("delivery %s met a fault in bisonwatch", delivery, exc_info=error if new else None)
        return named(error)


def named(error: Exception) -> OwnFault:
    return OwnFault(f"{type(error).__name__}: {error}")


def _kind(error: Exception) -> tuple[str, str, int]:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = ("", 0) if frame is None else (frame.tb_frame.f_code.co_filename, frame.tb_lineno)
    return (type(error).__name__, *where)
