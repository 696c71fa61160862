"""What is drawn: one snapshot, the moment its ages are counted to, and how fresh the screen is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.clock import Clock
from bisonwatch.domain.feed import Feed
from bisonwatch.domain.link import Link
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.tui.format import duration, plural, seconds
from bisonwatch.tui.glyphs import Glyphs
from bisonwatch.tui.lines import Piece

STALE_INTERVALS = 3
PATIENCE_S = 3.0
"""A busy machine is late now and then; that alone is no news."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`now` is what ages are counted to (it stands still while the view is paused), `wall` the clock in the header."""

    snapshot: Snapshot
    now: datetime
    wall: datetime
    glyphs: Glyphs
    title: str
    read_only: bool
    freshness: Piece
    link: Link | None = None
    """How the line to the daemon stands; None where the engine is in this process."""
    retry_s: float | None = None
    """Seconds to the next try, while the line is cut; None while one goes on."""

    @property
    def cut_off(self) -> bool:
        """Whether what is shown stopped coming because the line to the daemon is cut."""
        return self.link is not None and self.link.trouble is not None

    @property
    def viewer(self) -> bool:
        """Whether the daemon would refuse whatever acts."""
        return self.link is not None and self.link.viewer

    @property
    def waiting(self) -> bool:
        """True until the first snapshot is there."""
        return self.snapshot.number == 0

    @property
    def stale(self) -> bool:
        return self.freshness.role == "badge-crit"

    @property
    def paused(self) -> bool:
        """Whether the view is held where it is."""
        return self.freshness.role == "badge-warn"

    @property
    def engine_lives(self) -> bool:
        return self.snapshot.started_at is not None


class Puller:
    """Takes the newest snapshot from the feed at each tick, or holds one while the view is paused."""

    def __init__(self, feed: Feed, clock: Clock, glyphs: Glyphs, refresh_s: float, read_only: bool) -> None:
        self._feed, self._clock, self._glyphs = feed, clock, glyphs
        self._stale_after = max(refresh_s * STALE_INTERVALS, PATIENCE_S)
        self._read_only = read_only
        self._held: tuple[Snapshot, datetime] | None = None

    @property
    def paused(self) -> bool:
        return self._held is not None

    def pause(self, on: bool) -> None:
        """Hold the view where it is; the engine goes on collecting."""
        self._held = (self._feed.snapshot(), self._clock.now()) if on else None

    def pull(self) -> Frame:
        newest, wall, link = self._feed.snapshot(), self._clock.now(), self._feed.link
        shown, now = self._held or (newest, wall)
        freshness = self._paused(shown, newest) if self._held else self._live(newest, wall, link)
        return Frame(
            shown,
            now,
            wall,
            self._glyphs,
            self._feed.title,
            self._read_only or (link is not None and link.viewer),
            freshness,
            link,
            self._to_wait(link),
        )

    def _to_wait(self, link: Link | None) -> float | None:
        if link is None or link.retry_at is None:
            return None
        return max(0.0, link.retry_at - self._clock.monotonic())

    def _paused(self, shown: Snapshot, newest: Snapshot) -> Piece:
        arrived = max(0, newest.inbox.processed - shown.inbox.processed)
        return Piece(f" PAUSED +{plural(arrived, 'event')} ", "badge-warn")

    def _live(self, newest: Snapshot, wall: datetime, link: Link | None) -> Piece:
        if newest.number == 0:
            return Piece(" WAITING ", "badge-soft")
        old = seconds(newest.at, wall) or 0.0
        if link is not None and link.trouble is not None:
            return Piece(f" CUT OFF {duration(old)} ", "badge-crit")
        if old > self._stale_after:
            return Piece(f" STALE {duration(old)} ", "badge-crit")
        return Piece(f" LIVE {duration(old)} ", "live")
