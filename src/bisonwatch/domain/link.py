"""How the line to a daemon elsewhere stands, for a terminal that is attached to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """`place` is where the daemon is, for people. `trouble`: why the line is cut; None while it is not.

    `retry_at` is in seconds of the clock's `monotonic`: when the next try begins, None while one goes on.
    """

    place: str
    up: bool = False
    viewer: bool = False
    """The token may only look."""
    tries: int = 0
    """How often it was tried since the line was cut."""
    retry_at: float | None = None
    trouble: str | None = None
